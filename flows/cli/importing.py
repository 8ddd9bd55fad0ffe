"""`curate --dry-run`: what an import would find. Files are read, nothing is kept and no model is asked; what verifiers
would ask is priced."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from flows.cli import pricing
from flows.recipe import Recipe
from tasks.core.schema import CHUNK


def dry_run(recipe: Recipe, store: Path, trial: int | None, as_json: bool) -> None:
    """Print format, rows, refusals and licence of each file."""
    notes, read = pricing.read_datasets(recipe, store, trial)
    facts = read.facts
    if as_json:
        files = list(facts["files"].values())
        stages = [asdict(one) for one in pricing.price(recipe, CHUNK.empty_table(), read.kept)]
        click.echo(json.dumps({"dataset": recipe.dataset, "dry_run": True, "stages": stages, "files": files}))
        return
    console = Console()
    for note in (*notes, *facts["notes"]):
        console.print(Text(note), soft_wrap=True)
    for warning in facts["warnings"]:
        console.print(Text(f"! {warning}", style="yellow"), soft_wrap=True)
    if recipe.used_teachers():
        pricing.dry_run(recipe, store, trial, as_json=False)
    else:
        console.print("no teacher is asked: curating costs nothing")
