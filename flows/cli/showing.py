"""What the commands that read print: rows, row counts, differences, exports."""

import json
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.cli.console import closing_table
from tasks.core.errors import BadInput
from tasks.core.schema import Row
from tasks.core.visible import HIDDEN, visible
from tasks.pipeline.build import StageDone
from tasks.release.diff import diff
from tasks.release.released import released_rows
from tasks.store.manifest import Manifest, Release, Which
from tasks.store.store import Store

READ_FIRST = ("instruction", "response", "text", "path", "pii", "stage", "reason", "detail", "error")
"""Columns a person wants to see, in this order, where a table has them."""


def named(store: Store, name: str, draft: bool = True) -> Release:
    """The release that DATASET or DATASET@N names; DATASET@draft is the latest build, released or not, where `draft` allows it, and
    so is DATASET alone before its first release."""
    dataset, at, version = name.partition("@")
    if draft and not at and not store.versions(dataset) and store.has_build(dataset):
        click.echo(
            f"{visible(dataset)} was never released; this is its latest build, {visible(dataset)}@draft", err=True
        )
        return store.draft(dataset)
    if draft and version == "draft":
        return store.draft(dataset)
    if at and not version.isdigit():
        raise BadInput(f"{name}: a version is a number, e.g. {dataset}@1{', or draft' if draft else ''}")
    return store.release(dataset, int(version) if at else None)


def open_store(root: Path) -> Store:
    """A store that must be there already."""
    if not root.is_dir():
        raise BadInput(f"no store at {root}; build something first, or name the folder with --store")
    return Store(root)


@dataclass(frozen=True)
class Selection:
    """Which rows of a release are printed, and how."""

    stage: str | None = None
    """Whose rows; None: the last stage's, and of rejected and failed ones every stage's."""
    which: Which = "kept"
    limit: int = 10
    """Rows at most; 0 for all."""
    sample: int | None = None
    """So many rows at random in place of the first `limit`."""
    seed: str = ""
    """Another one draws other rows."""


def print_rows(root: Path, name: str, wanted: Selection, form: str) -> None:
    """Print rows of a release: its own, or those that stages kept, rejected or failed on, as cards or as JSON Lines."""
    store = open_store(root)
    release = named(store, name)
    manifests = _manifests(store, release, wanted)
    sizes = [sum(part.rows for part in manifest.tables[wanted.which]) for manifest in manifests]
    total = sum(sizes)
    if wanted.sample:
        chosen = sampled(total, wanted.sample, release.content + wanted.seed)
    else:
        chosen = np.arange(min(total, wanted.limit or total))
    rows: list[Row] = []
    for manifest, size, first in zip(manifests, sizes, np.cumsum([0, *sizes]), strict=False):
        own = chosen[(chosen >= first) & (chosen < first + size)] - first
        found = store.whole(manifest.tables[wanted.which]).take(own).to_pylist() if len(own) else []
        rows += found if wanted.stage or wanted.which == "kept" else [row | {"stage": manifest.stage} for row in found]
    if form == "jsonl":
        for row in rows:
            line = json.dumps(row, ensure_ascii=False)
            click.echo(HIDDEN.sub(lambda hidden: json.dumps(hidden[0])[1:-1], line))  # the same value, escaped
        return
    console = Console()
    for row in rows:
        console.print(_as_card(row))
    console.print(
        f"{len(rows):,} of {total:,} rows; --limit 0 shows all, `instructory why ID` explains where one came from"
    )


def sampled(total: int, rows: int, key: str) -> npt.NDArray[np.int64]:
    """`rows` of the numbers below `total` at random, all if there are fewer, ascending; the same ones each time for one `key`."""
    return np.sort(np.random.default_rng(list(key.encode())).permutation(total)[:rows])


def print_ledger(root: Path, name: str) -> None:
    """Print the row counts of every stage of a release."""
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
    store = open_store(root)
    before, after = (released_rows(store, named(store, name)) for name in (old, new))
    click.echo(visible(diff(before, after).to_text()))


def rewrite_report(root: Path, name: str) -> None:
    """Write a release's folder again and print the report's path."""
    from tasks.release.publish import write_folder

    store = open_store(root)
    click.echo(write_folder(store, named(store, name)) / "report.html")


def print_site(root: Path, dataset: str | None, out: Path) -> None:
    """Write the pages of one dataset, or of all, and print where they begin."""
    from tasks.release.site import write_site

    store = open_store(root)
    datasets = [named(store, dataset, draft=False).dataset] if dataset else store.datasets()
    written = write_site(store, datasets, out)
    click.echo(f"{len(written):,} pages; begin with {written[0]}")


def _manifests(store: Store, release: Release, wanted: Selection) -> list[Manifest]:
    """The stages whose rows are asked for, in the order in which they ran."""
    stages = release.stages
    if wanted.stage:
        stages = tuple(entry for entry in stages if entry[0] == wanted.stage)
    elif wanted.which == "kept":
        stages = stages[-1:]
    if not stages:
        known = ", ".join(dict(release.stages))
        raise BadInput(f"{release.name} has no stage {wanted.stage!r}; it has: {known}")
    return [store.required(stage, key) for stage, key in stages]


def _as_card(row: Row) -> Table:
    card = Table(box=None, show_header=False, padding=(0, 1), expand=False)
    card.add_column(style="dim", no_wrap=True)
    card.add_column(overflow="fold")
    identity = next(iter(row))
    shown = [identity, *(name for name in READ_FIRST if row.get(name))]
    for name in shown:
        card.add_row(name, Text(visible(str(row[name]))))  # a Text, because Rich reads markup in a str
    card.add_row("", "")
    return card
