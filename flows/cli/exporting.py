"""What `export` does: rows of a release in one format, or as a folder for a trainer."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pyarrow as pa

from flows.cli.showing import named, open_store
from tasks.core.errors import BadInput
from tasks.core.schema import CLUSTERED
from tasks.core.visible import visible
from tasks.release.export import export
from tasks.release.released import on_side, released_rows
from tasks.store.manifest import Release
from tasks.store.released import rows_parts
from tasks.store.store import Store


class ExportChoice(NamedTuple):
    """What the command line says; None where it leaves something open."""

    target: str | None
    objective: str | None
    max_tokens: int | None
    split: str | None
    """train, validation, test or all; None: train."""


def in_format(root: Path, name: str, form: str, out: Path, split: str | None) -> None:
    """Write a release's rows to one file: those of `split`, which is as in ExportChoice."""
    store = open_store(root)
    whole = released_rows(store, named(store, name))
    rows = on_side(whole, split)
    count = export(rows, form, out)
    click.echo(f"{count:,} rows in {out}")
    _say_what_is_elsewhere(whole.num_rows - rows.num_rows, split)
    if count < rows.num_rows:
        click.echo(f"  left out: {rows.num_rows - count:,} rows of weight 0, which {form} cannot say", err=True)


def for_trainer(root: Path, name: str, wanted: ExportChoice, out: str) -> None:
    """Write a release's rows, and what a trainer needs beside them, to a folder, or the rows alone to standard output."""
    from tasks.release.formats.catalogue import BY_NAME
    from tasks.release.formats.target import OBJECTIVES, Settings
    from tasks.release.formats.writing import Exported, write_folder, write_stream

    store = open_store(root)
    release = named(store, name)
    stated: dict[str, Any] = release.recipe.get("trains") or {}
    target = wanted.target or stated.get("trainer")
    if not target:
        raise BadInput("name a trainer with --for, or a format with --format")
    if target not in BY_NAME:
        raise BadInput(f"unknown trainer {target!r}; choose one of {', '.join(BY_NAME)}")
    objective = wanted.objective or stated.get("objective") or "sft"
    if objective not in OBJECTIVES:
        raise BadInput(f"unknown objective {objective!r}; choose one of {', '.join(OBJECTIVES)}")
    settings = Settings(release.dataset, wanted.max_tokens or stated.get("max_tokens") or 4096)
    elsewhere: Counter[str] = Counter()
    batches = _batches(store, release, wanted.split, elsewhere)
    exported: Exported
    if out == "-":
        exported = write_stream(batches, BY_NAME[target], objective, sys.stdout.buffer)
    else:
        exported = write_folder(batches, BY_NAME[target], objective, settings, Path(out))
    refused = exported.refused.total()
    click.echo(
        f"{exported.rows - refused:,} of {exported.rows:,} rows in {exported.lines:,} lines of {out}", err=out == "-"
    )
    _say_what_is_elsewhere(elsewhere.total(), wanted.split)
    for reason, count in exported.refused.most_common():
        click.echo(visible(f"  refused: {reason} {count:,}"), err=True)
    for note, count in exported.notes.most_common():
        click.echo(f"  note: {note} ({count:,} rows)", err=True)
    if refused and out != "-":
        click.echo(f"  each with its reason in {Path(out) / 'refused.jsonl'}", err=True)


def _say_what_is_elsewhere(rows: int, split: str | None) -> None:
    """So many rows of the release are on other sides than the one that was written."""
    if rows:
        click.echo(
            f"  left out: {rows:,} rows of other sides than {split or 'train'}; --split names one, or all", err=True
        )


def _batches(store: Store, release: Release, split: str | None, elsewhere: Counter[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a side of a release, part by part, so that memory holds one part; those of other sides are counted in
    `elsewhere`."""
    from tasks.release.formats.conversation import COLUMNS
    from tasks.release.formats.writing import BATCH

    for part in rows_parts(store, release):
        rows = store.get((part,), CLUSTERED, (*COLUMNS, "split"))
        chosen = on_side(rows, split)
        elsewhere["rows"] += rows.num_rows - chosen.num_rows
        yield from chosen.select(COLUMNS).to_batches(BATCH)
