"""Commands that make a dataset, or decide about one."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli.options import STORE, BuildOptions, build_options, decision_options

if TYPE_CHECKING:
    from flows.recipe import Recipe

    DryRun = Callable[[Recipe, Path, int | None, bool], None]


@click.command()
@click.argument("recipe")
@build_options("documents", "Price the build; ask no model, release nothing.")
def build(recipe: str, options: BuildOptions) -> None:
    """Build RECIPE (a YAML file, or the name of a packaged recipe, such as demo) and release the dataset."""
    from flows import recipe_file
    from flows.cli.pricing import dry_run

    _start(recipe_file.load(recipe, options.settings), recipe, options, dry_run)


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@build_options("rows", "Say what is in the files; keep nothing, release nothing.")
@click.option(
    "--recipe", default="curate", show_default=True, help="What to do with the rows; may name datasets itself."
)
@click.option(
    "--format", "form", default="auto", show_default=True, help="The files' format, where it is not recognised."
)
def curate(files: tuple[str, ...], recipe: str, form: str, options: BuildOptions) -> None:
    """Clean, filter and release rows that exist already: files, folders or globs of JSON, JSONL, CSV, TSV or Parquet."""
    from flows import recipe_file
    from flows.cli.importing import dry_run

    given = [{"path": file, "format": form} for file in files]
    _start(recipe_file.load(recipe, options.settings, given), recipe, options, dry_run)


def _start(recipe: "Recipe", named: str, options: BuildOptions, dry_run: "DryRun") -> None:
    from flows import recipe as recipes
    from flows import recipe_checks
    from flows.cli.run import run_build

    recipe_checks.check_input(recipe, named)
    if options.trial:
        recipe = recipes.trial(recipe)
    if options.dry_run:
        dry_run(recipe, options.store, options.trial, options.as_json)
    else:
        run_build(recipe, options.store, options.trial, options.as_json, options.detail)


@click.command()
@click.argument("use")
@click.option("--rows", type=click.IntRange(min=1), default=1000, show_default=True, help="How many rows are wanted.")
@click.option("--budget", type=click.FloatRange(min=0), metavar="USD", help="Money there is for the models.")
@click.option("--set", "settings", multiple=True, metavar="A.B=V", help="The teacher, such as teacher.provider=openai.")
@click.option(
    "--weight", "weights", multiple=True, metavar="CRITERION=N", help="Weigh fit, verified, cost or effort otherwise."
)
@click.option(
    "--per-minute",
    type=click.FloatRange(min=0, min_open=True),
    default=60,
    show_default=True,
    help="Requests a minute that the vendor allows.",
)
@click.option(
    "--review", type=click.FloatRange(0, 1), default=0.05, show_default=True, help="Share of the rows that people read."
)
@click.option(
    "--review-minutes",
    type=click.FloatRange(min=0),
    default=1.5,
    show_default=True,
    help="Minutes a person needs for a row.",
)
@click.option(
    "--hourly",
    type=click.FloatRange(min=0),
    default=40,
    show_default=True,
    metavar="USD",
    help="What an hour of a person costs.",
)
@click.option("--dataset", default="", help="One that was ablated: what so many rows of it would bring.")
@STORE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def plan(as_json: bool, **wanted: Any) -> None:
    """Rank the methods for USE (knowledge, general, code, ...): marks, cost, time and people's hours. Nothing is sent."""
    from flows import planning
    from flows.cli.plan import show

    show(planning.plan(planning.PlanRequest(**wanted)), as_json)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def lint(files: tuple[Path, ...]) -> None:
    """Check template sets; every problem with its file and line."""
    from tasks.core.visible import visible
    from tasks.generation.from_documents.templates.lint import lint as problems_of

    problems: list[Any] = [problem for file in files for problem in problems_of(file)]
    for problem in problems:
        click.echo(visible(f"{problem.file}:{problem.line}: {problem.message}"))
    if problems:
        raise click.ClickException(f"{len(problems)} problems")
    click.echo(f"{len(files)} template sets, no problem")


@click.command()
@decision_options
def approve(dataset: str, store: Path, name: str, note: str) -> None:
    """Approve the candidate of DATASET's latest build, where its recipe asks for a person's approval; then build again."""
    from flows import approval

    approval.decide(store, dataset, True, name, note)


@click.command()
@decision_options
def reject(dataset: str, store: Path, name: str, note: str) -> None:
    """Reject the candidate of DATASET's latest build; its rows are kept, and nothing is released."""
    from flows import approval

    approval.decide(store, dataset, False, name, note)


COMMANDS = (build, curate, plan, lint, approve, reject)
