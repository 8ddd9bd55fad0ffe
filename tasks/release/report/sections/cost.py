"""What the build asked of models, and what it paid."""

from tasks.release.formatting import count, duration, money, plural
from tasks.release.report.blocks import Block, Cell, Grid, KeyFigure, KeyFigures, Line, Note, Section
from tasks.release.report_data import ReportData


def section(data: ReportData) -> Section | None:
    """Money, requests and time."""
    cost, rows = data.cost, data.rows.num_rows
    seconds = sum(stage.seconds for stage in data.stages if not stage.cached)
    cached = sum(stage.cached for stage in data.stages)
    if not cost.requests and not cost.replayed:
        lead = f"No model was asked: the build cost {duration(seconds)} of computing and no money."
    else:
        lead = f"{plural(cost.requests, 'request')} for {money(cost.usd)}"
        lead += f"; {plural(cost.replayed, 'answer')} came from the journal and cost nothing." if cost.replayed else "."
    each = None if cost.usd is None else 1000 * cost.usd / rows if rows else 0.0
    limit = f"of {money(cost.budget_usd)} allowed" if cost.budget_usd is not None else "no limit set"
    items = [
        KeyFigure(money(cost.usd), "spent", limit),
        KeyFigure(money(each), "for a thousand released rows"),
        KeyFigure(count(cost.requests), "requests", f"{count(cost.tokens)} tokens" if cost.tokens else ""),
        KeyFigure(duration(seconds), "computing", f"{plural(cached, 'stage')} from cache" if cached else ""),
    ]
    found: list[Block] = [KeyFigures(items)]
    if cost.usd is None:
        found.append(Note("The price of a model is not known, so the sum is not either.", "warn"))
    asked = [stage for stage in data.stages if stage.requests]
    if asked:
        lines: list[Line] = [[Cell(s.stage), count(s.requests), money(s.cost_usd), duration(s.seconds)] for s in asked]
        found.append(Grid("Stages that asked a model", ("Stage", "Requests", "Cost", "Time"), lines, numbers=(1, 2, 3)))
    return Section("cost", "Cost", lead, found)
