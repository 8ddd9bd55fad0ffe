"""`instructory ablate`: whether a dataset helps a model, by small students."""

import importlib
import json
import math
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from flows.ablation import Ablation
from flows.cli.console import ConsoleListener
from flows.deployment import operating, server
from tasks.core.visible import visible
from tasks.students import network
from tasks.students.comparison import Comparison
from tasks.students.results import Ablated
from tasks.students.win_rate import WinRate


def run(ablation: Ablation, store: Path, as_json: bool) -> None:
    """Train the students of `ablation` and print what they show."""
    network.require()
    console = Console(stderr=as_json)
    listener = ConsoleListener(console)
    operating.join(store)
    server.prepare(store)
    with server.serving(store, lambda: importlib.import_module("flows.ablate")) as api:
        from flows.ablate import ablate
        from flows.steps import listening

        token = listening.set(listener)
        try:
            found: Ablated = ablate(ablation, store)
        finally:
            listening.reset(token)
            listener.close()
            if listener.run:
                server.await_records(api, listener.run)
    if as_json:
        click.echo(json.dumps(found.as_json()))
    else:
        _show(found, console, store)


def _show(found: Ablated, console: Console, store: Path) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 1))
    table.add_column("learnt from", no_wrap=True)
    for title in ("rows", "tokens", "loss", "exact"):
        table.add_column(title, justify="right")
    for one in found.parts:
        table.add_row(
            visible(one["part"]), f"{one['rows']:,}", f"{one['tokens']:,}", f"{one['loss']:.3f}", _share(one["exact"])
        )
    console.print(table)
    for comparison in found.comparisons:
        console.print(visible(sentence(comparison)), highlight=False, soft_wrap=True)
    for comparison in found.exact:
        console.print(
            visible(f"exact answers: {sentence(comparison, 'of the answers')}"), highlight=False, soft_wrap=True
        )
    for rate in found.win_rates:
        console.print(visible(preference(rate)), highlight=False, soft_wrap=True)
    if found.exponent is not None:
        less = 1 - 2**-found.exponent
        console.print(f"twice the data would bring {less:.1%} less loss, if the curve goes on so", highlight=False)
    for line in (*found.advice, *(f"note: {warning}" for warning in found.warnings)):
        console.print(visible(line), highlight=False, soft_wrap=True)
    console.print(f"kept in {store / found.file}; `instructory report {found.dataset}` shows it", soft_wrap=True)


def _share(part: float | None) -> str:
    return "–" if part is None else f"{part:.1%}"


def sentence(found: Comparison, unit: str = "nats per token") -> str:
    """A comparison in words: `all against untrained: better by 0.412 nats per token (0.380 to 0.444)`."""
    ends = sorted((abs(found.low), abs(found.high))) if found.finding != "no difference" else (found.low, found.high)
    interval = f"({ends[0]:.3f} to {ends[1]:.3f})" if math.isfinite(found.low) else "(one seed: no interval)"
    by = "" if found.finding == "no difference" else f" by {abs(found.gain):.3f} {unit}"
    return f"{found.part} against {found.other}: {found.finding}{by} {interval}"


def preference(found: WinRate) -> str:
    """A win rate in words: `all against untrained, judged by m: better, preferred in 80% of 40 answers (65% to 90%; 0 ties)`."""
    low, high = found.interval
    seeds = f" of {len(found.by_seed)} seeds" if len(found.by_seed) > 1 else ""
    said = f"preferred in {_share(found.rate)} of {found.judged:,} answers{seeds} ({low:.1%} to {high:.1%}; {found.ties:,} ties)"
    left = f"; {found.unjudged:,} more were not judged" if found.unjudged else ""
    return f"{found.part} against {found.other}, judged by {found.judge}: {found.finding}, {said}{left}"
