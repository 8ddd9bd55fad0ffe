"""What the build asked of models, and what it paid."""

from tasks.release.report.blocks import Block, Cell, Figure, Figures, Grid, Line, Note, Section
from tasks.release.report.formatting import count, duration, money, plural
from tasks.release.report_data import Dossier


def section(dossier: Dossier) -> Section | None:
    """Money, requests and time."""
    cost, rows = dossier.cost, dossier.rows.num_rows
    seconds = sum(stage.seconds for stage in dossier.stages if not stage.cached)
    cached = sum(stage.cached for stage in dossier.stages)
    if not cost.requests and not cost.replayed:
        lead = f"No model was asked: the build cost nothing but {duration(seconds)} of computing."
    else:
        lead = f"{plural(cost.requests, 'request')} for {money(cost.usd)}"
        lead += f"; {plural(cost.replayed, 'answer')} came from the journal and cost nothing." if cost.replayed else "."
    each = None if cost.usd is None else 1000 * cost.usd / rows if rows else 0.0
    items = [
        Figure(
            money(cost.usd),
            "spent",
            f"of {money(cost.budget_usd)} allowed" if cost.budget_usd is not None else "no limit set",
        ),
        Figure(money(each), "for a thousand released rows"),
        Figure(count(cost.requests), "requests", f"{count(cost.tokens)} tokens" if cost.tokens else ""),
        Figure(duration(seconds), "computing", f"{plural(cached, 'stage')} from cache" if cached else ""),
    ]
    found: list[Block] = [Figures(items)]
    if cost.usd is None:
        found.append(Note("The price of a model is not known, so the sum is not either.", "warn"))
    asked = [stage for stage in dossier.stages if stage.requests]
    if asked:
        lines: list[Line] = [[Cell(s.stage), count(s.requests), money(s.cost_usd), duration(s.seconds)] for s in asked]
        found.append(Grid("Stages that asked a model", ("Stage", "Requests", "Cost", "Time"), lines, numbers=(1, 2, 3)))
    return Section("cost", "Cost", lead, found)
