"""Filler goes; sentences that say something stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.cleaning import Cleaning, compute
from tasks.cleaning.filler import filler_announcement, filler_closing, filler_opening


def without(text: str) -> str:
    return filler_closing(filler_opening(filler_announcement(text)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Certainly! Here is a list.", "Here is a list."),
        ("Sure, here is a list.", "Here is a list."),
        ("Sure! Here is a poem about cats:\n\nCats are", "Cats are"),
        ('Certainly! Here\'s the corrected sentence:\n"I am."', '"I am."'),
        ("Great question! I'd be happy to help you with that. the sky is blue.", "The sky is blue."),
        ("As an AI language model, the answer is 4.", "The answer is 4."),
        ("It is 4. I hope this helps!", "It is 4."),
        ("It is 4.\n\nLet me know if you have any other questions. Happy to help!", "It is 4."),
        ("Absolutely!\n\n1. One\n\nFeel free to ask if you need more.", "1. One"),
    ],
)
def test_filler_is_taken_off(before: str, after: str) -> None:
    assert without(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "Of course, the function returns early.", "Sure enough, he came.",
        "Greatness is rare. I hope this helps to explain the rest: it is a long story.",
        "Certainly the best known is Emma.", "He asked: is there anything else? She said no.",
        "As an AI language model, I cannot say.", "Here is a list of three fruits:\n\n1. Apple",
    ],
)  # fmt: skip
def test_sentences_that_say_something_stay(text: str) -> None:
    assert without(text) == text


def test_a_line_of_dialogue_is_no_filler(examples, chunks, tools) -> None:
    said = "Certainly! replied Elizabeth."
    row = {"response": said, "evidence": [{"chunk_id": "c", "start": 0, "end": len(said)}]}
    kept = compute(examples(row, {"response": said}), chunks(c=said + " And left."), Cleaning(), tools).kept
    assert kept["response"].to_pylist() == [said, "Replied Elizabeth."]


def test_a_letter_may_offer_help(examples, tools) -> None:
    letter = "Dear Ms Smith,\n\nwe have moved.\n\nPlease let me know if you have any questions."
    rows = [{"instruction": asked, "response": letter} for asked in ("Write a letter to a customer.", "Where is it?")]
    kept = compute(examples(*rows), None, Cleaning(), tools).kept
    assert kept["response"].to_pylist() == [letter, letter.rsplit("\n\n", 1)[0]]


def test_only_answers_lose_their_filler(examples, tools) -> None:
    said = "Sure! It is so. I hope this helps!"
    row = {"instruction": f"Why? {said}", "response": said, "rejected": said, "system": said}
    [kept] = compute(examples(row), None, Cleaning(), tools).kept.to_pylist()
    assert [kept[name] for name in row] == [f"Why? {said}", "It is so.", "It is so.", said]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.sampled_from(["", "Certainly! ", "Sure. "]))
def test_taking_filler_off_twice_takes_no_more(text: str, opening: str) -> None:
    once = without(opening + text)
    assert without(once) == once
