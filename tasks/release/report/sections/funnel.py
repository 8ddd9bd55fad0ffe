"""Where the rows went: every stage, what it kept, what it turned away and why."""

from collections import Counter

from tasks.core.reasons import REASONS
from tasks.release.report.blocks import Cell, Fold, Funnel, FunnelStage, Grid, KeyFigures, Line, Section
from tasks.release.report.formatting import UNITS, count, duration, plural, share
from tasks.release.report_data import ReportData, StageFacts

SHOWN = 4
"""Reasons that stand beside a stage; the table below has all of them."""


def section(data: ReportData) -> Section | None:
    """The funnel, the ledger behind it, and what each reason means."""
    if not data.stages:
        return None
    widest = max(max(s.rows_in, s.rows_in + s.created - s.used) for s in data.stages) or 1
    rejected = sum(stage.rejected for stage in data.stages)
    failed = sum(stage.failed for stage in data.stages)
    lead = (
        f"Every row that entered a stage left it exactly once. {plural(rejected, 'row')} "
        f"{'was' if rejected == 1 else 'were'} turned away, each with a reason, and {count(failed)} failed."
    )
    funnel = Funnel([_segment(stage, widest) for stage in data.stages], f"{plural(data.rows.num_rows, 'row')} released")
    blocks: list[KeyFigures | Funnel | Fold] = [funnel, Fold("The ledger, stage by stage", [_ledger(data)])]
    if rejected:
        blocks.append(Fold("Every reason and what it means", [_reasons(data)]))
    return Section("funnel", "Where the rows went", lead, blocks)


def _segment(stage: StageFacts, widest: int) -> FunnelStage:
    left = stage.rows_in + stage.created - stage.used
    came, went = UNITS.get(stage.stage, ("", ""))
    before = f"{_counted(stage.rows_in, came)} → " if stage.rows_in else ""
    flow = before + _counted(stage.kept, went)
    notes = (
        [f"made {count(stage.created)}" + (f" from {count(stage.used)}" if stage.used else "")] if stage.created else []
    )
    notes.append("from cache" if stage.cached else duration(stage.seconds))
    ordered = sorted(stage.reasons.items(), key=lambda item: (-item[1], item[0]))
    reasons = [(count(number), reason.replace("_", " ")) for reason, number in ordered[:SHOWN]]
    if rest := sum(number for _, number in ordered[SHOWN:]):
        reasons.append((count(rest), plural(len(ordered) - SHOWN, "other reason")))
    lost = f"{count(stage.rejected)} rejected" if stage.rejected else ""
    label = (
        f"{stage.stage}: {count(stage.rows_in)} in, {count(stage.created)} made, {count(stage.used)} used up, "
        f"{count(stage.kept)} kept, {count(stage.rejected)} rejected, {count(stage.failed)} failed"
    )
    return FunnelStage(
        stage=stage.stage,
        flow=flow,
        notes=notes,
        top=stage.rows_in / widest,
        middle=left / widest,
        bottom=stage.kept / widest,
        lost=f"{lost} · {share(stage.rejected, left)}" if lost else "",
        reasons=reasons,
        failed=f"{count(stage.failed)} failed" if stage.failed else "",
        label=label,
    )


def _counted(number: int, noun: str) -> str:
    return plural(number, noun) if noun else count(number)


def _ledger(data: ReportData) -> Grid:
    columns = ("Stage", "In", "Made", "Used up", "Kept", "Rejected", "Failed", "Time", "Requests")
    rows: list[Line] = [
        [
            Cell(s.stage),
            *(count(number) for number in (s.rows_in, s.created, s.used, s.kept)),
            Cell(count(s.rejected), tone="warn" if s.rejected else ""),
            Cell(count(s.failed), tone="bad" if s.failed else ""),
            "from cache" if s.cached else duration(s.seconds),
            count(s.requests),
        ]
        for s in data.stages
    ]
    caption = "In each line: in + made = used up + kept + rejected + failed."
    return Grid(caption, columns, rows, numbers=range(1, len(columns)))


def _reasons(data: ReportData) -> Grid:
    total: Counter[tuple[str, str]] = Counter()
    for stage in data.stages:
        total.update({(stage.stage, reason): number for reason, number in stage.reasons.items()})
    most = max(total.values(), default=1)
    rows: list[Line] = [
        [Cell(reason), stage, Cell(count(number), share=number / most), REASONS.get(reason, "").partition(";")[0]]
        for (stage, reason), number in sorted(total.items(), key=lambda item: (-item[1], item[0]))
    ]
    return Grid("Rejected rows by reason", ("Reason", "Stage", "Rows", "Meaning"), rows, code=True)
