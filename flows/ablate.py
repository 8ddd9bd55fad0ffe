"""Does a dataset help a model? Small students learn from all of it, from less of it, without each slice and from another
dataset, and are asked how likely they find answers that none of them saw: released rows → students → what the differences allow
to say. Run it as `instructory ablate DATASET`."""

from pathlib import Path

import pyarrow.compute as pc
from prefect import flow

from flows.ablation import Ablation
from flows.curate import imported
from flows.parameters import store_named
from flows.recipe import Recipe
from flows.steps import open_build
from flows.win_rates import answers, judging, win_rates
from tasks.core.errors import BadInput
from tasks.core.schema import CLUSTERED
from tasks.imports.params import Dataset
from tasks.pipeline.build import current
from tasks.pipeline.task_runs import run_as_task
from tasks.stages import student
from tasks.store.manifest import Release
from tasks.store.snapshot import Snapshot
from tasks.store.store import Store
from tasks.students import network
from tasks.students.results import Ablated, StudentAsked, results
from tasks.students.settings import StudentPart, StudentRun

SHARES = (0.25, 0.5)
"""Of the tokens: the scaling curve below the whole."""
LEAST_SLICE = 0.05
"""Share of the rows below which a slice is too small to be left out and missed."""
MOST_SLICES = 6


@flow(name="ablate", validate_parameters=False)
def ablate(ablation: Ablation, store: Path | None = None) -> Ablated:
    """Train the students of an ablation and say what they show. Every student is a cached task. Raises BadInput."""
    network.require()
    files = [Dataset(path=ablation.held_out_file)] if ablation.held_out_file else []
    name = ablation.dataset.partition("@")[0]
    root = store_named(store)
    release = _release(Store(root), ablation.dataset)
    recipe = Recipe.model_validate(
        {"dataset": f"{name[:50]}-ablation", "datasets": files, **judging(ablation, release)}
    )
    with open_build(recipe, root) as build:
        rows = _rows(release)
        asked = imported(Recipe(dataset=name, datasets=files), None)
        other = _rows(_release(build.store, ablation.against)) if ablation.against else None
        made: list[StudentAsked] = []
        students: dict[StudentPart, list[Snapshot]] = {}
        for part in parts_of(ablation, rows):
            for seed in range(ablation.seeds):
                run = StudentRun(
                    part=part, student=ablation.student, held_out=ablation.held_out, tokens=ablation.tokens, seed=seed,
                    answers=answers(ablation, part),
                )  # fmt: skip
                found = student(f"student_{part.identifier}_{seed}")(rows, asked or None, other, run)
                students.setdefault(part, []).append(found)
                made.append(StudentAsked(part, seed, build.done[-1].manifest, found.table(build.store)))
        judged = win_rates(ablation, recipe, rows, asked or None, students)
        return run_as_task("results", results, build.store, release, made, judged)


def parts_of(ablation: Ablation, rows: Snapshot) -> list[StudentPart]:
    """The parts that students learn from: nothing, the scaling curve, the whole, each slice left out, the other dataset."""
    table = rows.table(current().store)
    found = [StudentPart(kind="none"), *(StudentPart(share=share) for share in SHARES), StudentPart()]
    for column in ablation.by:
        counts = sorted(
            ((one["counts"], one["values"]) for one in pc.value_counts(table[column]).to_pylist() if one["values"]),
            key=lambda one: (-one[0], one[1]),
        )
        slices = [value for count, value in counts if LEAST_SLICE <= count / table.num_rows < 1 - LEAST_SLICE]
        found += [StudentPart(kind="without", column=column, value=value) for value in slices[:MOST_SLICES]]
    return [*found, StudentPart(kind="baseline", value=ablation.against)] if ablation.against else found


def _release(store: Store, name: str) -> Release:
    dataset, _, version = name.partition("@")
    if version and not version.isdigit():
        raise BadInput(f"{name}: name a release, e.g. {dataset}@1")
    return store.release(dataset, int(version) if version else None)


def _rows(release: Release) -> Snapshot:
    return Snapshot.of(current().store.required(*release.stages[-1]), CLUSTERED)
