"""Documents, seed tasks and topics become a dataset: documents → methods → pool → screened → answers → methods that read rows →
reviewed → cleaned → filtered → verified → clustered → mixed → divided → audited → released; up to the verifiers in rounds, where
the recipe has a target. Run it as `python flows/build.py RECIPE`, or from the command line as `instructory build RECIPE`."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from prefect import flow

from flows import first_rows
from flows.curate import imported
from flows.parameters import resolved, run_name, store_named
from flows.recipe import Recipe
from flows.rounds import MadeRows, until_target
from flows.splitting import check_evaluation, divided, release_evaluation
from flows.steps import (
    counted,
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
        check_evaluation(recipe)
        if trial is None:
            first_rows.require(recipe, lambda few, limit: verified_rows(few, limit)[0])
        verified, passages = verified_rows(recipe, trial)
        mixed = mix(clusters(verified, recipe.clusters), recipe.mix)
        mixed = counted(recipe, divided(recipe, mixed, passages))
        audited = audit(mixed, previous_release(recipe.dataset, mixed), passages, recipe.audit_settings())
        released = release(audited, recipe)
        release_evaluation(recipe, passages)
        return released


def verified_rows(recipe: Recipe, limit: int | None) -> tuple[Snapshot, Snapshot | None]:
    """The rows that passed filters and verification, and the passages that they were made from; of the first `limit` documents and
    records of open datasets, if there is one."""
    passages = documents(inventory(recipe.documents, limit), recipe.chunking) if recipe.documents else None
    make, keep = partial(made_in, recipe, passages, limit), partial(kept_of, recipe, passages)
    return until_target(recipe, make, keep), passages


def made_in(
    recipe: Recipe,
    passages: Snapshot | None,
    limit: int | None,
    number: int,
    asked: Sequence[Snapshot],
    kept: Snapshot | None,
) -> MadeRows | None:
    """The rows of round `number`, in the first with those of the recipe's datasets; None where a later one made nothing new.
    `asked`: what earlier rounds asked; `kept`: what is kept of them."""
    before = list(asked) or None
    new = generate(recipe, passages, number=number, kept=kept)
    if number > 1 and not any(made.rows for made in new):
        return None
    pooled = made = pool.in_round(number)(new, passages, before)
    if passages is not None and (made.rows or number == 1):
        made = screen(recipe, made, before, number)
        if made.rows or number == 1:
            teacher = recipe.teacher_called(recipe.answers.teacher)
            made = answers.in_round(number)(made, passages, recipe.answers, teacher, recipe.budget)
    if number > 1 and not made.rows:
        return None
    rows = [made, *(imported(recipe, limit) if number == 1 else [])]
    return MadeRows(pooled, rows + generate(recipe, passages, rows, number))


def kept_of(recipe: Recipe, passages: Snapshot | None, rows: Sequence[Snapshot]) -> Snapshot:
    """What the filters and verifiers keep of `rows`."""
    cleaned = cleaning(reviewed(recipe, list(rows)), passages, recipe.cleaning)
    return verify(recipe, filters(cleaned, passages, pinned_filters(recipe)), passages)


if __name__ == "__main__":
    # a new process: Prefect read its settings when this one imported it, before the command line could choose a server
    os.execv(sys.executable, [sys.executable, "-P", "-m", "flows.cli", "build", *sys.argv[1:]])  # noqa: S606
