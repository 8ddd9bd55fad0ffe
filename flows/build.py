"""Documents, seed tasks and topics become a dataset: documents → methods → pool → screened → answers → methods that read rows →
reviewed → cleaned → filtered → verified → clustered → mixed → divided → audited → released. Run it as
`python flows/build.py RECIPE`, or from the command line as `instructory build RECIPE`."""

import os
import sys
from pathlib import Path

from prefect import flow

from flows import first_rows
from flows.curate import imported
from flows.parameters import resolved, run_name, store_named
from flows.recipe import Recipe
from flows.steps import (
    counted,
    divided,
    generate,
    open_build,
    pinned_filters,
    previous_release,
    release,
    reviewed,
    screen,
    verify,
)
from tasks.stages import answers, audit, cleaning, clusters, documents, filters, inventory, mix, pool
from tasks.store.manifest import Release
from tasks.store.snapshot import Snapshot


@flow(name="build", flow_run_name=run_name, validate_parameters=False)
def build(recipe: Recipe | str, store: Path | None = None, trial: int | None = None) -> Release:
    """Build a dataset from what the recipe names and release it. `trial` takes that many documents only; `store` is else
    that of the process: INSTRUCTORY_STORE, or .instructory."""
    recipe = resolved(recipe, trial)
    with open_build(recipe, store_named(store)):
        if trial is None:
            first_rows.require(recipe, lambda few, limit: verified_rows(few, limit)[0])
        verified, passages = verified_rows(recipe, trial)
        mixed = mix(clusters(verified, recipe.clusters), recipe.mix)
        mixed = counted(recipe, divided(recipe, mixed, passages))
        audited = audit(mixed, previous_release(recipe.dataset, mixed), passages, recipe.audit_settings())
        return release(audited, recipe)


def verified_rows(recipe: Recipe, limit: int | None) -> tuple[Snapshot, Snapshot | None]:
    """The rows that passed filters and verification, and the passages that they were made from; of the first `limit` documents and
    records of open datasets, if there is one."""
    passages = documents(inventory(recipe.documents, limit), recipe.chunking) if recipe.documents else None
    made = pool(generate(recipe, passages), passages)
    if passages is not None:
        teacher = recipe.teacher_called(recipe.answers.teacher)
        made = answers(screen(recipe, made), passages, recipe.answers, teacher, recipe.budget)
    rows = [made, *imported(recipe, limit)]
    rows += generate(recipe, passages, rows)
    cleaned = cleaning(reviewed(recipe, rows), passages, recipe.cleaning)
    kept = filters(cleaned, passages, pinned_filters(recipe))
    return verify(recipe, kept, passages), passages


if __name__ == "__main__":
    # a new process: Prefect read its settings when this one imported it, before the command line could choose a server
    os.execv(sys.executable, [sys.executable, "-P", "-m", "flows.cli", "build", *sys.argv[1:]])  # noqa: S606
