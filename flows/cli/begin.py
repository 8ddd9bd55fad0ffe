"""Commands for the first quarter of an hour: a recipe to begin with, and its schema for an editor."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from flows.first_recipe import FirstAnswers


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option("--documents", metavar="PATH", help="There are documents: a file, a folder or a glob.")
@click.option("--datasets", metavar="PATH", help="There are rows: files of JSON, JSONL, CSV, TSV or Parquet.")
@click.option("--seed-tasks", metavar="PATH", help="There are tasks that people wrote, from which more are to grow.")
@click.option("--teacher", type=click.Choice(["openai", "anthropic", "local", "none"]), help="Who is asked.")
@click.option("--rows", type=click.IntRange(min=1), help="Rows that a release has at most.")
@click.option("--dataset", metavar="NAME", help="What the dataset is called; else as FOLDER.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file; else recipe.yaml in FOLDER.")
def init(
    folder: Path,
    documents: str | None,
    datasets: str | None,
    seed_tasks: str | None,
    teacher: str | None,
    rows: int | None,
    dataset: str | None,
    out: Path | None,
) -> None:
    """Write a first recipe for what is in FOLDER. Asks what there is, which teacher and how many rows, unless options say so."""
    from flows import first_recipe
    from tasks.core.visible import visible

    named = {"documents": documents, "rows": datasets, "seed-tasks": seed_tasks}
    given = [(kind, path) for kind, path in named.items() if path]
    if len(given) > 1:
        raise click.UsageError("name one of --documents, --datasets and --seed-tasks; a recipe can be given more later")
    kind, path = given[0] if given else first_recipe.found_in(folder)
    asks = not given and teacher is None and rows is None
    wanted = first_recipe.FirstAnswers(
        material=kind,  # type: ignore[arg-type]  # one of MATERIALS, as `named` spells them
        path=path,
        teacher=teacher or first_recipe.default_teacher(),  # type: ignore[arg-type]  # one of the choices
        rows=rows or 1000,
        dataset=dataset or first_recipe.named_after(folder),
    )
    target = out or folder / "recipe.yaml"
    first_recipe.write(_asked(wanted) if asks else wanted, target)
    click.echo(visible(f"{target} is written; read it, and say what the documents' or rows' licence is"))
    click.echo(visible(f"next:   instructory build {target} --dry-run"))


def _asked(found: "FirstAnswers") -> "FirstAnswers":
    """What a person answers to three questions; what was found in the folder is the default."""
    from flows import first_recipe

    kinds = click.Choice(first_recipe.MATERIALS)
    material = click.prompt("What do you have?", type=kinds, default=found.material)
    path = found.path if material == found.material else ""
    if material != "nothing":
        path = click.prompt("Where is it (a file, a folder or a glob)?", default=path or None)
    teacher = click.prompt("Which teacher is asked?", type=click.Choice(first_recipe.PROVIDERS), default=found.teacher)
    rows = click.prompt("How many rows at most?", type=click.IntRange(min=1), default=found.rows)
    return first_recipe.FirstAnswers(material, path if material != "nothing" else "", teacher, rows, found.dataset)


@click.command()
def schema() -> None:
    """Print the JSON Schema of a recipe, by which editors complete and check its keys."""
    import json

    from flows.recipe_schema import recipe_schema

    click.echo(json.dumps(recipe_schema(), indent=2, ensure_ascii=False))


COMMANDS = (init, schema)
