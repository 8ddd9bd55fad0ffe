"""The people who judged rows: how far they agree, what each is like, and what reasons for rejecting rows are worth by them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tasks.release.formatting import count, in_words, plural, share
from tasks.release.lookup import number, part
from tasks.release.report.blocks import Block, Cell, Fold, Grid, Line, Note, Section
from tasks.release.report.fact_tables import fact_tables
from tasks.release.report_data import ReportData

RELIABLE: Final = 0.667
"""The least α of data from which one may conclude something (Krippendorff 2004, p. 241)."""
ERRING: Final = 0.8
"""Precision of a reason below which it is marked: one in five rows that it rejects is good."""


def section(data: ReportData) -> Section | None:
    """Agreement by question, a line for each person, precision of reasons; the rest folded. None where nobody decided."""
    facts: Mapping[str, Any] = next((found for stage in data.stages if (found := part(stage.facts, "people"))), {})
    if not facts:
        return None
    blocks: list[Block] = [_questions(part(facts, "agreement")), _people(part(facts, "reviewers"))]
    blocks += [_reasons(reasons)] if (reasons := facts.get("filters")) else []
    blocks += [Note(_bias(one), "warn") for one in facts.get("biases") or ()]
    folded = {name: facts[name] for name in ("pairs", "consensus", "guidelines") if facts.get(name)}
    blocks += [Fold("More about agreement", fact_tables("agreement", folded))] if folded else []
    return Section("people", "People", _lead(facts), blocks)


def _lead(facts: Mapping[str, Any]) -> str:
    people, several = int(number(facts, "people") or 0), int(number(facts, "rows_of_several") or 0)
    if not several:
        return f"No row was judged by two of {plural(people, 'reviewer')}, so nothing says how far they agree."
    found = number(facts, "agreement", "verdict", "alpha")
    said = "cannot be measured: all verdicts are one" if found is None else f"is {found:.2f}"
    judged = f"{plural(several, 'row')} judged by several of {plural(people, 'reviewer')}"
    return f"{judged}; Krippendorff's alpha of their verdicts {said}."


def _questions(agreement: Mapping[str, Any]) -> Grid:
    lines: list[Line] = [
        [in_words(name), count(int(one["rows"])), _alpha(one), _figure(one["fleiss_kappa"]), one["scale"]]
        for name, one in agreement.items()
    ]
    heads = ("Question", "Rows of several", "Alpha (95 %)", "Fleiss' kappa", "Scale")
    return Grid("How far people agree", heads, lines, (1, 2, 3))


def _alpha(one: Mapping[str, Any]) -> Cell:
    found, low, high = (one.get(f"alpha{end}") for end in ("", "_low", "_high"))
    if found is None:
        return Cell("not measured", tone="warn")
    interval = "" if low is None else f" ({low:.2f} to {high:.2f})"
    return Cell(f"{found:.2f}{interval}", tone="good" if found >= RELIABLE else "warn")


def _people(reviewers: Mapping[str, Any]) -> Grid:
    heads = ("Reviewer", "Rows", "Rejected", "Severity", "Drift", "Weight", "Seconds a row", "Right about gold rows")
    lines: list[Line] = []
    for name, one in reviewers.items():
        severity = one.get("severity")
        drift = [what for what in ("strictness", "seconds") if one.get(f"{what}_drifts")]
        lines.append(
            [
                name,
                count(int(one["rows"])),
                share(one["reject_share"] or 0),
                "–"
                if severity is None
                else Cell(f"{severity:+.2f}", tone="warn" if one["severity_significant"] else ""),
                Cell(", ".join(drift) or "–", tone="warn" if drift else ""),
                _figure(one.get("weight")),
                _figure(one.get("seconds_median")),
                _figure(one.get("gold_agreement")),
            ]
        )
    return Grid("What each is like", heads, lines, (1, 2, 3, 5, 6, 7))


def _reasons(reasons: Sequence[Mapping[str, Any]]) -> Grid:
    lines: list[Line] = []
    for one in reasons:
        found, low, high = (one.get(f"precision{end}") for end in ("", "_low", "_high"))
        interval = "" if low is None or high is None else f" ({share(low)} to {share(high)})"
        said = "–" if found is None else Cell(f"{share(found)}{interval}", tone="warn" if found < ERRING else "good")
        lines.append([one["reason"], count(one["reviewed"]), count(one["wrongly_rejected"]), said])
    heads = ("Reason", "Rejected rows read", "Good ones", "Precision (95 %)")
    return Grid("What reasons for rejecting are worth, as people say", heads, lines, (1, 2, 3), code=True)


def _bias(one: Mapping[str, Any]) -> str:
    column = next(name for name in one if name not in ("reviewer", "rows", "by", "p"))
    than = "more" if one["by"] > 0 else "less"
    return f"{one['reviewer']} rejects rows of {column} {one[column]} {than} often than other rows, beside what the others do."


def _figure(value: Any) -> str:
    return "–" if value is None else f"{value:.2f}" if isinstance(value, float) and value <= 1 else f"{value:g}"
