"""Verifiable constraints on a response, checked by code: the column `constraints`, after IFEval."""

from collections import Counter
from typing import Any, Final, Literal

import pyarrow as pa

from tasks.text.constraints import ConstraintError, Met, check
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {"constraint_broken": "the response breaks a constraint; detail: each such one, and what was found"}


class ConstraintChecks(VerifierParams):
    """The row's `constraints`, `name` or `name:value`, each checked on the response by code."""

    verifier: Literal["constraints"] = "constraints"


def compute(rows: pa.Table, _params: ConstraintChecks, _context: VerifierContext) -> Verdicts:
    """Judges rows with constraints. One that is broken fails the row; one that is not known or cannot be decided leaves it unsure.

    Facts: how often each constraint was checked and broken, and which names are not known.
    """
    verdicts: dict[int, Verdict] = {}
    checked, broken, unknown = Counter[str](), Counter[str](), Counter[str]()
    columns = (rows[name].to_pylist() for name in ("instruction", "response", "constraints"))
    for row, (asked, response, constraints) in enumerate(zip(*columns, strict=True)):
        results: list[tuple[str, Met]] = []
        for constraint in constraints or ():
            name = constraint.partition(":")[0].strip()
            try:
                met = check(constraint, asked or "", response or "")
            except ConstraintError as error:
                met = Met(None, str(error))
                unknown[name[:40]] += 1
            checked[name[:40]] += 1
            broken[name[:40]] += met.met is False
            results.append((constraint, met))
        if results:
            verdicts[row] = _verdict(results)
    facts: dict[str, Any] = {"checked": dict(sorted(checked.items())), "broken": dict(sorted((+broken).items()))}
    return Verdicts(verdicts, facts=facts | {"not_usable": dict(sorted(unknown.items()))})


def _verdict(results: list[tuple[str, Met]]) -> Verdict:
    wrong = [f"{constraint[:60]}: {met.found}" for constraint, met in results if met.met is False]
    score = sum(met.met is True for _, met in results) / len(results)
    if wrong:
        return Verdict("fail", "; ".join(wrong)[:300], "constraint_broken", score)
    open_ones = [f"{constraint[:60]}: {met.found}" for constraint, met in results if met.met is None]
    if open_ones:
        return Verdict("unsure", "; ".join(open_ones)[:300])
    return Verdict("pass", f"meets {', '.join(constraint[:60] for constraint, _ in results)}"[:300], score=1.0)


VERIFIER: Final = Verifier(params=ConstraintChecks, reasons=REASONS, compute=compute, libraries=("py3langid",))
