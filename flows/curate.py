"""Rows that exist already become a dataset: imported → methods that read rows → reviewed → cleaned → filtered → verified →
clustered → mixed → divided → audited → released."""

from pathlib import Path

from prefect import flow

from flows import first_rows
from flows.parameters import resolved, run_name, store_named
from flows.recipe import Recipe
from flows.splitting import check_evaluation, divided, release_evaluation
from flows.steps import (
    counted,
    generate,
    open_build,
    pinned_filters,
    previous_release,
    release,
    reviewed,
    verify,
)
from tasks.stages import audit, cleaning, clusters, datasets, filters, imports, mix
from tasks.store.manifest import Release
from tasks.store.snapshot import Snapshot


@flow(name="curate", flow_run_name=run_name, validate_parameters=False)
def curate(recipe: Recipe | str, store: Path | None = None, trial: int | None = None) -> Release:
    """Curate open datasets and release the result. `trial` takes that many rows only; `store` is else
    that of the process: INSTRUCTORY_STORE, or .instructory."""
    recipe = resolved(recipe, trial)
    with open_build(recipe, store_named(store)):
        check_evaluation(recipe)
        if trial is None:
            first_rows.require(recipe, verified_rows)
        verified = verified_rows(recipe, trial)
        mixed = mix(clusters(verified, recipe.clusters), recipe.mix)
        mixed = counted(recipe, divided(recipe, mixed, None))
        audited = audit(mixed, previous_release(recipe.dataset, mixed), None, recipe.audit_settings())
        released = release(audited, recipe)
        release_evaluation(recipe, None)
        return released


def verified_rows(recipe: Recipe, limit: int | None) -> Snapshot:
    """The rows that passed filters and verification; of the first `limit` records, if there is one."""
    rows = imported(recipe, limit)
    rows += generate(recipe, None, rows)
    cleaned = cleaning(reviewed(recipe, rows), None, recipe.cleaning)
    kept = filters(cleaned, None, pinned_filters(recipe))
    return verify(recipe, kept, None)


def imported(recipe: Recipe, trial: int | None) -> list[Snapshot]:
    """The rows of the recipe's datasets, if it names any."""
    if not recipe.datasets:
        return []
    return [imports(datasets(recipe.imports), recipe.imports, trial)]
