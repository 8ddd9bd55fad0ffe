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
from tasks.core.outcome import Tools
from tasks.core.params import sha256_file
from tasks.core.schema import CHUNK
from tasks.imports import stage as reading
from tasks.imports.datasets import stage as finding


def dry_run(recipe: Recipe, store: Path, trial: int | None, as_json: bool) -> None:
    """Print format, rows, refusals and licence of each file."""
    files_by_hash: dict[str, Path] = {}

    def keep(file: Path) -> str:
        sha256 = sha256_file(file)
        files_by_hash[sha256] = file
        return sha256

    tools = Tools(key="dry-run", store_root=store, keep_file=keep, raw_path=files_by_hash.__getitem__)
    found = finding.compute(recipe.imports, tools)
    read = reading.compute(found.kept, recipe.imports, trial, tools)
    facts = read.facts
    if as_json:
        files = list(facts["files"].values())
        stages = [asdict(one) for one in pricing.price(recipe, CHUNK.empty_table(), read.kept)]
        click.echo(json.dumps({"dataset": recipe.dataset, "dry_run": True, "stages": stages, "files": files}))
        return
    console = Console()
    for note in (*found.facts["notes"], *facts["notes"]):
        console.print(Text(note), soft_wrap=True)
    for warning in facts["warnings"]:
        console.print(Text(f"! {warning}", style="yellow"), soft_wrap=True)
    if recipe.used_teachers():
        pricing.dry_run(recipe, store, trial, as_json=False)
    else:
        console.print("no teacher is asked: curating costs nothing")
