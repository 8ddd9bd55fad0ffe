"""FLAN's chain-of-thought tables: TSV without a header; question, answer and, in a third column, the steps that lead there."""

from collections.abc import Iterable
from typing import Final

from tasks.imports.example import Conventions, Example, Record
from tasks.imports.values import text

TITLE: Final = "FLAN (TSV)"
ORIGIN: Final = "human"

QUESTION, ANSWER, STEPS = (f"column {number}" for number in (1, 2, 3))
"""What `containers.tabular` calls the columns of a table without a header."""


def recognises(record: Record) -> bool:
    """Whether the record comes from a table of two or three columns without a header."""
    return [*record] in ([QUESTION, ANSWER], [QUESTION, ANSWER, STEPS])


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example; the response gives the steps first, in the words of FLAN's own template."""
    answer, steps = text(record, ANSWER), text(record, STEPS).rstrip()
    response = f"{steps} The answer is {answer.removesuffix('.')}." if steps and answer else steps or answer
    return (Example(instruction=text(record, QUESTION).replace("\\n", "\n"), response=response.replace("\\n", "\n")),)
