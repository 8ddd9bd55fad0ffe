"""The verifiers: what each looked at and said, and what a judge's verdicts were measured to be worth."""

from collections.abc import Mapping
from typing import Any, Final

from tasks.release.formatting import as_text, count, in_words, plural, share
from tasks.release.lookup import counts, number, part
from tasks.release.report.blocks import Block, Cell, Fold, Grid, Line, Note, Section
from tasks.release.report.fact_tables import fact_tables
from tasks.release.report_data import ReportData, StageFacts

PREFIX: Final = "verify_"
SHOWN: Final = frozenset(
    "verifier action sample looked_at judged not_applicable passed failed unsure unsure_share failing_share failing_share_low "  # noqa: SIM905
    "failing_share_high calibration warnings notes".split()
)
"""Facts that the tables hold; the others are folded below."""
FIGURES: Final = {
    "accuracy": "same verdict as people",
    "reject_precision": "of what it fails, people discard",
    "reject_recall": "of what people discard, it fails",
    "judge_rejects": "share that it fails",
    "people_reject": "share that people discard",
    "consistency": "same verdict when asked again",
    "length_bias": "correlation of score with length",
    "weighted_kappa": "weighted kappa of its levels",
}
"""What the table of calibration shows beside kappa."""
POOR: Final = 0.4
"""Kappa below which agreement is no more than fair (Landis and Koch 1977)."""


def section(data: ReportData) -> Section | None:
    """A line for each verifier, its worth beside its verdicts; then what was measured of each."""
    ran = [stage for stage in data.stages if stage.stage.startswith(PREFIX) and "verifier" in stage.facts]
    if not ran:
        return None
    columns = (
        "Verifier", "Looked at", "Passed", "Failed", "Unsure", "No verdict", "Failing share", "Agreement with people",
    )  # fmt: skip
    table = Grid(
        "What each verifier said of the rows", columns, [_line(stage) for stage in ran], (1, 2, 3, 4, 5), code=True
    )
    blocks: list[Block] = [table]
    if calibrated := [stage for stage in ran if part(stage.facts, "calibration")]:
        heads = ("Figure", *map(_name, calibrated))
        lines = _calibration(calibrated)
        blocks.append(
            Grid("Judges beside people, on rows that people labelled", heads, lines, tuple(range(1, len(heads))))
        )
    for stage in ran:
        blocks += [Note(str(line), "warn") for line in stage.facts.get("warnings") or ()]
    for stage in ran:
        if inside := _details(stage):
            blocks.append(Fold(f"More about {_name(stage)}", inside))
    return Section("verification", "Verification", _lead(ran), blocks)


def _lead(ran: list[StageFacts]) -> str:
    parts = [f"{plural(len(ran), 'verifier')} looked at rows that the filters kept."]
    if unknown := [_name(stage) for stage in ran if _is_judge(stage) and not part(stage.facts, "calibration")]:
        parts.append(f"Nobody has measured what the verdicts of {', '.join(unknown)} are worth.")
    if unsure := sum(int(number(stage.facts, "unsure") or 0) for stage in ran):
        parts.append(f"{plural(unsure, 'verdict')} could not be given: unsure is not passed.")
    return " ".join(parts)


def _name(stage: StageFacts) -> str:
    return stage.stage.removeprefix(PREFIX)


def _is_judge(stage: StageFacts) -> bool:
    return "calibration" in stage.facts


def _line(stage: StageFacts) -> Line:
    facts = stage.facts
    looked_at, passed, failed = (int(number(facts, name) or 0) for name in ("looked_at", "passed", "failed"))
    unsure, silent = (int(number(facts, name) or 0) for name in ("unsure", "not_applicable"))
    judged = int(number(facts, "judged") or 0)
    of = f" of {count(stage.rows_in)}" if looked_at < stage.rows_in else ""
    return [
        _name(stage),
        f"{count(looked_at)}{of}",
        Cell(count(passed), share=passed / judged if judged else None),
        count(failed),
        Cell(count(unsure), tone="warn" if unsure else ""),
        count(silent),
        _failing(facts, bool(of)),
        _agreement(stage),
    ]


def _failing(facts: Mapping[str, Any], sampled: bool) -> str | Cell:
    found, low, high = (number(facts, f"failing_share{end}") for end in ("", "_low", "_high"))
    if found is None:
        return Cell("not measured", tone="warn")
    if not sampled or low is None or high is None:
        return share(found)
    return f"{share(found)} ({share(low)} to {share(high)}, 95 %)"


def _agreement(stage: StageFacts) -> str | Cell:
    """A judge's kappa with its interval, or that nobody has measured it; of a rule, nothing: its page has its precision."""
    if not _is_judge(stage):
        return "–"
    measured = part(stage.facts, "calibration")
    found, low, high = (number(measured, name) for name in ("kappa", "kappa_low", "kappa_high"))
    if found is None:
        return Cell("not calibrated", tone="warn")
    interval = "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"
    return Cell(f"kappa {found:.2f}{interval}", tone="good" if found >= POOR and (low or 0) > 0 else "warn")


def _calibration(stages: list[StageFacts]) -> list[Line]:
    """A line for each figure, a column for each judge."""
    shown = {"n": "rows", "kappa": "kappa", **FIGURES}
    return [[in_words(words), *(_figure(stage, name) for stage in stages)] for name, words in shown.items()]


def _figure(stage: StageFacts, name: str) -> str:
    value = number(stage.facts, "calibration", name)
    return "not measured" if value is None else as_text(value)


def _details(stage: StageFacts) -> list[Block]:
    lines: list[Line] = [
        [reason, count(rows), str(stage.meanings.get(reason, "")).partition("; detail")[0]]
        for reason, rows in sorted(stage.reasons.items(), key=lambda one: -one[1])
    ]
    found: list[Block] = (
        [Grid("Why rows were rejected", ("Reason", "Rows", "Meaning"), lines, (1,), code=True)] if lines else []
    )
    if verdicts := counts(stage.facts, "calibration", "verdicts"):
        pairs: list[Line] = [[text, count(rows)] for text, rows in verdicts]
        found.append(
            Grid("The judge's verdicts on rows that people labelled", ("Verdict", "Rows"), pairs, (1,), wide=False)
        )
    if criteria := part(stage.facts, "calibration", "criteria"):
        found += fact_tables("levels of judge and people", criteria)
    rest = {name: value for name, value in stage.facts.items() if name not in SHOWN and value not in (None, {}, [], "")}
    return found + (fact_tables("what it measured", rest) if rest else [])
