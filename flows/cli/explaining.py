"""`--explain`: in which order the filters ran, why, and what that saved."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tasks.pipeline.build import StageDone


def explain(console: Console, done: Sequence[StageDone]) -> None:
    """Print the plan of the filters; nothing if the build did not get there."""
    for entry in done:
        if entry.manifest.stage == "filters":
            _explain(console, entry.manifest.facts)


def _explain(console: Console, facts: Mapping[str, Any]) -> None:
    ran = {fact["filter"]: fact for fact in facts.get("filters", [])}
    plan = facts.get("plan")
    if not plan:
        console.print(f"\nfilters ran as listed: {', '.join(ran)} (too few rows for a plan to pay)", highlight=False)
        return
    table = Table(box=None, header_style="dim", padding=(0, 2))
    table.add_column("filter")
    for title in ("µs a row", "refused on trial", "expected µs", "rows in", "refused"):
        table.add_column(title, justify="right")
    planned = {step["filter"]: step for step in plan["steps"]}
    for name, fact in ran.items():
        step = planned.get(name)
        measured = (
            (f"{step['cost_us']:.2f}", f"{step['rejected_share']:.2%}", f"{step['expected_us']:.2f}")
            if step
            else ("", "", "")
        )
        table.add_row(name, *measured, f"{fact['rows_in']:,}", f"{sum(fact['rejected'].values()):,}")
    console.print()
    console.print(table)
    console.print(
        f"planned on {plan['trial_rows']:,} rows: {plan['expected_us']:.1f} µs a row instead of {plan['listed_us']:.1f} in the "
        f"listed order, {plan['saved_share']:.0%} saved; filters without a figure compare or rewrite rows and run last",
        highlight=False,
        soft_wrap=True,
    )
