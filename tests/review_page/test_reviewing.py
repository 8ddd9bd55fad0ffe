"""Rows decided about by people with forms, as a browser without JavaScript sends them; and what is in the store afterwards."""

import os
import re
import signal
from pathlib import Path
from threading import Thread

import httpx
import pytest

from flows.review.auth import Reviewers
from flows.reviewing import agreement
from tasks.core.params import sha256_file
from tasks.review.decisions import Decision, Decisions, next_origin
from tasks.review.shown import rows_to_review
from tasks.store.store import Store
from tests.review_page import stores
from tests.review_page.people import Forms, Person, people, serving, serving_here


def kept(root: Path, dataset: str = "shop") -> list[Decision]:
    return Decisions(Store(root), dataset).standing()


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A store of its own."""
    stores.released(tmp_path / "store", stores.rows(20))
    return tmp_path / "store"


def test_each_button_saves_what_it_says(fresh: Path) -> None:
    with serving_here(fresh, "shop", double=0.0) as address:
        ada = people(fresh, address, "shop", "ada")[0]
        rows = [ada.next()]
        ada.decide("accept", note=" good ", **{"criterion.accuracy": "4", "criterion.nonsense": "9"})
        assert "Saved: accepted." in ada.page.text
        rows.append(ada.row_id)
        ada.decide("reject:too_long")
        rows.append(ada.row_id)
        ada.decide("skip")
        rows.append(ada.row_id)
        ada.edit(response="A better\r\nanswer.")
        assert "Saved: edited (1 text)." in ada.page.text
    accepted, rejected, edited = kept(fresh)
    assert len(set(rows)) == 4
    assert [one.example_id for one in (accepted, rejected, edited)] == [rows[0], rows[1], rows[3]]
    assert (accepted.note, accepted.criteria) == ("good", {"accuracy": 4})
    assert rejected.reason == "too_long"
    assert edited.edited == {"response": "A better\nanswer."}
    shown = {row["example_id"]: row for row in rows_to_review(Store(fresh), Store(fresh).release("shop")).to_pylist()}
    for one in (accepted, rejected, edited):
        row = shown[one.example_id]
        assert (one.content_hash, one.origin_hash) == (row["content_hash"], row["origin_hash"])
        assert re.fullmatch("[0-9a-f]{64}", one.guideline)
        assert one.reviewer == "ada"
    assert "skip" in [one.word for one in Decisions(Store(fresh), "shop").all()]


def test_an_edit_is_shown_before_it_is_saved_and_can_be_edited_further(fresh: Path) -> None:
    with serving_here(fresh, "shop") as address:
        ada = people(fresh, address, "shop", "ada")[0]
        row_id = ada.next()
        page = ada.open(f"row/{row_id}?edit=1")
        before = Forms(page).found[f"/shop/row/{row_id}"]["edit.instruction"]
        ada.send(f"row/{row_id}", decide="preview")
        assert "Nothing was changed." in ada.page.text
        ada.send(f"row/{row_id}", decide="preview", **{"edit.instruction": f"{before} Briefly."})
        assert "<ins> Briefly.</ins>" in ada.page.text or "<ins>Briefly" in ada.page.text.replace(" ", "")
        assert kept(fresh) == []
        ada.send(f"row/{row_id}", decide="change")
        assert Forms(ada.page.text).found[f"/shop/row/{row_id}"]["edit.instruction"] == f"{before} Briefly."
        ada.send(f"row/{row_id}", decide="preview", **{"edit.instruction": "Another question?"})
        ada.send(f"row/{row_id}", decide="edit", note="clearer")
    assert [(one.word, one.edited, one.note) for one in kept(fresh)] == [
        ("edit", {"instruction": "Another question?"}, "clearer")
    ]


def test_a_turn_of_the_history_is_edited_and_the_others_stay(fresh: Path) -> None:
    store = Store(fresh)
    row = next(row for row in rows_to_review(store, store.release("shop")).to_pylist() if row["history"])
    with serving_here(fresh, "shop") as address:
        ada = people(fresh, address, "shop", "ada")[0]
        ada.open(f"row/{row['example_id']}")
        ada.edit(**{"history.0": "Good morning."})
    turns = kept(fresh)[0].edited["history"]
    assert [turn["content"] for turn in turns] == ["Good morning.", "Yes."]
    assert turns[1] == row["history"][1]


def test_undo_takes_back_the_last_decision_and_shows_its_row(fresh: Path) -> None:
    with serving_here(fresh, "shop") as address:
        ada = people(fresh, address, "shop", "ada")[0]
        first = ada.next()
        ada.decide("accept")
        second = ada.row_id
        ada.decide("reject:wrong")
        ada.undo()
        assert (ada.row_id, [one.example_id for one in kept(fresh)]) == (second, [first])
        ada.undo()
        assert ada.row_id == first
        assert kept(fresh) == []
        ada.undo()
        assert ada.page.status_code == 400


def test_a_form_sent_twice_is_one_decision_and_a_change_of_mind_is_another(fresh: Path) -> None:
    with serving_here(fresh, "shop") as address:
        ada = people(fresh, address, "shop", "ada")[0]
        row_id = ada.next()
        form = Forms(ada.page.text).found[f"/shop/row/{row_id}"]
        for word in ("accept", "accept", "reject:wrong"):
            ada.client.post(f"/shop/row/{row_id}", data={**form, "decide": word})
        assert [one.word for one in Decisions(Store(fresh), "shop").all()] == ["accept", "reject"]
        assert (
            ada.client.post(f"/shop/row/{row_id}", data={**form, "seen": "old", "decide": "accept"}).status_code == 400
        )


def test_two_people_disagree_blindly_and_a_third_decides(fresh: Path) -> None:
    with serving_here(fresh, "shop", double=1.0, size=5) as address:
        ada, bob, carl = people(fresh, address, "shop", "ada", "bob", "carl")
        row_id = ada.next()
        assert bob.next() != row_id, "a row that somebody has before them is given to nobody else"
        ada.decide("reject:unsafe", note="secret reason")
        bob.open(f"row/{row_id}")
        assert "secret reason" not in bob.page.text
        assert "rejected" not in bob.page.text
        bob.decide("accept")
        assert "a third decides" in bob.open("")
        assert carl.next() == row_id
        assert "secret reason" not in carl.page.text
        carl.decide("accept")
        assert "a third decides" not in carl.open("")
    assert [(one.reviewer, one.word) for one in kept(fresh)] == [
        ("ada", "reject"),
        ("bob", "accept"),
        ("carl", "accept"),
    ]


def test_nobody_decides_about_their_own_edit_and_others_do(tmp_path: Path) -> None:
    made = stores.rows(3)
    edit = Decision(
        example_id=made[0]["example_id"], content_hash="c", origin_hash="before", reviewer="ada", session="s", word="edit",
        edited={"response": made[0]["response"]},
    )  # fmt: skip
    made[0]["reviews"] = [{"reviewer": "ada", "word": "edit", "before": "before", "after": next_origin(edit)}]
    store = stores.released(tmp_path / "store", made)
    Decisions(store, "shop").add(edit)
    with serving_here(store.root, "shop", double=0.0) as address:
        ada, bob = people(store.root, address, "shop", "ada", "bob")
        ada.open(f"row/{edit.example_id}")
        assert "You wrote this row as it is" in ada.page.text
        for word in ("accept", "reject:wrong"):
            ada.open(f"row/{edit.example_id}")
            assert ada.decide(word).status_code == 400
        assert "2 left for you" in ada.open("")
        bob.open(f"row/{edit.example_id}")
        bob.decide("accept")
    assert [one.reviewer for one in kept(store.root) if one.word == "accept"] == ["bob"]


def test_the_page_says_how_far_people_agree(fresh: Path) -> None:
    with serving_here(fresh, "shop", double=1.0, size=12) as address:
        ada, bob = people(fresh, address, "shop", "ada", "bob")
        assert "Nobody has decided" in ada.open("people")
        for person, rejects in ((ada, 4), (bob, 3)):
            rows = sorted(row["example_id"] for row in stores.rows(20))[:12]
            for number, row_id in enumerate(rows):
                person.open(f"row/{row_id}")
                person.decide("reject:wrong" if number < rejects else "accept")
        text = re.sub(r"\s*<[^>]+>\s*", "|", bob.open("people"))
    assert re.search(r"\|verdict\|+12\|+0\.8", text), "one in twelve differs"
    assert re.search(r"\|ada\|+12\|+33%\|", text)
    assert re.search(r"\|bob\|+12\|+25%\|", text)


def test_the_guideline_of_the_recipe_is_shown_and_named_by_decisions(tmp_path: Path) -> None:
    file = tmp_path / "ours.md"
    file.write_text("---\njudges: response\nscale: bad, good\npasses: good\n---\n# Ours\n\nSay it as we do.\n\n## voice\n\n"
                    "Is it our voice?\n\n- bad: no\n- good: yes\n")  # fmt: skip
    store = stores.released(tmp_path / "store", stores.rows(3), review={"guideline": str(file)})
    with serving_here(store.root, "shop") as address:
        ada = people(store.root, address, "shop", "ada")[0]
        ada.next()
        assert '<p class="rule">Say it as we do.</p>' in ada.page.text
        ada.decide("accept", **{"criterion.voice": "good"})
    assert [(one.criteria, one.guideline) for one in kept(store.root)] == [({"voice": "good"}, sha256_file(file))]


def test_the_queue_ends(fresh: Path) -> None:
    with serving_here(fresh, "shop", double=0.0, size=3) as address:
        ada = people(fresh, address, "shop", "ada")[0]
        ada.next()
        for _ in range(3):
            ada.decide("accept")
        assert ada.row_id is None
        assert "Nothing is left for you" in ada.page.text
        assert "3 of 3 done" in ada.page.text


def test_pairs_are_compared_blindly_and_the_better_one_is_the_one_that_stood_there(fresh: Path) -> None:
    with serving_here(fresh, "shop", double=0.0) as address:
        ada = people(fresh, address, "shop", "ada")[0]
        ada.open("pairs/next")
        wanted = {}
        while (row_id := ada.row_id) is not None:
            page = ada.page.text
            assert "The losing answer" not in page
            assert not re.search(r'class="[^"]*rejected', page)
            left, right = re.findall(
                r'<section class="turn assistant" aria-label="(?:Left|Right)">(.*?)</section>', page, re.DOTALL
            )
            assert ("It depends" in left) != ("It depends" in right)
            side = "left" if "It depends" in right else "right"
            wanted[row_id] = "response" if len(wanted) else "tie"
            ada.send(f"pair/{row_id}", decide=side if len(wanted) > 1 else "tie")
    assert {one.example_id: one.preferred for one in kept(fresh)} == wanted
    assert len(wanted) == 4


def test_what_was_said_to_be_saved_is_there_after_the_server_was_killed(fresh: Path) -> None:
    answered: list[tuple[str, str]] = []
    with serving(fresh, "shop", "--double", "0") as (address, process):
        reviewers = people(fresh, address, "shop", "ada", "bob")

        def work(person: Person) -> None:
            try:
                row = person.next()
                while row:
                    person.decide("accept")
                    answered.append((person.name, row))
                    row = person.row_id
            except httpx.TransportError:
                return

        threads = [Thread(target=work, args=(one,)) for one in reviewers]
        for thread in threads:
            thread.start()
        while len(answered) < 8:
            pass
        os.kill(process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
    assert set(answered) <= {(one.reviewer, one.example_id) for one in kept(fresh)}
    with serving_here(fresh, "shop", double=0.0) as address:
        again = Person(address, "shop", "ada", Reviewers(fresh).add("ada"))
        assert f"{len(kept(fresh))} of 20 done" in again.open("")


def test_what_another_process_decided_shows(fresh: Path) -> None:
    with serving_here(fresh, "shop", double=0.0) as address:
        ada = people(fresh, address, "shop", "ada")[0]
        row_id = ada.next() or ""
        store = Store(fresh)
        row = next(
            one for one in rows_to_review(store, store.release("shop")).to_pylist() if one["example_id"] == row_id
        )
        imported = Decision(
            example_id=row_id,
            content_hash=row["content_hash"],
            origin_hash=row["origin_hash"],
            reviewer="bob",
            session="sheet",
            word="accept",
        )
        Decisions(store, "shop").add(imported)
        assert "1 of 20 done" in ada.open("")


def test_a_rule_replaces_a_text_in_all_rows_that_were_found_and_is_taken_back(fresh: Path) -> None:
    with serving_here(fresh, "shop") as address:
        ada = people(fresh, address, "shop", "ada")[0]
        ada.open("find?words=depends&column=rejected&test=filled")
        ada.send(
            "rules/preview", kind="replace", old="It depends", new="That depends", note="style", **{"in": "rejected"}
        )
        assert "Edit 4 rows" in ada.page.text
        assert kept(fresh) == []
        assert "stays as it is" not in ada.page.text
        ada.send("rules/apply")
        found = kept(fresh)
        assert [one.word for one in found] == ["edit"] * 4
        assert all(one.edited["rejected"].startswith("That depends, number") for one in found)
        assert all(set(one.edited) == {"rejected"} for one in found)
        ada.send("rules/undo")
        assert kept(fresh) == []


def test_a_rule_rejects_what_was_found_and_leaves_what_the_person_decided_before(fresh: Path) -> None:
    with serving_here(fresh, "shop") as address:
        ada = people(fresh, address, "shop", "ada")[0]
        ada.open("find?words=depends")
        rows = re.findall(r"/shop/row/([0-9a-f]{32})", ada.page.text)
        ada.open(f"row/{rows[0]}")
        ada.decide("accept")
        ada.open("find?words=depends")
        form = {"token": Forms(ada.page.text).found["/logout"]["token"], "words": "depends"}
        ada.page = ada.client.post("/shop/rules/preview", data={**form, "kind": "reject", "reason": "style"})
        assert "Reject 3 rows" in ada.page.text
        assert "1 row you decided about before stays as it is" in ada.page.text
        ada.send("rules/apply", count="2")
        assert "not those of the preview" in ada.page.text
        assert len(kept(fresh)) == 1


def test_a_search_is_kept_under_a_name_for_its_reviewer_only(fresh: Path) -> None:
    with serving_here(fresh, "shop") as address:
        ada, bob = people(fresh, address, "shop", "ada", "bob")
        ada.open("find?words=what&column=method&test=is&value=template&own=undecided")
        total = re.search(r'<p role="status">(\d+ rows?)', ada.page.text)
        assert total
        ada.send("views", name="my <b>search</b>")
        page = ada.open("")
        link = re.search(r'href="/shop/find\?([^"]+)">my &lt;b&gt;', page)
        assert link
        assert total[1] in ada.open(f"find?{link[1].replace('&amp;', '&')}")
        assert "my &lt;b&gt;" not in bob.open("")
        ada.open("")
        ada.send("views/remove")
        assert "my &lt;b&gt;" not in ada.open("")


def test_the_page_shows_passages_verdicts_and_where_a_row_came_from(fresh: Path) -> None:
    store = Store(fresh)
    row = rows_to_review(store, store.release("shop")).to_pylist()[0]
    with serving_here(fresh, "shop") as address:
        ada = people(fresh, address, "shop", "ada")[0]
        page = ada.open(f"row/{row['example_id']}")
        assert f"Before <mark>{row['response'][:60]}</mark> and after." in page
        assert "conciseness 2: says it twice" in page
        assert "look_up({" in page
        assert "It depends, number 0." in page
        assert "If you would not want your model to say exactly this, fix it or discard it." in page
        why = ada.open(f"row/{row['example_id']}/why")
        assert "made from chunk" in why
        assert "verified by judge: pass, score 0.90" in why


def test_gold_rows_are_slipped_in_and_say_how_often_each_person_is_right(fresh: Path, tmp_path: Path) -> None:
    ids = [row["example_id"] for row in stores.rows(20)]
    file = tmp_path / "gold.jsonl"
    file.write_text("".join(f'{{"example_id": "{one}", "decision": "accept"}}\n' for one in ids[:4]))
    with serving_here(fresh, "shop", double=0.0, gold=file, gold_share=0.25) as address:
        ada, bob = people(fresh, address, "shop", "ada", "bob")
        assert "0 of 20 done, 20 left for you" in ada.open(""), "16 rows, and one known row for three of them"
        for number in range(20):
            row_id = ada.next() or ""
            assert f"{number} of 20 done, {20 - number} left for you" in ada.page.text
            assert "known" not in ada.page.text
            ada.decide("reject:style" if row_id == ids[0] else "accept")
        assert ada.next() is None
        bob.open(f"row/{ids[0]}")
        bob.decide("accept")
    store = Store(fresh)
    found = agreement(store, store.release("shop"), file)["reviewers"]
    assert (found["ada"]["rows"], found["ada"]["gold_rows"], found["ada"]["gold_agreement"]) == (20, 4, 0.75)
    assert (found["bob"]["gold_rows"], found["bob"]["gold_agreement"]) == (1, 1.0)
