"""Commands that make a dataset, or decide about one."""

from pathlib import Path
from typing import Any

import click

from flows.commands.options import building, signing


@click.command()
@click.argument("recipe")
@building
@click.option("--trial", type=click.IntRange(min=1), metavar="N", help="Only N documents, released as DATASET-trial.")
@click.option("--dry-run", is_flag=True, help="Price the build; ask no model, release nothing.")
def build(
    recipe: str,
    store: Path,
    settings: tuple[str, ...],
    trial: int | None,
    dry_run: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """Build RECIPE (a YAML file, or a packaged recipe: demo, austen, local) and release the dataset."""
    from flows import recipe as recipes
    from flows.commands.pricing import dry_run as price_build
    from flows.commands.run import run_build

    loaded = recipes.load(recipe, settings)
    recipes.check_input(loaded, recipe)
    if trial:
        loaded = recipes.trial(loaded)
    if dry_run:
        price_build(loaded, store, trial, as_json)
    else:
        run_build(loaded, store, trial, as_json, explain)


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@building
@click.option(
    "--recipe", default="curate", show_default=True, help="What to do with the rows; may name datasets itself."
)
@click.option(
    "--format", "form", default="auto", show_default=True, help="The files' format, where it is not recognised."
)
@click.option("--trial", type=click.IntRange(min=1), metavar="N", help="Only N rows, released as DATASET-trial.")
@click.option("--dry-run", is_flag=True, help="Say what is in the files; keep nothing, release nothing.")
def curate(
    files: tuple[str, ...],
    store: Path,
    recipe: str,
    form: str,
    settings: tuple[str, ...],
    trial: int | None,
    dry_run: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """Clean, filter and release rows that exist already: files, folders or globs of JSON, JSONL, CSV, TSV or Parquet."""
    from flows import recipe as recipes
    from flows.commands.importing import dry_run as look
    from flows.commands.run import run_build

    loaded = recipes.load(recipe, settings, [{"path": file, "format": form} for file in files])
    recipes.check_input(loaded, recipe)
    if trial:
        loaded = recipes.trial(loaded)
    if dry_run:
        look(loaded, store, trial, as_json)
    else:
        run_build(loaded, store, trial, as_json, explain)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def lint(files: tuple[Path, ...]) -> None:
    """Check template sets; every problem with its file and line."""
    from tasks.seeds.lint import lint as problems_of
    from tasks.text.visible import visible

    problems: list[Any] = [problem for file in files for problem in problems_of(file)]
    for problem in problems:
        click.echo(visible(f"{problem.file}:{problem.line}: {problem.message}"))
    if problems:
        raise click.ClickException(f"{len(problems)} problems")
    click.echo(f"{len(files)} template sets, no problem")


@click.command()
@signing
def approve(dataset: str, store: Path, name: str, note: str) -> None:
    """Approve what the latest build of DATASET has ready, where its recipe asks for a person's word; then build again."""
    from flows import approval

    approval.decide(store, dataset, True, name, note)


@click.command()
@signing
def reject(dataset: str, store: Path, name: str, note: str) -> None:
    """Reject what the latest build of DATASET has ready; its rows are kept, and nothing is released."""
    from flows import approval

    approval.decide(store, dataset, False, name, note)


COMMANDS = (build, curate, lint, approve, reject)
