"""Where the rows went: every stage, what it kept, what it rejected and why."""

from collections import Counter

from tasks.release.formatting import count, duration, in_words, plural, share
from tasks.release.report.blocks import Block, Cell, Fold, Funnel, FunnelStage, Grid, Line, Section
from tasks.release.report_data import ReportData, StageFacts

SHOWN = 4
"""Reasons that stand beside a stage; the table below has all of them."""


def section(data: ReportData) -> Section | None:
    """The funnel, the row counts behind it, and what each reason means."""
    if not data.stages:
        return None
    widest = max(max(s.rows_in, s.rows_in + s.created - s.used) for s in data.stages) or 1
    rejected = sum(stage.rejected for stage in data.stages)
    failed = sum(stage.failed for stage in data.stages)
    lead = (
        f"Every row that enters a stage leaves it exactly once: kept, rejected with a reason, or failed with an error. "
        f"{count(rejected)} {'was' if rejected == 1 else 'were'} rejected, {count(failed)} failed."
    )
    outcome = f"{plural(data.rows.num_rows, 'row')} {'released' if data.version else 'at the last stage'}"
    blocks: list[Block] = [Funnel([_stage(stage, widest) for stage in data.stages], outcome)]
    blocks.append(Fold("Row counts, stage by stage", [_counts(data)]))
    if rejected:
        blocks.append(Fold("Every reason and what it means", [_reasons(data)]))
    return Section("funnel", "Where the rows went", lead, blocks)


def _stage(stage: StageFacts, widest: int) -> FunnelStage:
    left = stage.rows_in + stage.created - stage.used
    arrives = f"{_counted(stage.rows_in, stage.reads)} → " if stage.rows_in else ""
    made = f"made {count(stage.created)}" + (f" from {count(stage.used)}" if stage.used else "")
    ordered = sorted(stage.reasons.items(), key=lambda item: (-item[1], item[0]))
    reasons = [(count(number), reason.replace("_", " ")) for reason, number in ordered[:SHOWN]]
    if rest := sum(number for _, number in ordered[SHOWN:]):
        reasons.append((count(rest), plural(len(ordered) - SHOWN, "other reason")))
    return FunnelStage(
        stage=in_words(stage.stage),
        flow=arrives + _counted(stage.kept, stage.makes),
        notes=[*([made] if stage.created else []), "from cache" if stage.cached else duration(stage.seconds)],
        top=stage.rows_in / widest,
        middle=left / widest,
        bottom=stage.kept / widest,
        lost=f"{count(stage.rejected)} rejected · {share(stage.rejected, left)}" if stage.rejected else "",
        reasons=reasons,
        failed=f"{count(stage.failed)} failed" if stage.failed else "",
        label=(
            f"{stage.stage}: {count(stage.rows_in)} in, {count(stage.created)} made, {count(stage.used)} used up, "
            f"{count(stage.kept)} kept, {count(stage.rejected)} rejected, {count(stage.failed)} failed"
        ),
    )


def _counted(number: int, noun: str) -> str:
    return count(number) if noun == "row" else plural(number, noun)


def _counts(data: ReportData) -> Grid:
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
    caption = (
        "In each line: in + made = used up + kept + rejected + failed. Used up: lives on only in what was made from it."
    )
    return Grid(caption, columns, rows, numbers=range(1, len(columns)))


def _reasons(data: ReportData) -> Grid:
    total: Counter[tuple[str, str]] = Counter()
    for stage in data.stages:
        total.update({(stage.stage, reason): number for reason, number in stage.reasons.items()})
    most = max(total.values(), default=1)
    rows: list[Line] = [
        [Cell(reason), stage, Cell(count(number), share=number / most), data.meanings.get(reason, "").partition(";")[0]]
        for (stage, reason), number in sorted(total.items(), key=lambda item: (-item[1], item[0]))
    ]
    return Grid("Rejected rows by reason", ("Reason", "Stage", "Rows", "Meaning"), rows, code=True)
