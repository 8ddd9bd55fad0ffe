import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.answers.extractive import choose, verbatim
from tasks.answers.params import Extractive

TEXT = "First one (see there). Second.\n\n    code\n\n* item one\n* item two"
ORDER = (
    "Dictionaries are mutable. Dictionaries preserve insertion order. Replacing an existing key does not change the order "
    "of the dictionary. The weather was fine."
)


def spans(*pieces: str) -> list[dict[str, object]]:
    found = [re.search(re.escape(piece), TEXT) for piece in pieces]
    return [{"chunk_id": "c", "start": m.start(), "end": m.end()} for m in found if m]


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (["First one"], "First one"),
        (["First one", ". Second."], "First one. Second."),  # what was bracketed is left out
        (["First", "Second."], "First Second."),
        (["Second.", "    code"], "Second.\n\n    code"),
        (["* item one", "* item two"], "* item one\n* item two"),
    ],
)
def test_pieces_are_as_far_apart_as_they_were(pieces: list[str], whole: str) -> None:
    assert verbatim(spans(*pieces), {"c": TEXT}) == whole


def test_pieces_of_different_chunks() -> None:
    two = [{"chunk_id": "a", "start": 0, "end": 1}, {"chunk_id": "b", "start": 0, "end": 1}]
    assert verbatim(two, {"a": "A", "b": "B"}) == "A\n\nB"


@pytest.mark.parametrize(("start", "end"), [(0, 99), (-1, 2), (3, 3), (4, 2)])
def test_a_span_outside_its_chunk_is_an_error(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="lies outside its chunk"):
        verbatim([{"chunk_id": "c", "start": start, "end": end}], {"c": "short"})


def said(instruction: str, *texts: str, **params: float) -> str:
    passages = [(f"c{i}", text) for i, text in enumerate(texts)]
    chosen = choose(instruction, passages, Extractive.model_validate(params))
    return verbatim(chosen, dict(passages)) if chosen else ""


def test_the_sentence_that_answers_is_chosen_verbatim() -> None:
    assert "Dictionaries preserve insertion order." in said("Do dictionaries preserve insertion order?", ORDER)
    assert "weather" not in said("Do dictionaries preserve insertion order?", ORDER)


def test_of_several_passages_one_answers() -> None:
    onions = "Simmer the onions slowly until golden. Then serve."
    assert said("How long do I simmer onions?", ORDER, onions) == "Simmer the onions slowly until golden."


@pytest.mark.parametrize(
    "question", ["Who won the battle of Hastings in 1066?", "How tall is the Eiffel tower?", "Why?", ""]
)
def test_no_answer_is_better_than_a_wrong_one(question: str) -> None:
    assert said(question, ORDER) == ""
    assert said("Do dictionaries preserve insertion order?") == ""


def test_no_more_sentences_than_asked_for() -> None:
    text = " ".join(f"Onions are simmered in pot number {word}." for word in ("one", "two", "three", "four", "five"))
    for most in (1, 3):
        assert said("In which pots are onions simmered?", text, max_sentences=most, min_overlap=0.2).count(".") == most


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), min_size=1, max_size=5))
def test_every_piece_stands_in_the_answer_in_order(places: list[tuple[int, int]]) -> None:
    ordered = [
        {"chunk_id": "c", "start": start, "end": min(len(TEXT), start + length)} for start, length in sorted(places)
    ]
    ordered = [span for span in ordered if span["start"] < span["end"]]  # type: ignore[operator]
    answer, position = verbatim(ordered, {"c": TEXT}), 0
    for span in ordered:
        piece = TEXT[span["start"] : span["end"]]  # type: ignore[misc]
        position = answer.index(piece, position) + len(piece)
