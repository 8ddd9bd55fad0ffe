"""Commands that keep a store in order: clear up, put an earlier release back, say what the models were asked."""

import re
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from flows.cli.showing import named, open_store
from tasks.core.errors import BadInput
from tasks.release.export import export as write_rows
from tasks.store import upkeep
from tasks.store.lease import lease
from tasks.teachers import export, summary
from tasks.teachers.shared_journal import SharedJournal

UNITS: Final = {"m": 60, "h": 3_600, "d": 86_400}
NOUNS: Final = {
    "manifests": "stage records",
    "verdicts": "verdicts",
    "objects": "objects",
    "raw": "documents",
    "releases": "files of releases never published",
    "temporary": "half-written files",
}


def seconds(grace: str) -> float:
    """The length of a grace period: a number and m, h or d."""
    found = re.fullmatch(r"(\d+)([mhd])", grace)
    if not found:
        raise BadInput(f"--grace {grace}: write a number and m, h or d, e.g. --grace 7d")
    return int(found[1]) * float(UNITS[found[2]])


def gc(root: Path, grace: str, dry_run: bool) -> None:
    """Clear a store up and print what that freed."""
    swept = upkeep.gc(open_store(root), seconds(grace), dry_run)
    counted = ", ".join(f"{NOUNS[kind]} {count:,}" for kind, count in swept.files.items() if count)
    verb = "would free" if dry_run else "freed"
    size = f"{swept.bytes / 1e6:,.1f} MB" if swept.bytes >= 100_000 else f"{swept.bytes:,} bytes"
    click.echo(f"{verb} {size}: {counted or 'everything is needed'}")


def rollback(root: Path, name: str) -> None:
    """Publish the rows of DATASET@N again, as the newest version."""
    from tasks.release.publish import write_folder

    dataset, _, version = name.partition("@")
    store = open_store(root)
    if not version.isdigit():
        raise BadInput(f"rollback {name}: say which version to put back, e.g. {dataset}@1")
    named(store, name)
    with lease(store.root, dataset, "rollback") as held:
        release = upkeep.rollback(store, dataset, int(version))
        write_folder(store, release)
        published = store.publish(release, held.check)
    click.echo(f"{dataset}@{published.version} holds the {published.rows:,} rows of {dataset}@{published.restores}")
    click.echo(f"report: {store.root / published.report}")
    click.echo("a build whose documents and recipe are as before would publish what it made again: correct them first")


def print_journal(root: Path) -> None:
    """Print what every model was asked and what that cost, over all builds of a store."""
    console = Console()
    if not console.is_terminal:
        console.width = 120
    table = Table(box=None, header_style="dim", padding=(0, 2))
    table.add_column("model")
    for title in ("requests", "answered", "repeats", "tokens in", "tokens out", "cost", "p50", "p95"):
        table.add_column(title, justify="right")
    for one in summary(_journal(root)):
        counts = (one.requests, one.answered, one.repeats, one.tokens_in, one.tokens_out)
        cost = "unknown" if one.usd is None else f"${one.usd:,.4f}"
        waits = ("-" if value is None else f"{value:.2f} s" for value in (one.p50_seconds, one.p95_seconds))
        table.add_row(f"{one.provider}/{one.model}", *(f"{count:,}" for count in counts), cost, *waits)
    console.print(table if table.row_count else "no model was asked", highlight=False)


def export_journal(root: Path, form: str, out: Path) -> None:
    """Write every attempt at every call to a file. Prompts and keys are not in the journal, so not in the file either."""
    table = export(_journal(root))
    write_rows(table, form, out)
    click.echo(f"{table.num_rows:,} attempts in {out}")


def _journal(root: Path) -> Path:
    """The folder of the journal, in which now stands what other machines received too."""
    store = open_store(root)
    SharedJournal(store).import_others()
    return store.root
