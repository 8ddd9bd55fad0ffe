"""The first rows of a dataset are shown to people before the rest is made, where a recipe asks for it (`review.first`).

A build makes few rows, through the same stages as all: of one document, or of as many records as rows are wanted, and twice as
much until enough rows passed filters and verification. Then it waits until people have decided about them. What was asked of a
model is in the journal, so rows that the whole build makes again in the same way are not paid for twice.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from prefect.input import RunInput
from prefect.runtime import deployment

from flows import approval
from flows.recipe import Recipe, trial
from tasks.core.errors import GateFailed
from tasks.core.params import canonical_json
from tasks.generation.method import MethodParams
from tasks.pipeline.build import Build, building, current
from tasks.store.manifest import Ledger
from tasks.store.snapshot import Snapshot

Make = Callable[[Recipe, int], Snapshot]
"""`(recipe, limit)` → the verified rows of so many documents, or records of open datasets."""
SIZES: Final = ("rows", "most", "topics", "scenarios")
"""Settings of methods that say how much is made."""
INPUTS: Final = ("inventory", "imports")
"""Stages that read no more than a limit."""


class ReviewedForm(RunInput):
    """The form that a suspended run shows. It asks nothing: the run goes on when people have decided and it is submitted."""


def require(recipe: Recipe, make: Make) -> None:
    """Return when people have accepted enough of the first rows, now or in an earlier build of the same kind; GateFailed if they
    did not, or if nobody was there to be asked."""
    build, review = current(), recipe.review
    if review is None or review.first is None:
        return
    kind = _kind(recipe)
    if approval.recorded(build.store, recipe.dataset, kind) is not None:
        return
    small = _first_made(build, recipe, review.first, make)
    manifests = {done.manifest.stage: done.manifest for done in small.done}
    facts: dict[str, Any] = manifests["review"].facts["review"]
    refused = sum(facts["rejected"].values())
    decided = facts["accepted"] + facts["edited"] + refused
    wanted = min(review.first, small.done[-1].manifest.ledger.kept + refused)
    said = f"{facts['accepted']} of {decided} accepted as they are"
    if decided < wanted:
        _ask(recipe, f"{decided} of its first {wanted} rows are decided about", kind, review.hours)
    if facts["accepted"] < review.accepted * decided:
        raise GateFailed(
            f"{recipe.dataset}: {said}, and the recipe asks for {review.accepted:.0%} of its first rows (`review.accepted`); "
            "nothing else was made. Change the recipe by what reviewers wrote, and run again"
        )
    by = ", ".join(facts["by_reviewer"])
    approval.record(build.store, recipe.dataset, kind, True, by, f"first rows: {said}")


def smaller(recipe: Recipe, rows: int) -> Recipe:
    """The same recipe, with methods that make as few rows as are wanted; a least number of rows is expected of none."""
    entries = tuple(entry.model_copy(update=_sizes(entry, rows)) for entry in recipe.generate)
    return trial(recipe).model_copy(update={"generate": entries, "dataset": recipe.dataset})


def _sizes(entry: MethodParams, rows: int) -> dict[str, int]:
    given = {name: getattr(entry, name) for name in SIZES if name in type(entry).model_fields}
    return {name: min(size or rows, rows) for name, size in given.items() if isinstance(size, int | None)}


def _first_made(build: Build, recipe: Recipe, wanted: int, make: Make) -> Build:
    """A part of the build that made the first rows: enough of them, or all that there are."""
    few = smaller(recipe, wanted)
    limit, before = 1 if recipe.documents else wanted, list[Ledger]()
    while True:
        part = replace(build, thresholds=few.thresholds(), asked={}, done=[], verdicts=[])
        with building(part):
            made = make(few, limit)
        read = [done.manifest.ledger for done in part.done if done.manifest.stage in INPUTS]
        if made.rows >= wanted or read == before:
            return part
        limit, before = limit * 2, read


def _ask(recipe: Recipe, state: str, kind: str, hours: float) -> None:
    """Wait for people: in Prefect by suspending the run, which begins anew when it is resumed; else GateFailed."""
    line = f"{recipe.dataset}: {state}, and the rest waits for that: type `instructory review {recipe.dataset}@draft`"
    if not deployment.get_id():
        raise GateFailed(f"{line}, and run the same command again")
    form = ReviewedForm.with_initial_data(description=f"{line}, and submit this form when it is done.")
    for _ in approval.answers(form, f"first-{kind[:16]}", hours):
        continue  # submitted before, while there was still something to decide


def _kind(recipe: Recipe) -> str:
    """A hash of what the rows are made of and how: with other methods, models or sources, the first rows are others."""
    review = recipe.review
    made = [recipe.generate, recipe.answers, recipe.chunking, recipe.teacher, *sorted(recipe.teachers.items())]
    sources = [one.model_dump(mode="json") for one in (*recipe.documents, *recipe.datasets)]
    asked = review and [review.first, review.accepted, review.guideline.read_text("utf-8")]
    return hashlib.sha256(canonical_json([made, sources, asked]).encode()).hexdigest()
