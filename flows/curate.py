"""Data that exists already: datasets → rows → cleaned → filtered → clustered → mixed → audited → released."""

from pathlib import Path

from prefect import flow

from flows.factory import factory, pinned_filters, previous_release, release, told
from flows.parameters import run_name, settled
from flows.recipe import Recipe
from tasks.stages import balance, clean, cluster, find, measure, read, sift
from tasks.store.manifest import Release
from tasks.store.snapshot import Snapshot


@flow(name="curate", flow_run_name=run_name, validate_parameters=False)
def curate(recipe: Recipe | str, store: Path = Path(".instructory"), trial: int | None = None) -> Release:
    """Curate open datasets and release the result. `trial` takes that many rows only."""
    recipe = settled(recipe, trial)
    with factory(recipe, store):
        rows = imported(recipe, trial)
        cleaned = clean(rows, None, recipe.cleaning)
        kept = sift(cleaned, None, pinned_filters(recipe))
        themed = cluster(kept, recipe.clusters)
        balanced = balance(themed, recipe.mix)
        audited = measure(balanced, previous_release(recipe.dataset, balanced), None, recipe.audit)
        return release(audited, recipe)


def imported(recipe: Recipe, trial: int | None) -> Snapshot:
    """The rows of the recipe's datasets; what was recognised, and under which licence, is said."""
    files = find(recipe.imports)
    return told(read(files, recipe.imports, trial))
