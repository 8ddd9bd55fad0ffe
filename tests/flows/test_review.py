"""What people decided about rows is in the next release, in the ledger and in `why`, and stays there in later builds."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.first_rows import smaller
from flows.recipe import Recipe
from tasks.core.schema import Row, stable_id
from tasks.release.released import released_rows
from tasks.review.decisions import Decision, Decisions
from tasks.review.shown import refused_rows, rows_to_review
from tasks.store.store import Store
from tests.cli.commands import Ran, Run
from tests.review_page.people import people, serving_here

ROWS = [
    ("What does a lever do, and why does it help to lift a stone?", "It turns a small force into a large one over a short way."),
    ("Explain why bread rises while it stands in a warm place.", "Yeast gives off carbon dioxide, which stays inside."),
    ("Name the largest planet of our solar system and one of its moons.", "Saturn is the largest; Titan is one of its moons."),
    ("How can one tell whether a number is divisible by three?", "Add its digits; if the sum is divisible by three, so is it."),
    ("Why is the sky blue during the day but red in the evening?", "Air scatters blue light more than red light."),
    ("What is a haiku, and how many syllables does it have?", "A short poem from Japan with five, seven and five syllables."),
]  # fmt: skip

CHEAP = ("dataset=demo", "filters.pii.enabled=false", "filters.semantic_duplicates.enabled=false")
"""Settings that keep a build of six rows short."""


@dataclass
class House:
    """A dataset that people review."""

    store: Path
    file: Path
    instructory: Run

    def write(self, *rows: tuple[str, str]) -> None:
        records = [
            {"example_id": stable_id(asked), "content_hash": "", "instruction": asked, "response": answered}
            for asked, answered in rows
        ]
        self.file.write_text("".join(json.dumps(record) + "\n" for record in records))

    def build(self, *more: str, code: int = 0) -> Ran:
        settings = [part for setting in (*CHEAP, *more) for part in ("--set", setting)]
        ran = self.instructory("curate", self.file, "--store", self.store, "--json", *settings)
        assert ran.code == code, ran.err
        return ran

    def rows(self) -> dict[str, Row]:
        """Of the draft, by the first word of the instruction."""
        store = Store(self.store)
        return {row["instruction"].split()[0]: row for row in rows_to_review(store, store.draft("demo")).to_pylist()}

    def say(self, row: Row, who: str, word: str, **more: Any) -> None:
        Decisions(Store(self.store), "demo").add(
            Decision(
                example_id=row["example_id"], content_hash=row["content_hash"], origin_hash=row["origin_hash"],
                reviewer=who, session="monday", word=word, **more,
            )
        )  # fmt: skip

    def released(self) -> dict[str, Row]:
        store = Store(self.store)
        return {row["example_id"]: row for row in released_rows(store, store.release("demo")).to_pylist()}


@pytest.fixture(scope="module")
def house(instructory: Run, tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("review")
    found = House(folder / "store", folder / "rows.jsonl", instructory)
    found.write(*ROWS)
    return found


def test_decisions_of_two_people_shape_the_releases(house: House) -> None:
    first = house.build()
    assert "review" not in first.stages
    rows = house.rows()
    house.say(rows["What"], "ada", "accept", criteria={"accuracy": 5})
    house.say(
        rows["Explain"], "ada", "edit", edited={"response": "Sure! Yeast makes gas out of sugar."}, note="shorter"
    )
    house.say(
        rows["How"], "ada", "edit", edited={"instruction": "How does one see that a number can be divided by three?"}
    )
    house.say(rows["Name"], "bob", "reject", reason="wrong", note="Jupiter is larger")
    second = house.build()
    assert (
        second.stages["review"]["rows_in"],
        second.stages["review"]["kept"],
        second.stages["review"]["rejected"],
    ) == (6, 5, 1)
    released = house.released()
    edited = released[rows["Explain"]["example_id"]]
    assert edited["response"] == "Yeast makes gas out of sugar.", "an edited text is cleaned as any other"
    assert [one["word"] for one in edited["reviews"]] == ["edit"]
    assert rows["Name"]["example_id"] not in released
    assert released[rows["What"]["example_id"]]["reviews"][0]["criteria"] == '{"accuracy": 5}'
    gold = house.file.with_name("gold.jsonl")
    right = {"Name": "reject", "Explain": "reject", "What": "accept"}
    gold.write_text(
        "".join(json.dumps({"example_id": rows[name]["example_id"], "decision": right[name]}) + "\n" for name in right)
    )
    said = house.instructory("reviewers", "report", "demo", "--store", house.store, "--gold", gold, "--json")
    known = {name: one.get("gold_agreement") for name, one in json.loads(said.out)["reviewers"].items()}
    assert known == {"ada": 0.5, "bob": 1.0}, "rows that were edited, or left, since"
    said = house.instructory("why", rows["Name"]["example_id"], "--store", house.store)
    assert "review: rejected, rejected_by_reviewer: wrong: by bob: Jupiter is larger" in said.out
    said = house.instructory("why", edited["example_id"], "--store", house.store)
    assert "bob" not in said.out
    assert "edited by ada" in said.out
    assert "shorter" in said.out

    third = house.build()
    assert all(stage["cached"] for name, stage in third.stages.items() if name not in {"datasets"}), (
        "nothing new was decided"
    )
    assert third.json["version"] == second.json["version"]

    now = house.rows()["Explain"]
    house.say(now, "bob", "reject", reason="unhelpful")
    changed = (ROWS[3][0], "Add its digits: it is divisible by three if their sum is.")
    new = ("Describe how a sundial shows the time of the day.", "The shadow of its rod moves as the sun does.")
    house.write(*ROWS[:3], changed, *ROWS[4:], new)
    nightly = house.build()
    assert nightly.stages["review"]["rejected"] == 2, "Saturn, and the edited row"
    rows, store = house.rows(), Store(house.store)
    facts = store.required("review", dict(store.draft("demo").stages)["review"]).facts["review"]
    assert (facts["accepted"], facts["edited"], facts["rejected"]) == (1, 0, {"unhelpful": 1, "wrong": 1})
    assert (facts["stale"], facts["waiting"]) == (1, 1), "what was edited changed, so it is looked at again"
    assert (rows["How"]["instruction"], rows["How"]["response"], rows["How"]["reviews"]) == (*changed, None)
    assert [one["reviewer"] for one in rows["What"]["reviews"]] == ["ada"]
    assert not {"Name", "Explain"} & rows.keys()
    refused = {row["example_id"]: row for row in refused_rows(store, store.draft("demo"), ["review"]).to_pylist()}
    assert refused[now["example_id"]]["origin_hash"] == now["origin_hash"], "the state in which it was rejected"


def test_what_is_decided_on_the_page_is_in_the_next_release(house: House, tmp_path: Path) -> None:
    house = House(tmp_path / "store", tmp_path / "rows.jsonl", house.instructory)
    house.write(*ROWS)
    house.build()
    rows = house.rows()
    wrong, short = rows["Name"]["example_id"], rows["Explain"]["example_id"]
    with serving_here(house.store, "demo", size=6, double=0.0) as address:
        (ada,) = people(house.store, address, "demo", "ada")
        for _ in ROWS:
            match ada.next():
                case row if row == wrong:
                    ada.decide("reject:wrong", note="Jupiter is larger")
                case row if row == short:
                    ada.edit(response="Yeast makes gas out of sugar, and the dough holds it.")
                case _:
                    ada.decide("accept")
        assert ada.next() is None
    assert house.build().stages["review"]["rejected"] == 1
    released = house.released()
    assert len(released) == len(ROWS) - 1
    assert wrong not in released
    assert released[short]["response"] == "Yeast makes gas out of sugar, and the dough holds it."
    assert "edited by ada" in house.instructory("why", short, "--store", house.store).out


def test_rejected_rows_are_read_with_the_reason_hidden_and_say_what_reasons_are_worth(
    house: House, tmp_path: Path
) -> None:
    house = House(tmp_path / "store", tmp_path / "rows.jsonl", house.instructory)
    twice = (ROWS[4][0].lower(), ROWS[4][1])
    house.write(
        *ROWS,
        ("What is the chemical symbol of table salt?", "NaCl."),
        ("Who was first on the moon?", "Armstrong."),
        twice,
    )
    settings = ("filters.length.min_response_words=2",)
    house.build(*settings)
    with serving_here(house.store, "demo", by="rejected", double=0.0) as address:
        ada, bob = people(house.store, address, "demo", "ada", "bob")
        assert "3 rows of 3 that filters and verifiers of this build refused" in ada.open("")
        words = iter(("accept", "reject:unhelpful"))
        while row := ada.next():
            if row == stable_id(twice[0]):
                assert "The build refused this row: filters/exact_duplicate" in ada.page.text
                assert ROWS[4][0] in ada.page.text, "the row that was kept is needed to judge that"
                ada.decide("reject:duplicate")
                continue
            assert "too_short" not in ada.page.text
            ada.decide(next(words))
            assert "The build had refused it: filters/too_short" in ada.page.text
            bob.open(f"row/{row}")
            assert "too_short" not in bob.page.text, "what others decided tells nothing"
            bob.open(f"row/{row}?edit=1")
            bob.send(f"row/{row}", decide="preview", **{"edit.response": "Salt."})
            assert "Save the edit" in bob.page.text
            assert "too_short" not in bob.page.text, "nor does an edit"
    again = house.build(*settings)
    assert again.stages["filters"]["rejected"] == 1, "the accepted row is refused again, the rejected one left before"
    store = Store(house.store)
    facts = store.required("review", dict(store.draft("demo").stages)["review"]).facts["people"]["filters"]
    assert [(one["reason"], one["reviewed"], one["precision"]) for one in facts] == [
        ("filters/too_short", 2, 0.5),
        ("filters/exact_duplicate", 1, 1.0),
    ]


def test_who_edited_a_row_that_the_filters_then_refused_is_told(house: House, tmp_path: Path) -> None:
    house = House(tmp_path / "store", tmp_path / "rows.jsonl", house.instructory)
    house.write(*ROWS)
    settings = ("filters.length.min_response_words=2",)
    house.build(*settings)
    row = house.rows()["Explain"]
    house.say(row, "ada", "edit", edited={"response": "Gas."})
    house.build(*settings)
    warning = "was refused by <code>filters/too_short</code>"
    with serving_here(house.store, "demo", double=0.0) as address:
        ada, bob = people(house.store, address, "demo", "ada", "bob")
        assert warning in ada.open("")
        assert warning not in bob.open("")
        ada.open(f"row/{row['example_id']}")
        assert "The build refused this row: filters/too_short" in ada.page.text
        ada.open(f"row/{row['example_id']}?edit=1")
        ada.send(f"row/{row['example_id']}", decide="preview", **{"edit.response": "Carbon."})
        assert "<code>filters/too_short</code>: fewer words than allowed" in ada.page.text, "as the build would say it"
        ada.edit(response="Yeast makes gas out of sugar.")
        assert warning not in ada.open("")
    house.build(*settings)
    assert house.released()[row["example_id"]]["response"] == "Yeast makes gas out of sugar."


def test_the_first_rows_are_accepted_before_the_rest_is_made(house: House, tmp_path: Path) -> None:
    house = House(tmp_path / "store", tmp_path / "rows.jsonl", house.instructory)
    house.write(*ROWS)
    few = ("review.first=2", "review.accepted=0.6")
    asked = house.build(*few, code=3)
    assert "0 of its first 2 rows are decided about" in asked.err
    assert "`instructory review demo@draft`" in asked.err
    first, second = house.rows().values()
    house.say(first, "ada", "accept")
    house.say(second, "ada", "reject", reason="style")
    refused = house.build(*few, code=3)
    assert "1 of 2 accepted as they are, and the recipe asks for 60% of its first rows" in refused.err
    assert not Store(house.store).versions("demo")
    made = house.build("review.first=2", "review.accepted=0.5")
    assert made.json["rows"] == len(ROWS) - 1
    assert [path.suffix for path in (house.store / "approvals" / "demo").iterdir()] == [".json"], "asked about once"


def test_methods_make_as_few_rows_as_are_wanted() -> None:
    entries = [{"method": "procedural", "rows": 500}, {"method": "taxonomy", "topics": 3}, {"method": "long_context"}]
    recipe = Recipe.model_validate(
        {"dataset": "d", "documents": [{"path": "a.md"}], "generate": entries, "gates": {"pool": {"min_rows": 9}}}
    )
    few = smaller(recipe, 15)
    assert [getattr(one, "rows", None) for one in few.generate] == [15, None, None]
    assert (few.generate[1].model_dump()["topics"], few.generate[2].model_dump()["most"]) == (3, 15)
    assert (few.dataset, few.gates) == ("d", {"pool": {}})
