"""What the commands about reviews do: tasks out, decisions in, figures shown."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.cli.showing import named, open_store, sampled
from flows.reviewing import GROUPS, agreement
from tasks.core.errors import BadInput
from tasks.core.visible import visible
from tasks.review.decisions import REVIEWER, Decisions
from tasks.review.exchange import files
from tasks.review.exchange.people import People
from tasks.review.exchange.returned import decisions_of
from tasks.review.exchange.review_task import ReviewTask, tasks_of
from tasks.review.refusals import refusals_of, refused_edits, unanswered
from tasks.store.manifest import Release
from tasks.store.store import Store
from tasks.verification.judges import rubric

SHOWN_PROBLEMS = 50


@dataclass(frozen=True)
class TaskSelection:
    """Which rows go out, for which program."""

    form: str
    out: Path
    rejected: bool
    sample: int | None
    seed: str
    rubric: str
    people: tuple[str, ...]


def export_tasks(root: Path, name: str, wanted: TaskSelection) -> None:
    """Write rows of a release as review tasks, and print where they are."""
    store = open_store(root)
    release = named(store, name)
    decisions = Decisions(store, release.dataset).standing()
    tasks: Iterable[ReviewTask] = tasks_of(store, release, decisions, wanted.rejected)
    if wanted.sample:
        listed = list(tasks)
        tasks = [listed[row] for row in sampled(len(listed), wanted.sample, release.content + wanted.seed)]
    counted = Counter[str]()
    written = files.export(
        _counting(tasks, counted), wanted.form, wanted.out, People.of(wanted.people), _scales(wanted.rubric)
    )
    click.echo(f"{counted['rows']:,} rows in {', '.join(map(str, written))}")


def _counting(tasks: Iterable[ReviewTask], counted: Counter[str]) -> Iterable[ReviewTask]:
    for task in tasks:
        counted["rows"] += 1
        yield task


def _scales(name: str) -> Mapping[str, Any]:
    if name == "none":
        return {}
    found = rubric.load(rubric.locate(name))
    return {one.name: found.levels for one in found.criteria}


def import_decisions(root: Path, name: str, file: Path, reviewer: str, people: tuple[str, ...], dry_run: bool) -> None:
    """Keep what people decided in a file; BadInput, after everything else was kept, where rows of it could not be taken."""
    store = open_store(root)
    release = named(store, name)
    if reviewer and not REVIEWER.fullmatch(reviewer):
        raise BadInput(f"--reviewer {reviewer}: small letters, digits, - and _, at most 40")
    kept = Decisions(store, release.dataset)
    every, standing = kept.all(), kept.standing()
    tasks = {
        task.identity["example_id"]: task
        for rejected in (True, False)
        for task in tasks_of(store, release, standing, rejected)
    }
    session = f"import-{hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"
    returned = files.read(file, reviewer, People.of(people), tasks)
    intake = decisions_of(returned, tasks, session, {one.id for one in every})
    for one in intake.decisions:
        if not dry_run:
            kept.add(one)
    _warn_of_refusals(store, release, {one.example_id: one.edited for one in intake.decisions if one.word == "edit"})
    words = Counter(f"{one.reviewer} {one.word}" for one in intake.decisions)
    for said, count in sorted(words.items()):
        click.echo(f"{visible(said)}: {count:,}")
    what = "would be kept" if dry_run else "kept"
    click.echo(f"{len(intake.decisions):,} decisions {what}, nothing new about {intake.unchanged:,} rows")
    for line in intake.problems[:SHOWN_PROBLEMS]:
        click.echo(visible(f"{file.name}, {line}"), err=True)
    if intake.problems:
        raise BadInput(f"{len(intake.problems):,} rows of {file.name} could not be taken; everything else was")


def _warn_of_refusals(store: Store, release: Release, edits: Mapping[str, Mapping[str, Any]]) -> None:
    """Print a line for each edited row that the filters of the release, as far as they look at one row, would refuse."""
    if not edits:
        return
    from flows.review.edit_trial import refusals_of_edits

    refused = refusals_of_edits(store, release, edits)
    for row_id, refusals in list(refused.items())[:SHOWN_PROBLEMS]:
        said = "; ".join(map(str, refusals))
        click.echo(visible(f"the next build would refuse row {row_id[:8]} as it is edited: {said}"), err=True)
    if len(refused) > SHOWN_PROBLEMS:
        click.echo(f"and {len(refused) - SHOWN_PROBLEMS:,} more", err=True)


def print_agreement(root: Path, name: str, gold: Path | None = None, as_json: bool = False) -> None:
    """Print the figures: of the team, of each person, of the reasons for which rows were rejected."""
    store = open_store(root)
    found = agreement(store, named(store, name), gold)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    if not found:
        click.echo("nobody has decided about a row yet; see docs/annotators.md")
        return
    console = Console()
    console.print(
        f"{found['people']} people, {found['rows']:,} rows, {found['rows_of_several']:,} of them judged by several"
    )
    questions = [{"question": name} | figures for name, figures in found["agreement"].items()]
    people = [{"reviewer": name} | figures for name, figures in found["reviewers"].items()]
    _table(console, questions, ("question", "rows", "alpha", "alpha_low", "alpha_high", "fleiss_kappa"))
    _table(
        console,
        people,
        (
            "reviewer",
            "rows",
            "reject_share",
            "severity",
            "severity_significant",
            "weight",
            "seconds_median",
            "gold_agreement",
        ),
    )
    _table(console, found["pairs"][:10], ("one", "other", "rows", "kappa", "kappa_low", "kappa_high"))
    _table(
        console, found["filters"], ("reason", "rejected", "reviewed", "wrongly_rejected", "precision", "precision_low")
    )
    for one in found["biases"]:
        column = next(name for name in GROUPS if name in one)
        console.print(Text(visible(f"! {one['reviewer']} judges {column} {one[column]} otherwise: {one['by']:+.2f}")))


def say_refused_edits(store: Store, release: Release) -> None:
    """Print the edits that the latest build refused and that nobody has looked at again since."""
    table = refused_edits(store, release)
    decisions = Decisions(store, release.dataset).standing()
    refused = refusals_of(table) if table is not None else {}
    lines = [
        f"the last build refused row {one.row_id[:8]}, as {who} edited it: {one}"
        for who in sorted({one.reviewer for one in decisions})
        for one in unanswered(refused, [mine for mine in decisions if mine.reviewer == who])
    ]
    for line in lines[:SHOWN_PROBLEMS]:
        click.echo(visible(line), err=True)
    if len(lines) > SHOWN_PROBLEMS:
        click.echo(f"and {len(lines) - SHOWN_PROBLEMS:,} more", err=True)


def _table(console: Console, lines: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    if not lines:
        return
    table = Table(box=None, header_style="dim", padding=(0, 2))
    for column in columns:
        table.add_column(column.replace("_", " "))
    for line in lines:
        table.add_row(*(Text(visible(_said(line.get(column)))) for column in columns))
    console.print(table)


def _said(value: Any) -> str:
    if value is None:
        return "–"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
