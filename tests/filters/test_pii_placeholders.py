"""The same person has the same number in every column and turn, whatever the spelling; two persons never share one."""

import re

import pyarrow as pa
import pytest

from tasks.filters.personal_data.placeholders import PersonalDataSpan, redacted
from tasks.text.columns import pieces


def masked(table: pa.Table, entity: str, *values: str) -> dict[str, list]:
    """The table's columns with each of `values` redacted where it stands first in a piece."""
    parts = pieces(table)
    spans = [
        PersonalDataSpan(piece, match.start(), match.end(), entity)
        for piece, text in enumerate(parts.texts.to_pylist())
        for value in values
        for match in [re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)]
        if match
    ]
    return {name: column.to_pylist() for name, column in redacted(table, parts, spans).items()}


def test_one_person_has_one_number(filtered) -> None:
    row = {
        "history": [{"role": "user", "content": "I am Jane Doe."}, {"role": "assistant", "content": "Hello, Ms. Doe!"}],
        "instruction": "Write to Jane Doe's boss, Bob Ray.",
        "response": "Dear Bob, JANE DOE is well.",
    }
    columns = masked(filtered(row), "PERSON", "Jane Doe", "Ms. Doe", "Jane Doe's", "Bob Ray", "Bob", "JANE DOE")
    assert [turn["content"] for turn in columns["history"][0]] == ["I am <PERSON_1>.", "Hello, <PERSON_1>!"]
    assert "<PERSON_2>" in columns["instruction"][0]
    assert columns["response"] == ["Dear <PERSON_2>, <PERSON_1> is well."]


def test_a_name_that_could_be_two_persons_is_neither(filtered) -> None:
    columns = masked(
        filtered({"response": "Ann Lee, Bob Lee, and then Lee."}), "PERSON", "Ann Lee", "Bob Lee", "then Lee"
    )
    assert columns["response"] == ["<PERSON_1>, <PERSON_2>, and <PERSON_3>."]


@pytest.mark.parametrize(
    ("value", "entity", "expected"),
    [
        ("Jane Doe", "PERSON", "<PERSON_1> wrote it."),
        ("415-555-2671", "PHONE_NUMBER", "<PHONE_NUMBER_1> wrote it."),
        ("Will", "PERSON", "Will wrote it."),
    ],
)
def test_what_was_found_once_is_redacted_wherever_it_is_repeated(
    filtered, value: str, entity: str, expected: str
) -> None:
    table = filtered({"instruction": f"Say {value}", "response": f"{value} wrote it."}, {"response": f"{value} again"})
    parts = pieces(table, ("instruction", "response"))
    columns = redacted(table, parts, [PersonalDataSpan(0, 4, 4 + len(value), entity)])
    assert columns["instruction"][0].as_py() == f"Say <{entity}_1>"
    assert columns.get("response", table["response"])[0].as_py() == expected
    assert columns.get("response", table["response"])[1].as_py() == f"{value} again"


def test_nothing_to_redact_changes_nothing(filtered) -> None:
    table = filtered({})
    assert redacted(table, pieces(table), []) == {}
