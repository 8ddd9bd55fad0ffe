"""The checker of constraints: it decides from the texts alone, and it can say no."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.generation.from_rows.constraints import construction
from tasks.generation.from_rows.constraints.constraints import satisfied, sentence_count, word_count
from tasks.generation.from_rows.constraints.construction import BUILDERS
from tasks.generation.from_rows.constraints.material import Material

CASES = [
    ("max_words:5", "Use at most 5 words.", "Five words and no more.", "This one has six words altogether."),
    ("min_words:4", "Use at least 4 words.", "These are four words.", "Only three words."),
    ("exact_sentences:2", "Answer in exactly two sentences.", "One by Mr. Hill. Two!", "Only one."),
    ("exact_sentences:1", "Answer in exactly 1 sentence.", 'He said "No. Never" and left.', "First. Second."),
    ("bullet_list:2", "Give a list of 2 bullet points.", "- one\n- two", "- one\n- two\n- three"),
    ("bullet_list:2", "Give a list of 2 bullet points.", "* one\n* two", "1. one\n2. two"),
    ("numbered_list:2", "Number the 2 points.", "1. one\n2. two", "1. one\n3. two"),
    ("numbered_list:2", "Number the two points.", "1) one\n2) two", "Here:\n1. one\n2. two"),
    ("quote:A b c.", "Quote the sentence.", "It says: “A b c.”", "It says: A b c."),
    ("json:term,definition", 'JSON with "term" and "definition".', '{"term": "a", "definition": "b"}', '{"term": "a"}'),
    ("json:term,definition", 'JSON with "term" and "definition".', '{"term":"a","definition":"b"}', "term: a"),
    (
        "compare:A|B",
        "Compare A and B.",
        "A: “one two three four five”\n\nB: “six seven eight nine ten”",
        "B: “x”\n\nA: “y”",
    ),
]


@pytest.mark.parametrize(("constraint", "instruction", "good", "bad"), CASES)
def test_a_constraint_is_met_or_not(constraint: str, instruction: str, good: str, bad: str) -> None:
    assert satisfied(constraint, instruction, good)
    assert not satisfied(constraint, instruction, bad)


@pytest.mark.parametrize(("constraint", "instruction", "good", "bad"), CASES)
def test_a_constraint_that_the_instruction_does_not_state_is_not_met(
    constraint: str, instruction: str, good: str, bad: str
) -> None:
    assert not satisfied(constraint, "What is it?", good)


def test_a_number_within_a_number_is_not_that_number() -> None:
    assert not satisfied("max_words:4", "Use at most 40 words.", "Three words only.")


@pytest.mark.parametrize("constraint", ["max_words", "max_words:", ""])
def test_a_constraint_without_a_value_is_a_mistake(constraint: str) -> None:
    with pytest.raises(ValueError, match="name:value"):
        satisfied(constraint, "Say it.", "It.")


def test_an_unknown_constraint_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        satisfied("uppercase:yes", "Shout.", "IT")


WORD = st.sampled_from("pride vanity list tuple value method object Jane Mr. e.g. `x` 3.5".split())  # noqa: SIM905
SENTENCE = st.lists(WORD, min_size=3, max_size=14).map(lambda w: f"The {' '.join(w)} stood firm.")
PROSE = st.lists(SENTENCE, min_size=1, max_size=6)


@given(PROSE)
def test_counts_are_those_of_the_parts(told: list[str]) -> None:
    assert word_count(" ".join(told)) == sum(word_count(sentence) for sentence in told)
    assert sentence_count(" ".join(told)) == len(told)


@given(PROSE, PROSE, st.sampled_from(sorted(BUILDERS)), st.sampled_from(["definition", "description", "reason"]))
def test_what_a_builder_makes_the_checker_accepts(told: list[str], more: list[str], name: str, expects: str) -> None:
    row = Material("What is it?", " ".join(told), expects, "Chapter 3 of Emma", "`value`", " ".join(more))
    draft = BUILDERS[name](row)
    if draft is None:
        return
    asked = f"What is it? Quote it as JSON, with {draft.value!r}" + "".join(
        f' "{key}"' for key in ("term", "definition")
    )
    assert satisfied(draft.constraint, asked, draft.response)
    assert draft.constraint.partition(":")[0] == name


@given(PROSE, PROSE, st.sampled_from(sorted(set(BUILDERS) - {"json"})))
def test_no_builder_writes_a_sentence_of_its_own(told: list[str], more: list[str], name: str) -> None:
    row = Material("What is it?", " ".join(told), "definition", "Emma", "", " ".join(more))
    draft = BUILDERS[name](row)
    if draft is None:
        return
    bare = re.sub(r"^(?:- |\d+\. )", "", draft.response, flags=re.M).replace("\n", " ")
    bare = bare.removesuffix(" (Emma)").removeprefix("“").removesuffix("”")
    assert bare in " ".join([*told, *more])


@pytest.mark.parametrize(
    "response",
    [
        "Do this:\n\n    x = 1\n\nThen that.",
        ">>> 1 + 1\n2",
        "one. two\n\n- a\n- b",
        "if_stmt ::= 'if' expr ':' suite",
    ],
)
@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_code_and_lists_are_left_alone(response: str, name: str) -> None:
    assert BUILDERS[name](Material("What?", response, "description", "Emma", "x", "")) is None


@pytest.mark.parametrize("name", ["max_words", "exact_sentences", "bullet_list", "numbered_list", "min_words"])
def test_an_answer_that_must_stay_whole_is_not_cut(name: str) -> None:
    told = " ".join(
        f"The {word} sentence of the passage stands here in full." for word in ("first", "second", "third", "last")
    )
    for expects in ("quote", "passage", "reply", "code"):
        assert BUILDERS[name](Material("What?", told, expects, "Emma", "", told)) is None


def test_a_list_with_a_line_that_announces_it_becomes_a_numbered_one() -> None:
    row = Material("Which?", "There are two:\n\n* the first of them\n\n* the second", "list", "Emma", "", "")
    draft = construction.numbered_list(row)
    assert draft is not None
    assert draft.response == "1. the first of them\n2. the second"


def test_a_speech_becomes_an_object_only_if_one_speaker_is_named() -> None:
    said = Material("Who?", '"These are my fingers," said Elizabeth. "They do not move."', "reply", "Emma", "", "")
    draft = construction.as_json(said)
    assert draft is not None
    assert json.loads(draft.response) == {"speaker": "Elizabeth", "speech": "These are my fingers. They do not move."}
    broken = '"My fingers," said Elizabeth, "do not move."'
    assert construction.as_json(Material("Who?", broken, "reply", "Emma", "", "")) is None  # whose comma is it?
    assert construction.as_json(Material("Who?", '"My fingers," said she.', "reply", "Emma", "", "")) is None


def test_an_answer_is_not_cut_in_the_middle_of_what_it_says() -> None:
    told = "If the key is there at all, return the value of the key. If not, insert it with the value of the default."
    whole = "Return the value of the key, and nothing else at all. The default of it is always the empty value of None here."
    asked = "What does the method do?"
    assert construction.max_words(Material(asked, told, "description", "Emma", "", "")) is None
    assert construction.max_words(Material(asked, whole, "description", "Emma", "", "")) is not None
    twofold = "What does the method do, and how does the default of it matter?"
    assert construction.max_words(Material(twofold, whole, "description", "Emma", "", "")) is None
    named = "What does the method do with the empty value?"
    assert construction.max_words(Material(named, whole, "description", "Emma", "", "")) is None


def test_only_what_is_alike_is_compared() -> None:
    lower = Material(
        "What?", "Return a copy of the string converted to lowercase letters.", "description", "", "`s.a()`", ""
    )
    upper = Material(
        "What?", "Return a copy of the string converted to uppercase letters.", "description", "", "`s.b()`", ""
    )
    other = Material(
        "What?", "Raise an error whenever nothing was found in the list.", "description", "", "`s.c()`", ""
    )
    assert construction.compare(lower, upper) is not None
    assert construction.compare(lower, other) is None


def test_two_subjects_that_are_one_are_not_compared() -> None:
    told = "Mary had neither genius nor taste, and she was vain."
    mary = Material("How?", told, "description", "Emma", "Mary", "")
    assert construction.compare(mary, mary) is None
