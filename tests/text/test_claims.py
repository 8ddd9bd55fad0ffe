"""Numbers of parts are left out of a text, in time that does not grow with its marks."""

import time

import pytest

from tasks.text.claims import names, without_numbering


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("2) Open it.", " Open it."),
        ("> **2.** Open it.", "** Open it."),
        ("Step 2 opens it.", " opens it."),
        ("| # 12. Open", " Open"),
        ("2 apples", "2 apples"),
        ("-5 degrees", "-5 degrees"),
        ("#3 is best", " is best"),
    ],
)
def test_what_numbers_a_part_is_left_out(text: str, left: str) -> None:
    assert without_numbering(text) == left


def test_a_capital_within_a_word_begins_no_name() -> None:
    assert names("To run dltHub, ask iPhone users or Mr. O'Neil of McGregor.") == ["O'Neil", "McGregor"]


@pytest.mark.parametrize("line", ["|---", "- ", "*_", "#", "| - ", "1. ", "> "])
def test_lines_of_marks_end_in_time(line: str) -> None:
    start = time.process_time()
    without_numbering(line * 20_000)
    assert time.process_time() - start < 1
