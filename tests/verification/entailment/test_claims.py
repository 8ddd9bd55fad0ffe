"""A response is split into what can be true or false alone; nothing of it is lost but code, questions and greetings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.text.words import content_words
from tasks.verification.entailment.claims import claims
from tasks.verification.entailment.passages import shortened
from tests.verification.entailment.conftest import span


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ("Sure! The bus leaves at nine. It costs two pounds.", ["The bus leaves at nine.", "It costs two pounds."]),
        ("1. The bus is red\n2. The tram is green", ["The bus is red", "The tram is green"]),
        ("The bus is red, and the tram is green.", ["The bus is red", "the tram is green."]),
        ("The bus is red; trams are green.", ["The bus is red", "trams are green."]),
        ("Salt, and the pepper you like, is there.", ["Salt, and the pepper you like, is there."]),
        ("Bring bread, and butter for it.", ["Bring bread, and butter for it."]),
        ("Here are the colours:\n\n```\nred = 1\n```\nIs it red? Buses are red.", ["Buses are red."]),
        ("Paris.", ["Paris."]),
        ("", []),
    ],
)  # fmt: skip
def test_claims_of_a_response(response: str, said: list[str]) -> None:
    assert [claim.text for claim in claims(response, None)] == said


def test_a_claim_that_points_back_carries_what_it_points_at() -> None:
    first, second, third = claims(
        "30 days. It runs from the purchase of goods. Goods must be unused on return.", None, "How long?"
    )
    assert (first.lead, second.lead, third.lead) == ("How long?", "30 days.", "")


def test_a_claim_that_cites_rests_on_that_passage_alone() -> None:
    first, second = claims("Buses are red [2]. Trams are green.", [span("a"), span("b")])
    assert [one["chunk_id"] for one in first.spans or ()] == ["b"]
    assert [one["chunk_id"] for one in second.spans or ()] == ["a", "b"]


WORDS = [
    "the", "bus", "is", "red", "and", ",", "but", "while", "it", "tram", "was", ";", "costs", "two", "pounds", "nine", "green",
    "?", ".", "however", "!", "\n",
]  # fmt: skip
WORDS = "the bus is red and , but while it tram was ; costs two pounds nine green ? . however !".split(" ")  # noqa: SIM905
words = st.sampled_from([*WORDS, "\n"])


@given(st.lists(words, max_size=40))
def test_no_word_of_a_sentence_that_claims_something_is_lost(parts: list[str]) -> None:
    text = " ".join(parts)
    said = " ".join(claim.text for claim in claims(text, None))
    assert set(content_words(said)) <= set(content_words(text))
    if "?" not in text and "!" not in text and "\n" not in text and "." not in text and len(content_words(text)) > 1:
        assert len(content_words(said)) == len(content_words(text))


@given(st.lists(st.integers(3, 12), min_size=1, max_size=60), st.integers(20, 80))
def test_a_shortened_passage_holds_the_sentence_that_says_it(lengths: list[int], most: int) -> None:
    sentences = [f"Sentence {n} is about thing{n} {'and more ' * size}so." for n, size in enumerate(lengths)]
    text = " ".join(sentences)
    sought = len(lengths) // 2
    found = shortened(text, f"It is about thing{sought}.", most)
    assert f"thing{sought} " in found
    assert len(found.split()) <= max(most, max(len(s.split()) for s in sentences)) + len(sentences)
