"""The checker of constraints decides from the texts alone and can say no; builders write no sentence of their own."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.generation.from_rows.constraints.builders import BUILDERS
from tasks.generation.from_rows.constraints.checks import satisfied
from tasks.text.constraints import ConstraintError

CASES = [
    ("max_words:5", "Use at most 5 words.", "Five words and no more.", "This one has six words altogether."),
    ("exact_sentences:2", "Answer in exactly two sentences.", "One by Mr. Hill. Two!", "Only one."),
    ("exact_sentences:1", "Answer in exactly 1 sentence.", 'He said "No. Never" and left.', "First. Second."),
    ("bullet_list:2", "Give a list of 2 bullet points.", "- one\n- two", "- one\n- two\n- three"),
    ("bullet_list:2", "Give a list of 2 bullet points.", "* one\n* two", "1. one\n2. two"),
    ("numbered_list:2", "Number the 2 points.", "1. one\n2. two", "1. one\n3. two"),
    ("numbered_list:2", "Number the two points.", "1) one\n2) two", "Here:\n1. one\n2. two"),
    ("json:term,definition", 'JSON with "term" and "definition".', '{"term": "a", "definition": "b"}', '{"term": "a"}'),
    ("json:steps", 'JSON with "steps".', '{"steps": ["a", "b"]}', '{"steps": ["a", ""]}'),
    ("json:steps", 'JSON with "steps".', '{"steps": ["a"]}', "steps: a"),
]


@pytest.mark.parametrize(("constraint", "instruction", "good", "bad"), CASES)
def test_a_constraint_is_met_and_demanded_or_not(constraint: str, instruction: str, good: str, bad: str) -> None:
    assert satisfied(constraint, instruction, good)
    assert not satisfied(constraint, instruction, bad)
    assert not satisfied(constraint, "What is it?", good)


def test_a_number_within_a_number_is_not_that_number() -> None:
    assert not satisfied("max_words:4", "Use at most 40 words.", "Three words only.")


@pytest.mark.parametrize("constraint", ["max_words", "max_words:", "", "uppercase:yes"])
def test_mistakes(constraint: str) -> None:
    with pytest.raises(ConstraintError):
        satisfied(constraint, "Say it.", "It.")


WORD = st.sampled_from("pride vanity list tuple value method object Jane Mr. e.g. `x` 3.5".split())  # noqa: SIM905
SENTENCE = st.lists(WORD, min_size=3, max_size=14).map(lambda w: f"The {' '.join(w)} stood firm.")
PROSE = st.lists(SENTENCE, min_size=1, max_size=6)
LIST = st.lists(SENTENCE, min_size=2, max_size=6).map(lambda said: "\n".join(f"- {one}" for one in said))


@given(
    st.one_of(PROSE.map(" ".join), LIST), st.sampled_from(sorted(BUILDERS)), st.sampled_from(["definition", "answer"])
)
def test_what_a_builder_makes_the_checker_accepts_and_the_response_holds(text: str, name: str, expects: str) -> None:
    draft = BUILDERS[name]({"instruction": "What is a list?", "response": text, "expects": expects})
    if draft is None:
        return
    assert satisfied(draft.constraint, f"What is a list? Use JSON: {draft.value}", draft.response)
    assert draft.constraint.partition(":")[0] == name
    values = [json.loads(draft.response)] if name == "json" else []
    said = [v for data in values for value in data.values() for v in (value if isinstance(value, list) else [value])]
    for part in said or re.sub(r"^(?:- |\d+\. )", "", draft.response, flags=re.M).splitlines():
        assert part in text or part == "list"


@pytest.mark.parametrize(
    "response",
    [
        "Do this:\n\n    x = 1\n\nThen that.",
        "```\nx = 1\n```",
        ">>> 1 + 1\n2",
        "one. two\n\n- a:\n  - b\n- c",
        "All of this is true of most of the lists that anybody has ever written:\n\n- a thing\n- another",
        "if_stmt ::= 'if' expr ':' suite",
    ],
)
@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_code_and_what_says_more_than_its_list_are_left_alone(response: str, name: str) -> None:
    assert BUILDERS[name]({"instruction": "What?", "response": response, "expects": "description"}) is None


def test_a_list_with_a_line_that_announces_it_becomes_a_numbered_one() -> None:
    row = {
        "instruction": "Which?",
        "response": "There are two:\n\n* the first of them\n* the second",
        "expects": "answer",
    }
    draft = BUILDERS["numbered_list"](row)
    assert draft is not None
    assert draft.response == "1. the first of them\n2. the second"


def test_steps_are_steps_and_are_not_cut() -> None:
    row = {"instruction": "How do I do it?", "response": "1. Open it.\n2. Close it.", "expects": "steps"}
    draft = BUILDERS["json"](row)
    assert draft is not None
    assert json.loads(draft.response) == {"steps": ["Open it.", "Close it."]}
    told = {
        **row,
        "response": "Open the settings of the account first of all. Close them. Wait for a minute and then begin anew.",
    }
    assert BUILDERS["max_words"](told) is None
    assert BUILDERS["numbered_list"](row) is None


def test_an_answer_is_not_cut_in_the_middle_of_what_it_says() -> None:
    told = "If the key is there at all, return the value of the key. If not, insert it with the value of the default."
    whole = "Return the value of the key, and nothing else at all. The default of it is always the empty value of None here."
    asked = {"instruction": "What does the method do?", "expects": "description"}
    assert BUILDERS["max_words"]({**asked, "response": told}) is None
    assert BUILDERS["max_words"]({**asked, "response": whole}) is not None
    assert BUILDERS["max_words"]({**asked, "response": whole, "instruction": "What of the empty value?"}) is None
