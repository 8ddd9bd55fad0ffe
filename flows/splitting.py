"""The split of a recipe: sides that stay from release to release, and the evaluation rows as a dataset of their own."""

from dataclasses import replace

from flows.recipe import Recipe
from flows.steps import columns, previous_release, release
from tasks.core.errors import BadInput
from tasks.core.schema import CHUNK, CLUSTERED, rejected
from tasks.pipeline.build import Build, Listener, building, current
from tasks.stages import audit, evaluation, split
from tasks.store.lease import lease
from tasks.store.manifest import Release
from tasks.store.snapshot import Snapshot
from tasks.store.store import DATASET_NAME, dataset_name


def check_evaluation(recipe: Recipe) -> None:
    """Before any work, BadInput where the rows for evaluation could not be kept apart: the name of their dataset is too long or is
    another dataset's, or the recipe no longer divides rows of which some are held for evaluation."""
    name = evaluation_name(recipe.dataset)
    if recipe.split is None:
        if _evaluation_versions(recipe.dataset):
            raise BadInput(
                f"{name} holds rows of {recipe.dataset} that are never trained on; keep `split` in the recipe, or give the "
                "dataset another name"
            )
    elif recipe.split.evaluation:
        taken = current().store.versions(dataset_name(name))
        if taken != _evaluation_versions(recipe.dataset):
            raise BadInput(
                f"split.evaluation: its rows would be released as {name}, which is another dataset; give this one another name"
            )


def divided(recipe: Recipe, mixed: Snapshot, passages: Snapshot | None) -> Snapshot:
    """The rows of the mix with their sides: training, validation or test. As they are where the recipe asks for no split."""
    if recipe.split is None:
        return mixed
    documents = replace(passages, schema=columns(CHUNK, "chunk_id", "document_id")) if passages else None
    before = _released_before(recipe, mixed, recipe.dataset, current().store.versions(recipe.dataset))
    apart = evaluation_name(recipe.dataset)
    evaluated = _released_before(recipe, mixed, apart, _evaluation_versions(recipe.dataset))
    return split(mixed, before or None, evaluated or None, documents, recipe.split)


def release_evaluation(recipe: Recipe, passages: Snapshot | None) -> Release | None:
    """Release the rows that the split of the build at hand holds for evaluation, as DATASET-evaluation: with the gates, report and
    card of any release, but for the least number of rows. None where there are none."""
    build = current()
    stages = [done.manifest.stage for done in build.done]
    if split.name not in stages:
        return None
    until = stages.index(split.name) + 1
    manifest = build.done[until - 1].manifest
    if not manifest.reasons.get("held_for_evaluation"):
        return None
    name = evaluation_name(recipe.dataset)
    with lease(build.store.root, name, build.name) as held:
        apart = replace(
            build, dataset=name, listener=Listener(), check_lease=held.check, approval=None, done=build.done[:until],
            verdicts=[one for one in build.verdicts if one.stage in stages[:until]], thresholds=_thresholds(build),
        )  # fmt: skip
        with building(apart):
            rows = evaluation(Snapshot.of(manifest, rejected(CLUSTERED), "rejected"))
            released = release(
                audit(rows, previous_release(name, rows), passages, recipe.audit_settings()),
                recipe.model_copy(update={"dataset": name}),
            )
    build.listener.noted(f"{released.name}: {released.rows:,} rows for evaluation, in a dataset of their own")
    return released


def evaluation_name(dataset: str) -> str:
    """What the dataset of the evaluation rows of `dataset` is called."""
    return f"{dataset}-evaluation"


def _evaluation_versions(dataset: str) -> list[int]:
    """The releases of the evaluation rows of `dataset`. A dataset of that name that was made otherwise is not meant."""
    store, name = current().store, evaluation_name(dataset)
    if not DATASET_NAME.fullmatch(name):
        return []
    return [n for n in store.versions(name) if evaluation.name in dict(store.release(name, n).stages)]


def _thresholds(build: Build) -> dict[str, dict[str, float]]:
    """The build's thresholds without the least numbers of rows, which are meant for the whole."""
    return {
        stage: {name: value for name, value in limits.items() if name != "min_rows"}
        for stage, limits in build.thresholds.items()
    }


def _released_before(recipe: Recipe, mixed: Snapshot, dataset: str, versions: list[int]) -> list[Snapshot]:
    """The sides of the rows of these releases of a dataset, the oldest first, without the latest ones that were made from these
    very rows by the same split: building again asks what it asked."""
    store = current().store
    wanted = recipe.split.model_dump(mode="json") if recipe.split else None
    found: list[Snapshot] = []
    for version in reversed(versions):
        made = store.release(dataset, version)
        if found or dict(made.stages).get(mixed.stage) != mixed.key or made.recipe.get("split") != wanted:
            found.append(Snapshot.of(store.required(*made.stages[-1]), columns(CLUSTERED, "example_id", "split")))
    return found[::-1]
