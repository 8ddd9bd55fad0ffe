"""Commands that read: rows, the ledger, differences, exports."""

import json
import re
from pathlib import Path

import click
import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.cli.console import closing_table
from tasks.core.errors import BadInput
from tasks.pipeline.build import StageDone
from tasks.release.diff import diff
from tasks.release.export import export
from tasks.store.manifest import Manifest, Release
from tasks.store.store import Store
from tasks.text.visible import HIDDEN, visible

READ_FIRST = ("instruction", "response", "text", "path", "pii", "reason", "detail", "error")
"""Columns a person wants to see, in this order, where a table has them."""


def named(store: Store, name: str) -> Release:
    """The release that DATASET or DATASET@N names."""
    dataset, at, version = name.partition("@")
    if at and not version.isdigit():
        raise BadInput(f"{name}: a version is a number, e.g. {dataset}@1")
    return store.release(dataset, int(version) if at else None)


def open_store(root: Path) -> Store:
    """A store that must be there already."""
    if not root.is_dir():
        raise BadInput(f"no store at {root}; build something first, or name the folder with --store")
    return Store(root)


def print_rows(
    root: Path, name: str, stage: str | None, rejected: bool, limit: int, form: str, sample: int = 0
) -> None:
    """Print rows of a release: its own, or those a stage kept or refused; the first `limit`, or `sample` drawn at random."""
    store = open_store(root)
    release = named(store, name)
    manifest = _manifest(store, release, stage)
    table = _rows(store, manifest, rejected)
    chosen = sampled(table, sample, manifest.key) if sample else table.slice(0, limit or None)
    rows = chosen.to_pylist()
    if form == "jsonl":
        for row in rows:
            click.echo(HIDDEN.sub(_escaped, json.dumps(row, ensure_ascii=False)))
        return
    console = Console()
    for row in rows:
        console.print(_as_card(row))
    console.print(
        f"{len(rows):,} of {table.num_rows:,} rows; --limit 0 for all, `instructory why ID` for one row's life"
    )


def sampled(table: pa.Table, rows: int, key: str) -> pa.Table:
    """`rows` rows drawn at random, all if there are fewer, in their order; the same ones each time for one snapshot's `key`."""
    chosen = np.random.default_rng(list(key.encode())).permutation(table.num_rows)[:rows]
    return table.take(np.sort(chosen))


def print_ledger(root: Path, name: str) -> None:
    """Print the account of every stage of a release."""
    store = open_store(root)
    release = named(store, name)
    manifests = [store.required(stage, key) for stage, key in release.stages]
    console = Console()
    console.print(
        closing_table([StageDone(manifest, cached=False, seconds=manifest.seconds) for manifest in manifests])
    )
    for manifest in manifests:
        for reason, count in manifest.reasons.items():
            console.print(Text(visible(f"  {manifest.stage}: {reason} {count:,}")))


def print_difference(root: Path, old: str, new: str) -> None:
    """Print what changed between two releases."""
    from tasks.release.released import released_rows

    store = open_store(root)
    before, after = named(store, old), named(store, new)
    click.echo(visible(diff(released_rows(store, before), released_rows(store, after)).to_text()))


def rewrite_report(root: Path, name: str) -> None:
    """Write a release's folder again and print the report's path."""
    from tasks.release.publish import write_folder

    store = open_store(root)
    click.echo(write_folder(store, named(store, name)) / "report.html")


def print_site(root: Path, dataset: str | None, out: Path) -> None:
    """Write the pages of one dataset, or of all, and print where they begin."""
    from tasks.release.site import write_site

    store = open_store(root)
    written = write_site(store, [named(store, dataset).dataset] if dataset else store.datasets(), out)
    click.echo(f"{len(written):,} pages; begin with {written[0]}")


def export_rows(root: Path, name: str, form: str, out: Path) -> None:
    """Write a release's rows in another format."""
    from tasks.release.released import released_rows

    store = open_store(root)
    count = export(released_rows(store, named(store, name)), form, out)
    click.echo(f"{count:,} rows in {out}")


def _manifest(store: Store, release: Release, stage: str | None) -> Manifest:
    keys = dict(release.stages)
    wanted = stage or release.stages[-1][0]
    if wanted not in keys:
        raise BadInput(f"{release.dataset}@{release.version} has no stage {wanted!r}; it has: {', '.join(keys)}")
    return store.required(wanted, keys[wanted])


def _rows(store: Store, manifest: Manifest, rejected: bool) -> pa.Table:
    parts = manifest.tables["rejected" if rejected else "kept"]
    return store.whole(parts) if parts else pa.table({})


def _as_card(row: dict[str, object]) -> Table:
    card = Table(box=None, show_header=False, padding=(0, 1), expand=False)
    card.add_column(style="dim", no_wrap=True)
    card.add_column(overflow="fold")
    identity = next(iter(row))
    shown = [identity, *(name for name in READ_FIRST if row.get(name))]
    for name in shown:
        card.add_row(name, Text(visible(str(row[name]))))  # a Text, because Rich reads markup in a str
    card.add_row("", "")
    return card


def _escaped(hidden: re.Match[str]) -> str:
    """A character as JSON may write it: the same value, and nothing for a terminal to obey."""
    return json.dumps(hidden[0])[1:-1]
