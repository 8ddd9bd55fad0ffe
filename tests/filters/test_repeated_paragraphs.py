"""Paragraphs that come twice are found; code, verse and short formulas may repeat."""

import pytest

from tasks.filters.contract import FilterContext
from tasks.filters.heuristics.repeated_paragraphs import RepeatedParagraphs, compute, repeated

ONE = "The harbour was built in the year of the great storm, and it has been mended every spring since then."
TWO = "Its wall is made of granite that came by ship from the quarries on the other side of the bay."
VERSE = "Row, row, row your boat\ngently down the stream,\nmerrily, merrily, merrily,\nlife is but a dream."
CODE = "```\nfor each of the ten boats in the harbour print its name\n```"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        (f"{ONE}\n\n{TWO}", 0.0),
        (f"{ONE}\n\n{TWO}\n\n{ONE}", 0.35),
        (f"{ONE}\n  \n{ONE.upper()}", 0.5),
        (f"{VERSE}\n\n{TWO}\n\n{VERSE}", 0.0),
        (f"{CODE}\n\n{ONE}\n\n{CODE}", 0.0),
        (f"    {ONE}\n\n    {ONE}", 0.0),
        (f"Thank you.\n\n{ONE}\n\nThank you.", 0.0),
        ("", 0.0),
    ],
)
def test_what_counts_as_repeated(text: str, share: float) -> None:
    assert repeated(text)[0] == pytest.approx(share, abs=0.01)


def test_every_turn_of_the_assistant_is_looked_at(filtered, context: FilterContext) -> None:
    twice = f"{ONE}\n\n{TWO}\n\n{ONE}"
    rows = [
        {"response": twice},
        {"history": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": twice}]},
        {"response": f"{ONE}\n\n{TWO}"},
        {"instruction": ONE, "response": ONE},
        {"instruction": "Say this twice.", "response": twice},
        {"instruction": twice, "history": [{"role": "user", "content": twice}]},
        {"history": [{"role": "user", "content": "Write a song."}, {"role": "assistant", "content": twice}]},
    ]
    verdict = compute(filtered(*rows), RepeatedParagraphs(), context)
    assert verdict.reason.to_pylist() == ["repeated_paragraph", "repeated_paragraph", *[None] * 5]
    assert verdict.detail[0].as_py() == "response 0.34: The harbour was built in the year of"
    assert verdict.detail[1].as_py().startswith("history ")
    assert compute(filtered(*rows), RepeatedParagraphs(max_share=0.4), context).reason.null_count == 7
