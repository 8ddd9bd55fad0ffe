"""Rows for reinforcement learning: the right answer, and the verifier that tells a right one from a wrong one."""

from typing import Any, Final

from tasks.release.formats.conversation import RefusedError, RowTurns

VERIFIERS: Final = ("mathematics", "code", "sql", "regular_expressions")
"""Verifiers that decide by computation whether an answer is right. Others judge its form, or ask a model."""
OF_METHODS: Final = {"mathematics": "mathematics", "code": "code"}
"""The verifier that a method checked its rows with as it made them."""


def checked_by(row: RowTurns) -> dict[str, Any]:
    """`reference` (the right answer), `verifier` (its name under `verify`) and `tests` (program text, null: none).

    The verifier is the first of VERIFIERS that passed the row, else the one its method used. Rows with none, or without a
    reference and tests, are refused.
    """
    if row.response.calls:
        raise RefusedError("tool_calls", "the answer is a call, which these verifiers do not run")
    passed = {
        verdict["verifier"].partition("-")[0] for verdict in row.row["verdicts"] or () if verdict["verdict"] == "pass"
    }
    verifier = next((name for name in VERIFIERS if name in passed), OF_METHODS.get(row.row["method"] or "", ""))
    if not verifier:
        raise RefusedError("no_verifier", "no verifier that computes passed the row")
    if not row.row["reference"] and not row.row["tests"]:
        raise RefusedError("no_reference", "neither a right answer nor tests")
    return {"reference": row.row["reference"], "verifier": verifier, "tests": row.row["tests"]}
