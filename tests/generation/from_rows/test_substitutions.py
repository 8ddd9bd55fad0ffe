"""Substitutions change what they say and nothing else, the same way every time; swaps are undone by themselves."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.generation.from_rows.substitutions import METHOD, errors, identity, make
from tasks.generation.from_rows.substitutions.params import Substitutions
from tasks.generation.from_rows.substitutions.protected import free_words
from tasks.generation.method import Inputs
from tasks.pipeline import ledger
from tasks.text import nlp
from tasks.text.kept_meaning import meaning_change
from tests.teachers.prompts.material import examples_of

KEPT = ("`rm -r build`", "12", "5kg", "https://a.example/x", '"as is"', "foo_bar", "a+b")
WORDS = st.sampled_from([*KEPT, "please", "explain", "which", "method", "works,", "better", "quickly", "and"])


def run(*instructions: str, response: str = "So it is.", **params: Any) -> Outcome:
    rows = examples_of(*instructions, response=response, origin="human")
    outcome = make(Inputs(rows=rows), Substitutions(**{"share": 1.0} | params), None, Tools("key", Path()))
    ledger.balance("substitutions", EXAMPLE.empty_table(), outcome, METHOD.reasons)
    return outcome


@settings(max_examples=150)
@given(st.lists(WORDS, min_size=1, max_size=25), st.integers(0, 10**6), st.sampled_from([0.05, 0.5]))
def test_errors_touch_nothing_that_counts(words: list[str], seed: int, rate: float) -> None:
    text = " ".join(words)
    assert {free.word for free in free_words(text)}.isdisjoint(" ".join(KEPT).split())
    for changed in (errors.typos(text, rate, Random(seed)), errors.noise(text, Random(seed))):
        assert [changed.count(kept) for kept in KEPT] == [text.count(kept) for kept in KEPT]
        assert len(changed.split()) == len(text.split())


def test_typos_come_at_the_given_rate() -> None:
    text = " ".join(["describe", "some", "very", "old", "castle"] * 20)
    for rate in (0.05, 0.2):
        wrong = sum(a != b for a, b in zip(text.split(), errors.typos(text, rate, Random(1)).split(), strict=True))
        assert wrong == round(rate * 100)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("He told her that his dog bit him.", "She told him that her dog bit her."),
        ("The hat is hers, and Sarah made it herself.", "The hat is his, and Daniel made it himself."),
        ("MY SISTER asked: is her brother at home?", "MY BROTHER asked: is his sister at home?"),
    ],
)
def test_pronouns_agree_and_a_second_swap_gives_the_first_text_back(before: str, after: str) -> None:
    docs = nlp.parse([before, after], ("tagger",))
    assert identity.swapped(before, docs[0], "gender_swaps") == after
    assert identity.swapped(after, docs[1], "gender_swaps") == before


def test_every_name_and_word_has_one_counterpart() -> None:
    for table in (identity._genders(), identity._origins(), dict(map(tuple, identity._data()["words"]))):
        back = {**table, **{other: word for word, other in table.items()}}
        assert all(back[back[word]] == word for word in table)


def test_a_pair_differs_in_the_identity_only() -> None:
    asked = "Write one sentence about a neighbor: Sarah lost her keys."
    made = run(asked, response="Sarah looked for her keys.", kinds=("gender_swaps", "origin_swaps")).kept.to_pylist()
    assert [(row["operator"], row["instruction"], row["response"]) for row in made] == [
        ("gender_swaps", "Write one sentence about a neighbor: Daniel lost his keys.", "Daniel looked for his keys."),
        ("origin_swaps", "Write one sentence about a neighbor: Salma lost her keys.", "Salma looked for her keys."),
    ]
    assert {row["parent_id"] for row in made} == {"e0"}, "the pair: a row and its parent"
    assert {row["origin"] for row in made} == {"human"}


@pytest.mark.parametrize(
    "asked",
    [
        "Can she eat sushi while she is pregnant?",
        "What did Alice Walker say when she won the prize?",
        'Who said "he is late" in that film?',
        "When did Napoleon lose his last battle?",
        "Is San Diego larger than his home town?",
    ],
)
def test_where_it_matters_who_it_is_the_row_is_left(asked: str) -> None:
    outcome = run(asked, kinds=("gender_swaps",))
    assert outcome.rejected["reason"].to_pylist() == ["identity_matters"], outcome.kept["instruction"].to_pylist()


def test_synonyms_agree_in_ending_and_article() -> None:
    made = run(
        "Which methods help to purchase a huge house?",
        "He recommends an important movie, `movie`.",
        "Repair the kids' automobile.",
        kinds=("synonyms",),
        synonym_rate=1.0,
    )
    assert made.kept["instruction"].to_pylist() != []
    text = " | ".join(sorted(made.kept["instruction"].to_pylist()))
    assert "suggests a significant film, `movie`" in text
    assert "Which approaches assist to acquire an enormous house?" in text


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=3))
@settings(max_examples=25)
def test_every_row_and_kind_is_accounted_for_and_the_same_each_time(instructions: list[str]) -> None:
    kinds = ("typos", "noise")
    first, again = (run(*instructions, kinds=kinds) for _ in range(2))
    assert first.kept.equals(again.kept)
    assert first.rejected.equals(again.rejected)
    for row in first.kept.to_pylist():
        parent = instructions[int(row["parent_id"][1:])]
        assert row["instruction"] != parent.strip()
        assert meaning_change(parent, row["instruction"]) is None or "\n" in parent or ": " in parent


def test_another_seed_gives_other_rows_and_a_row_does_not_depend_on_others() -> None:
    asked = ("Explain the rules of chess to a beginner.", "Describe a rainbow to someone who is blind.")
    both, alone = run(*asked, kinds=("typos",)), run(asked[0], kinds=("typos",))
    assert alone.kept.to_pylist()[0] in both.kept.to_pylist()
    other = run(asked[0], kinds=("typos",), seed=1)
    assert other.kept["example_id"] != alone.kept["example_id"]
