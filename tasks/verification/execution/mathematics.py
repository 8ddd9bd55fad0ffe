"""Mathematics: is the final answer that of the reference, and is every calculation that the response states right?

`compare` decides exactly or not at all. Plain numbers are compared as fractions; expressions with letters, roots and functions by
SymPy in a process of its own (`symbolic`), under an exact zero test.
"""

import re
from typing import Annotated, Final, Literal

import pyarrow as pa
from pydantic import Field

from tasks.text.final_answers import GUESSED, Found, final, marked, stripped
from tasks.verification.execution import quantities
from tasks.verification.execution.answers import Comparison, compared
from tasks.verification.execution.calculations import Calculation, calculations
from tasks.verification.execution.derivation import underived
from tasks.verification.execution.kinds import SAME_KIND, of_its_kind
from tasks.verification.execution.notation import normalised
from tasks.verification.execution.readings import readings
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

LONGEST_ANSWER: Final = 2_000
"""Characters of a final answer; longer ones are equal to themselves and otherwise not compared."""
REASONS: Final = {
    "wrong_answer": "the final answer is not that of the reference; detail: both, and where the answer was found",
    "wrong_calculation": "a calculation that the response states is wrong; detail: the calculation and its right result",
    "underived_answer": "the final number stands nowhere in the steps before it; detail: the number",
}
_NAMED: Final = re.compile(r"^(?:[a-zA-Z](?:_\{?\w{1,3}\}?)?|[a-zA-Z]\([a-z]\))\s*=\s*(?=\S)(?!.*[=<>])")


def compare(given: str, reference: str) -> Comparison:
    """Whether two answers mean the same: "equal", "different", or "unverifiable" where that can't be decided exactly.

    Either may be a whole solution that marks its answer (`#### 18`, `\\boxed{18}`, "The answer is 18."). Never raises; ends within
    seconds, whatever the texts. Two equal texts are equal. docs/verification.md says how units, percentages, intervals, lists and
    choices are treated.
    """
    one, other = _plain_text(given), _plain_text(reference)
    left, right = quantities.plain(one), quantities.plain(other)
    if left is not None and right is not None:
        return "equal" if left == right else _commas_apart(one, other)
    if not one or not other:
        return "unverifiable"
    if one == other:
        return "equal"
    try:
        return _compared(one, other)
    except (ValueError, RecursionError, OverflowError, MemoryError, OSError):
        return "unverifiable"


def _plain_text(text: object) -> str:
    return text.strip() if isinstance(text, str) else ""


def _commas_apart(one: str, other: str) -> Comparison:
    """Different numbers; but `1,234` may have been meant as 1.234, with a decimal comma."""
    for text, against in ((one, other), (other, one)):
        if text.count(",") == 1 and "." not in text and "," not in against:
            return (
                "unverifiable" if quantities.plain(text.replace(",", ".")) == quantities.plain(against) else "different"
            )
    return "different"


def _compared(one: str, other: str) -> Comparison:
    answers = []
    for text in (one, other):
        found = marked(text)
        answer = stripped(found.answer if found else text)
        if len(answer) > LONGEST_ANSWER or not answer:
            return "unverifiable"
        answers.append(answer)
    if answers[0] == answers[1]:
        return "equal"
    left, right = (normalised(answer) for answer in answers)
    names = [_NAMED.match(text) for text in (left, right)]
    if bool(names[0]) != bool(names[1]) and not any(
        "=" in text for text, name in zip((left, right), names, strict=True) if not name
    ):
        left, right = (text[name.end() :] if name else text for text, name in zip((left, right), names, strict=True))
    numbers = quantities.plain(left), quantities.plain(right)
    if numbers[0] is not None and numbers[1] is not None:
        return "equal" if numbers[0] == numbers[1] else _commas_apart(left, right)
    return compared(readings(left), readings(right))


class Mathematics(VerifierParams):
    """Final answers against the column `reference`, and every calculation that a response states, by exact arithmetic."""

    verifier: Literal["mathematics"] = "mathematics"
    calculations: bool = True
    """Whether the calculations that a response states are recomputed, `<<48/2=24>>` and `12 × 7 = 84`, and its final number is
    looked for in its steps where it states any."""
    most_calculations: Annotated[int, Field(ge=1)] = 200
    """Calculations of one response that are recomputed."""


def compute(rows: pa.Table, params: Mathematics, _context: VerifierContext) -> Verdicts:
    """Judges rows with a reference that is an answer (not a program, a pattern or a text), and rows that state calculations.

    Facts: how many rows had a reference, how many a calculation, and how many calculations were recomputed and wrong.
    """
    verdicts: dict[int, Verdict] = {}
    counts = {"references": 0, "calculations": 0, "wrong_calculations": 0}
    columns = (rows[name].to_pylist() for name in ("instruction", "response", "reference", "tests"))
    for row, (asked, response, reference, tests) in enumerate(zip(*columns, strict=True)):
        if not response:
            continue
        stated = calculations(response, params.most_calculations) if params.calculations else []
        wrong = [one for one in stated if not one.right]
        counts["calculations"] += len(stated)
        counts["wrong_calculations"] += len(wrong)
        applicable = reference is not None and not tests and _is_answer(reference)
        counts["references"] += applicable
        verdict = _judge(asked or "", response, reference if applicable else None, stated, wrong)
        if verdict:
            verdicts[row] = verdict
    return Verdicts(verdicts, facts=counts)


def judge(asked: str, response: str, reference: str, most_calculations: int = 200) -> Verdict:
    """The verdict on one response that is to come to `reference`; `asked` may name the unit that one of them lacks."""
    stated = calculations(response, most_calculations)
    verdict = _judge(asked, response, reference, stated, [one for one in stated if not one.right])
    assert verdict is not None
    return verdict


def _is_answer(reference: str) -> bool:
    """Whether a reference is an answer that can be compared: marked as one, or a short line."""
    found = marked(reference)
    text = found.answer if found else reference.strip()
    return bool(text) and "\n" not in text and len(text) <= 200 and len(text.split()) <= 12


def _judge(
    asked: str, response: str, reference: str | None, stated: list[Calculation], wrong: list[Calculation]
) -> Verdict | None:
    unfounded = underived(response) if stated else None
    if reference is not None:
        found = final(response)
        if found is None or found.how in GUESSED:
            found = of_its_kind(response, reference) or found
        verdict = _against(asked, found, reference)
        if verdict.word == "fail" or not (wrong or unfounded):
            counted = f"; {len(stated)} calculations recomputed" if stated else ""
            return verdict._replace(why=verdict.why + counted)
    if wrong:
        return Verdict("fail", "; ".join(one.why for one in wrong[:3])[:300], "wrong_calculation", 0.0)
    if unfounded:
        return Verdict("fail", f"the steps do not come to {_short(unfounded)}", "underived_answer", 0.0)
    if stated:
        return Verdict("pass", f"{len(stated)} calculations recomputed; no reference to compare the answer with")
    return None


def _against(asked: str, found: Found | None, reference: str) -> Verdict:
    wanted = final(reference)
    meant = (wanted.answer if wanted and marked(reference) else reference).strip()
    if found is None:
        return Verdict("unsure", f"no final answer found; the reference is {_short(meant)}")
    comparison = compare(found.answer, meant)
    if comparison != "equal" and found.how == SAME_KIND:
        comparison = "different"
    if comparison == "unverifiable":
        comparison = _with_asked_unit(asked, found.answer, meant)
    said = f"{_short(found.answer)} ({found.how}) against {_short(meant)}"
    if comparison == "equal":
        return Verdict("pass", f"the final answer {said}: equal", score=1.0)
    if comparison == "different" and found.how not in GUESSED:
        return Verdict("fail", f"the final answer {said}: different", "wrong_answer", 0.0)
    doubt = "another number may be meant" if comparison == "different" else "cannot be decided exactly"
    return Verdict("unsure", f"the final answer {said}: {doubt}")


def _with_asked_unit(asked: str, given: str, reference: str) -> Comparison:
    """The comparison where one side lacks the unit that the question names: "how many miles", "what percentage"."""
    sides = [quantities.quantity(normalised(stripped(text))) for text in (given, reference)]
    if any(side is None for side in sides) or sum(side.unit is None for side in sides if side) != 1:
        return "unverifiable"
    with_unit, bare = (sides[0], sides[1]) if sides[0] and sides[0].unit else (sides[1], sides[0])
    assert with_unit is not None
    assert bare is not None
    units = [quantities.unit_of(word) for word in _ASKED.findall(asked)]
    if _PERCENT.search(asked):
        units.append(quantities.units()["%"])
    named = {unit for unit in units if unit is not None}
    if with_unit.unit in named and len(named) == 1 and not bare.label:
        return "equal" if with_unit.value == bare.value else "different"
    return "unverifiable"


_ASKED: Final = re.compile(
    r"\b(?:how (?:many|much)|in|what number of)(?: more| fewer| total| of the)? ([a-z]+)\b", re.IGNORECASE
)
_PERCENT: Final = re.compile(r"\bpercent(?:age)?\b|%\?", re.IGNORECASE)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "…"


VERIFIER: Final = Verifier(
    params=Mathematics,
    reasons=REASONS,
    compute=compute,
    version=4,
    libraries=("sympy", "math-verify", "latex2sympy2-extended"),
)
