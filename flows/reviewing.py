"""What flows do with reviewers' decisions: labels for the judges that are measured by them, and figures about the reviewers."""

from pathlib import Path
from typing import Any, Final, TypeVar

from tasks.core.params import canonical_json
from tasks.review.annotators import figures
from tasks.review.decisions import Decisions
from tasks.review.gold import file_of, known
from tasks.review.labels import labelled, seen
from tasks.review.shown import rows_to_review, states_at_first
from tasks.review.worth import worth
from tasks.store.files import private_folder
from tasks.store.manifest import Release
from tasks.store.store import Store
from tasks.verification.judges import rubric
from tasks.verification.judges.judge import REVIEWS, JudgeParams
from tasks.verification.verifier import VerifierParams

Entry = TypeVar("Entry", bound=VerifierParams)
GROUPS: Final = ("source", "method")
"""Columns by which a reviewer may be biased."""


def with_labels(entry: Entry, store: Store, dataset: str) -> Entry:
    """`entry`, and where it is a judge that is measured by reviews, with the file that they were put into:
    labels/DATASET/ENTRY.jsonl in the store. A judge of a dataset that nobody reviewed has no labels."""
    if not isinstance(entry, JudgeParams) or entry.calibrate != REVIEWS:
        return entry
    found = rubric.load(entry.rubric)
    decisions = Decisions(store, dataset).standing()
    scales = {} if found.judges == "pair" else {one.name: found.levels for one in found.criteria}
    wanted = "preferred" if found.judges == "pair" else "label"
    rows = seen(store, dataset, decisions)
    lines = [canonical_json(row) for row in labelled(decisions, rows, scales) if row.get(wanted)]
    if not lines:
        return entry.model_copy(update={"calibrate": None})
    folder = private_folder(store.root / "labels" / dataset)
    path = folder / f"{entry.name or entry.verifier}.jsonl"
    store.backend.replace(path, "".join(f"{line}\n" for line in lines).encode())
    return entry.model_copy(update={"calibrate": path})


def agreement(store: Store, release: Release, gold: Path | None = None) -> dict[str, Any]:
    """All figures about the reviewers of a dataset, and what the reasons of its filters are worth; empty without decisions. Gold
    rows are those of a file, else of the file that the recipe names."""
    kept = Decisions(store, release.dataset)
    rows = rows_to_review(store, release, GROUPS)
    ids = rows["example_id"].to_pylist()
    groups = {column: dict(zip(ids, rows[column].to_pylist(), strict=True)) for column in GROUPS}
    gold = gold or file_of(release.recipe)
    right = known(gold, states_at_first(store, release)) if gold else {}
    rejected = {
        f"{stage}/{reason}": count
        for stage, key in release.stages
        for reason, count in store.required(stage, key).reasons.items()
    }
    found = figures(kept.all(), groups, right)
    return found and found | {"filters": worth(kept.standing(), rejected)}
