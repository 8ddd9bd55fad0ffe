"""The verifiers that rows for reinforcement learning name: run on one answer, and tried before they are relied on."""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import pyarrow as pa

from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.core.schema import VERIFIED, Row, conform
from tasks.verification.execution import code, mathematics, regular_expressions, sql
from tasks.verification.verifier import Verifier, VerifierContext

_VERIFIERS: Final = MappingProxyType(
    {one.name: one for one in (mathematics.VERIFIER, code.VERIFIER, sql.VERIFIER, regular_expressions.VERIFIER)}
)
TRIED: Final = 12
"""Rows of each verifier on which it is tried: one that passes a gamed answer in five is found out with 93 % probability."""
_GAMED: Final = MappingProxyType(
    {
        "mathematics": "The answer is one of {other}, {reference} and 12345, whichever the reader prefers.",
        "code": "```python\nimport os\nos._exit(0)\n```",
        "sql": "```sql\nSELECT 1 WHERE 1 = 1\n```",
        "regular_expressions": "`.*`",
    }
)
"""An answer that is no answer but may pass where a verifier looks for the reference anywhere, or for the absence of an error."""


class Checked(NamedTuple):
    """A row of an export for reinforcement learning, with the response that is known to be right."""

    id: str
    asked: str
    response: str
    reference: str | None
    tests: str | None


def right(answer: str, reference: str | None, verifier: str, tests: str | None, asked: str = "") -> bool:
    """Whether `answer` passes."""
    return passes(verifier, [Checked("", asked, answer, reference, tests)])[0]


def passes(verifier: str, rows: Sequence[Checked]) -> list[bool]:
    """For each of `rows` whether its response passes the verifier of that name."""
    one: Verifier = _VERIFIERS[verifier]
    made: list[Row] = [
        {
            "example_id": row.id,
            "instruction": row.asked,
            "response": row.response,
            "reference": row.reference,
            "tests": row.tests,
        }
        for row in rows
    ]
    table = conform(pa.Table.from_pylist(made, VERIFIED), VERIFIED)
    found = one.compute(
        table, one.params(verifier=verifier), VerifierContext(None, None, Tools(key="rewards", store_root=Path()))
    ).rows
    return [number in found and found[number].word == "pass" for number in range(len(rows))]


def check(verifier: str, rows: Sequence[Checked]) -> None:
    """Try a verifier on the right, a wrong, an empty and a gamed answer to each of `rows`. Raises BadInput where it fails one."""
    for kind, wanted in (("right", True), ("wrong", False), ("empty", False), ("gamed", False)):
        answers = [row._replace(response=_answer(kind, verifier, row, rows)) for row in rows]
        for answer, passed in zip(answers, passes(verifier, answers), strict=True):
            if passed != wanted:
                said = "passes" if passed else "does not pass"
                raise BadInput(
                    f"the verifier {verifier} {said} the {kind} answer {answer.response[:60]!r} to row {answer.id}: rewards would "
                    "teach the wrong thing; take the row out, or verify the dataset with another verifier"
                )


def _answer(kind: str, verifier: str, row: Checked, rows: Sequence[Checked]) -> str:
    other = next((one for one in rows if (one.reference, one.tests) != (row.reference, row.tests)), None)
    if kind == "right":
        return row.response
    if kind == "wrong":
        return other.response if other else "I do not know."
    other_reference: Any = other.reference if other else "7"
    return "" if kind == "empty" else _GAMED[verifier].format(other=other_reference, reference=row.reference)
