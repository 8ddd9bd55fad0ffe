"""Decisions of reviewers: nothing that was saved is lost, nothing that was not is taken for saved."""

from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import BadInput, IntegrityError
from tasks.review.decisions import Decision, Decisions, standing
from tasks.store.store import Store


def made(row: int = 1, who: str = "ada", word: str = "accept", at: int = 0, **more: object) -> Decision:
    time = f"2026-11-29T10:00:{at:02d}.000+00:00"
    more = {"id": f"{who}-{row}-{word}-{at}", "example_id": str(row), "content_hash": "h", **more}
    return Decision(reviewer=who, session="s1", word=word, at=time, **more)


def test_what_was_added_is_read_again_by_another_process(tmp_path: Path) -> None:
    wanted = [
        made(1, at=1),
        made(2, word="edit", edited={"response": "Größe\n\u2028 \U0001f600"}, criteria={"accuracy": 4}, at=2),
        made(3, word="reject", reason="wrong", note="a \x00 b", at=3),
    ]
    kept = Decisions(Store(tmp_path), "demo")
    for decision in wanted:
        kept.add(decision)
    assert Decisions(Store(tmp_path), "demo").all() == wanted


def test_ten_reviewers_at_once_lose_no_decision(tmp_path: Path) -> None:
    kept = Decisions(Store(tmp_path), "demo")

    def sit(who: str) -> None:
        for row in range(20):
            kept.add(made(row, who, at=row))

    threads = [Thread(target=sit, args=(f"r{n}",)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept.all()) == 200


@given(share=st.floats(0, 1))
def test_a_file_cut_off_anywhere_keeps_every_whole_line_and_takes_more(
    share: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("store")
    kept = Decisions(Store(root), "demo")
    for row in range(3):
        kept.add(made(row, at=row))
    file = root / "reviews" / "demo" / "ada.s1.jsonl"
    whole = file.read_bytes()
    cut = round(share * len(whole))
    file.write_bytes(whole[:cut])
    kept.add(made(9, at=9))
    complete = sum(end <= cut for end, byte in enumerate(whole) if byte == ord("\n"))
    assert [one.example_id for one in kept.all()] == [str(row) for row in range(complete)] + ["9"]


def test_a_changed_line_is_named(tmp_path: Path) -> None:
    Decisions(Store(tmp_path), "demo").add(made(1))
    file = tmp_path / "reviews" / "demo" / "ada.s1.jsonl"
    file.write_text(file.read_text().replace("accept", "reject"))
    with pytest.raises(IntegrityError, match=r"ada\.s1\.jsonl, line 1"):
        Decisions(Store(tmp_path), "demo").all()


def test_the_latest_decision_of_a_person_holds_unless_taken_back() -> None:
    first = made(1, at=1)
    second = made(1, word="reject", reason="wrong", at=2)
    other = made(1, "bob", at=3)
    assert standing([first, second, other]) == [second, other]
    back = made(1, word="undo", undoes=second.id, at=4)
    assert standing([first, second, other, back]) == [first, other]
    foreign = made(1, "bob", word="undo", undoes=first.id, at=5)
    assert first in standing([first, other, foreign]), "nobody takes back what another decided"


@pytest.mark.parametrize(
    "wrong",
    [
        {"word": "reject"},
        {"word": "edit"},
        {"word": "edit", "edited": {"example_id": "2"}},
        {"word": "prefer"},
        {"word": "undo"},
    ],
)
def test_a_decision_lacks_nothing_that_its_word_needs(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        Decisions(Store(tmp_path), "demo").add(made(**wrong))
