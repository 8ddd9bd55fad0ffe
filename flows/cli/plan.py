"""`instructory plan`: which methods to use, how many rows, for how much money and time."""

import json
from dataclasses import asdict

import click

from flows.planning import MethodPlan, known


def show(found: MethodPlan, as_json: bool) -> None:
    """Print the plan as tables, or as one JSON object."""
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    weights = ", ".join(f"{name} {weight:g}" for name, weight in found.weights.items())
    console.print(f"{found.rows:,} rows for {found.use}: {known()['uses'][found.use]}", highlight=False)
    table = Table(box=None, header_style="dim", padding=(0, 1))
    table.add_column("method", no_wrap=True)
    for title in ("score", *found.weights, "requests", "cost"):
        table.add_column(title, justify="right")
    for one in found.candidates:
        cost = "unknown" if one.usd is None else f"${one.usd:,.2f}"
        marks = [f"{one.marks[name]:.1f}" for name in found.weights]
        table.add_row(one.method, f"{one.score:.0%}", *marks, f"{one.requests:,}", cost)
    console.print(table)
    for line in _sentences(found, weights):
        console.print(line, highlight=False, soft_wrap=True)


def _sentences(found: MethodPlan, weights: str) -> list[str]:
    lines = [f"marks from 0 to 3, weighed {weights}; requests and cost at most, before filters"]
    if found.candidates[0].requests:
        lines.append(f"{found.candidates[0].method}: {found.minutes:,.0f} minutes at the rate limit given")
    lines.append(f"reading a sample: {found.review_hours:,.1f} hours, ${found.review_usd:,.0f}")
    if found.published:
        lines.append(f"published: {found.published['name']}, {found.published['rows']:,} rows")
    if found.worth:
        lines.append(found.worth.sentence(found.rows))
    return [*lines, *(f"note: {warning}" for warning in found.warnings)]
