"""The main job: documents → seeds → answers → evolved → cleaned → filtered → clustered → mixed → audited → released."""

from pathlib import Path

from prefect import flow

from flows.curate import imported
from flows.factory import factory, pinned_filters, previous_release, release
from flows.parameters import run_name, settled
from flows.recipe import Recipe
from tasks.stages import answer, balance, clean, cluster, collect, develop, grow_seeds, ingest, measure, pool, sift
from tasks.store.manifest import Release


@flow(name="build", flow_run_name=run_name, validate_parameters=False)
def build(recipe: Recipe | str, store: Path = Path(".instructory"), trial: int | None = None) -> Release:
    """Build a dataset from documents and release it. `trial` takes that many documents only."""
    recipe = settled(recipe, trial)
    with factory(recipe, store):
        inventory = collect(recipe.documents, trial)
        chunks = ingest(inventory, recipe.chunking)
        seeds = grow_seeds(chunks, recipe.seeds, recipe.teacher, recipe.budget)
        answered = answer(seeds, chunks, recipe.answers, recipe.teacher, recipe.budget)
        evolved = develop(answered, chunks, recipe.evolve, recipe.teacher, recipe.budget)
        examples = pool(evolved, imported(recipe, trial)) if recipe.datasets else evolved
        cleaned = clean(examples, chunks, recipe.cleaning)
        kept = sift(cleaned, chunks, pinned_filters(recipe))
        themed = cluster(kept, recipe.clusters)
        balanced = balance(themed, recipe.mix)
        audited = measure(balanced, previous_release(recipe.dataset, balanced), chunks, recipe.audit)
        return release(audited, recipe)
