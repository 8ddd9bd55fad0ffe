"""What flows do with reviewers' decisions: labels for the judges that are measured by them."""

from typing import TypeVar

from tasks.core.params import canonical_json
from tasks.review.decisions import Decisions
from tasks.review.labels import labelled, seen
from tasks.store.files import private_folder
from tasks.store.store import Store
from tasks.verification.judges import rubric
from tasks.verification.judges.judge import REVIEWS, JudgeParams
from tasks.verification.verifier import VerifierParams

Entry = TypeVar("Entry", bound=VerifierParams)


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
