"""Commands for reviews that are made in other programs, and for the figures of the people who made them."""

from pathlib import Path
from typing import Any

import click

from flows.cli.options import STORE
from flows.cli.review import reviewers

PEOPLE = click.option(
    "--as",
    "people",
    multiple=True,
    metavar="NAME=WHO",
    help="What the other program calls a reviewer; may be repeated.",
)


@click.group()
def reviews() -> None:
    """Review in a spreadsheet, Label Studio or Argilla: write the tasks, read the decisions."""


@reviews.command("export")
@click.argument("dataset")
@STORE
@click.option(
    "--for",
    "form",
    type=click.Choice(["label-studio", "argilla", "csv", "jsonl", "xlsx"]),
    required=True,
    help="The program.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
@click.option("--rejected", is_flag=True, help="Rows that the build rejected, to see how often a filter errs.")
@click.option("--sample", type=click.IntRange(min=1), help="So many rows at random instead of all.")
@click.option("--seed", default="", help="Any text: with --sample, another one draws other rows.")
@click.option("--rubric", default="curation", show_default=True, help="Its criteria are asked for; none: no criteria.")
@PEOPLE
def export_reviews(dataset: str, store: Path, **wanted: Any) -> None:
    """Write rows of DATASET, DATASET@N or DATASET@draft as review tasks."""
    from flows.cli import reviewing

    reviewing.export_tasks(store, dataset, reviewing.TaskSelection(**wanted))


@reviews.command("import")
@click.argument("dataset")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@STORE
@click.option("--reviewer", default="", help="Whose sheet it is. Label Studio's and Argilla's files name their people.")
@click.option("--dry-run", is_flag=True, help="Say what would be decided; keep nothing.")
@PEOPLE
def import_reviews(
    dataset: str, file: Path, store: Path, reviewer: str, dry_run: bool, people: tuple[str, ...]
) -> None:
    """Read what people did with the rows of DATASET (or DATASET@N, as it was exported) in FILE, and keep it as decisions."""
    from flows.cli import reviewing

    reviewing.import_decisions(store, dataset, file, reviewer, people, dry_run)


@reviewers.command("report")
@click.argument("dataset")
@STORE
@click.option(
    "--gold",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="JSON Lines of rows whose decision is known, in place of the recipe's `review.gold`.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
def report_reviewers(dataset: str, store: Path, gold: Path | None, as_json: bool) -> None:
    """Show how far the reviewers of DATASET agree, what each is like, and what the reasons of filters are worth."""
    from flows.cli import reviewing

    reviewing.print_agreement(store, dataset, gold, as_json)


COMMANDS = (reviews,)
