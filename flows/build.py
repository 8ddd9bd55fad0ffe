"""The main job: documents → seeds → answers → evolved → filtered → clustered → mixed → audited → released."""

from pathlib import Path

from prefect import flow

from flows.factory import factory, previous_release, release
from flows.recipe import Recipe
from tasks.core.manifest import Release
from tasks.stages import answer, balance, cluster, collect, develop, grow_seeds, ingest, measure, sift


@flow(name="build", flow_run_name="{recipe.dataset}", validate_parameters=False)
def build(recipe: Recipe, store: Path = Path(".instructory"), trial: int | None = None) -> Release:
    """Build a dataset from documents and release it. `trial` takes that many documents only."""
    with factory(recipe, store):
        inventory = collect(recipe.documents, trial)
        chunks = ingest(inventory, recipe.chunking)
        seeds = grow_seeds(chunks, recipe.seeds, recipe.teacher, recipe.budget)
        answered = answer(seeds, chunks, recipe.answers, recipe.teacher, recipe.budget)
        evolved = develop(answered, chunks, recipe.evolve, recipe.teacher, recipe.budget)
        kept = sift(evolved, chunks, recipe.filters)
        themed = cluster(kept, recipe.clusters)
        balanced = balance(themed, recipe.mix)
        audited = measure(balanced, previous_release(recipe.dataset, balanced), chunks, recipe.audit)
        return release(audited, recipe)
