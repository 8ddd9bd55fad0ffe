"""`instructory tokens`: a dataset in the tokens of one model, or of several side by side."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from flows.cli.showing import named, open_store
from tasks.core.errors import GateFailed
from tasks.core.visible import visible
from tasks.release.released import released_rows
from tasks.tokens import target
from tasks.tokens.report import TROUBLES, report


def print_report(root: Path, name: str, tokenizers: tuple[Path, ...], max_length: int, as_json: bool) -> None:
    """Print the report; GateFailed where a row would be trained on otherwise than somebody thinks."""
    store = open_store(root)
    release = named(store, name)
    rows = released_rows(store, release)
    targets = [target.load(path) for path in tokenizers] or [target.packaged()]
    reports = [report(rows, one, max_length) for one in targets]
    if as_json:
        import json

        click.echo(json.dumps({"dataset": release.name, "targets": reports}))
    else:
        _print(reports)
    bad = [
        f"{found['target']}: {found[kind]['rows']:,} rows: {TROUBLES[kind]}"
        for found in reports
        for kind in TROUBLES
        if found[kind]["rows"]
    ]
    if bad:
        raise GateFailed(visible("; ".join(bad)))


def _print(reports: list[dict[str, object]]) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 2))
    for title in ("target", "rows", "p50", "p95", "longest", "tokens", "too long", "packed", "trained", *TROUBLES):
        table.add_column(title, justify="left" if title == "target" else "right")
    for found in reports:
        tokens, trained = found["tokens"], found["trained"]
        assert isinstance(tokens, dict)
        assert isinstance(trained, dict)
        troubles = [found[kind] for kind in TROUBLES]
        share = trained["p50_share"]
        table.add_row(
            visible(str(found["target"])), f"{found['rows']:,}", *(f"{tokens[key]:,}" for key in ("p50", "p95", "max", "sum")),
            f"{found['truncated']:,}", f"{found['packing']:.1%}", "–" if share is None else f"{share:.1%}",
            *(f"{one['rows']:,}" if isinstance(one, dict) else "" for one in troubles),
        )  # fmt: skip
    console = Console()
    if not console.is_terminal:
        console.width = 140
    console.print(table)
