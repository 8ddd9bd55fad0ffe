"""Decisions of people are laid over the rows of a build, right before cleaning: so an edited text passes cleaning, filters and
verification as any other, a rejected row frees its place in the mix, and the audit measures what people made of the dataset.

A decision counts only for the state of the row that the reviewer saw (`consensus.path`). One about a row that came in another
state does nothing, and the row waits to be looked at again.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import sha256_file
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.core.schema import rejected as rejected_schema
from tasks.review import annotators, consensus, gold
from tasks.review.consensus import StateReview, Votes
from tasks.review.decisions import Decision
from tasks.review.params import FoundDecisions, Review

REASONS: Final = {
    "rejected_by_reviewer": "a person rejected it; detail: reason, reviewer and note",
    "review_conflict": "its reviewers disagree, and the recipe holds such rows back; detail: the reviewers",
}
METHOD: Final = "review"
"""The method of rows that are made here."""
GROUPS: Final = ("source", "method")
"""Columns by which a reviewer may be biased."""
PROMPT: Final = ("system", "history", "instruction", "tools")
_BATCH: Final = 16_384
"""Rows looked at together; only those that somebody decided about become Python objects."""


def compute(rows: pa.Table, found: FoundDecisions, params: Review, tools: Tools) -> Outcome:
    """Kept: `rows` (schema EXAMPLE) with the edits that hold and the column `reviews`; behind an edited row, where `pairs` are
    asked for, a row of method `review` that prefers its response to the one before. Rejects `rejected_by_reviewer` and
    `review_conflict`.

    facts["people"]: `annotators.figures`, of decisions that stand.

    facts["review"]: rows `accepted` as they are, `edited`, `rejected` {reason: rows}, in `conflict`, `stale` (people decided, but
    about another state of them), `waiting` for somebody for one of these two reasons, `undecided` in all; rows that were decided
    about and are `gone`; `pairs` that were made; decisions `by_reviewer`, and how many were made under an `older_guideline` than
    the recipe's; `reviewed_share` of the rows.
    """
    overlay = _Overlay(consensus.by_state(found.decisions), found, params)
    batches = rows.to_batches(max_chunksize=_BATCH)
    kept = [EXAMPLE.empty_table()]
    done = 0
    for batch in batches:
        kept.append(overlay.laid_over(pa.Table.from_batches([batch], EXAMPLE)))
        tools.progress(done := done + batch.num_rows, rows.num_rows)
    refused = pa.Table.from_pylist(overlay.refused, schema=rejected_schema(EXAMPLE))
    facts = {"review": overlay.facts(rows.num_rows), "people": _people(rows, found, params)}
    return Outcome.of(EXAMPLE, pa.concat_tables(kept), refused, facts=facts)


def _people(rows: pa.Table, found: FoundDecisions, params: Review) -> dict[str, Any]:
    """What the reviewers are like (`annotators.figures`), called as what is released calls them; empty without decisions."""
    ids = pa.array(sorted({one.example_id for one in found.decisions}), pa.string())
    decided = rows.filter(pc.is_in(rows["example_id"], value_set=ids)).select(["example_id", "content_hash", *GROUPS])
    columns = {name: decided[name].to_pylist() for name in decided.column_names}
    by = {name: dict(zip(columns["example_id"], columns[name], strict=True)) for name in ("content_hash", *GROUPS)}
    decisions = [
        one.model_copy(update={"reviewer": found.names.get(one.reviewer, one.reviewer)}) for one in found.decisions
    ]
    right = gold.known(params.gold, by["content_hash"]) if params.gold else {}
    return annotators.figures(decisions, {name: by[name] for name in GROUPS}, right)


@dataclass
class _Overlay:
    """What was decided, and what became of the rows so far."""

    votes: Votes
    found: FoundDecisions
    params: Review
    refused: list[Row] = field(default_factory=list)
    fates: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    met: set[str] = field(default_factory=set)
    """Ids of rows that came and that somebody decided about."""
    pairs: int = 0

    def __post_init__(self) -> None:
        self.decided = {one.example_id for one in self.found.decisions}
        self.ids = pa.array(sorted(self.decided), pa.string())

    def laid_over(self, batch: pa.Table) -> pa.Table:
        """The rows of `batch` that stay, in their order, with those that were made of them."""
        at = pc.indices_nonzero(pc.is_in(batch["example_id"], value_set=self.ids))
        if not len(at):
            return batch
        made, order, begin = list[Row](), list[int](), 0
        for number, row in zip(at.to_pylist(), batch.take(at).to_pylist(), strict=True):
            order += range(begin, number)
            stays = self._decided(row)
            order += range(batch.num_rows + len(made), batch.num_rows + len(made) + len(stays))
            made += stays
            begin = number + 1
        order += range(begin, batch.num_rows)
        both = pa.concat_tables([batch, pa.Table.from_pylist(made, schema=EXAMPLE)]).combine_chunks()
        return both.take(pa.array(order, pa.int64()))

    def _decided(self, row: Row) -> list[Row]:
        """What stays of a row: nothing, the row as it is, or with its edits, and perhaps a pair."""
        steps = self._path(row, row["content_hash"])
        fate, stays = self._resolved(row, steps)
        self.met.add(row["example_id"])
        self.fates[fate] += 1
        if fate == "rejected" and steps[-1].by:
            self.reasons[steps[-1].by.reason or "tie"] += 1
        state = steps[-1].state[1]
        pair = self._pair(row, stays[0], state) if self.params.pairs and fate == "edited" else None
        self.pairs += pair is not None
        return [*stays, *(self._resolved(pair, self._path(pair, state))[1] if pair else ())]

    def _path(self, row: Row, state: str) -> list[StateReview]:
        return consensus.path(self.votes, (row["example_id"], state), self.params.consensus)

    def _resolved(self, row: Row, steps: Sequence[StateReview]) -> tuple[str, list[Row]]:
        """What was decided about a row, and the row where it stays."""
        new, last = self._changed(row, steps), steps[-1]
        if last.fate == "conflict" and self.params.conflicts == "hold":
            self._refuse(new, "review_conflict", ", ".join(sorted({self._name(one) for one in last.decisions})))
            return "conflict", []
        if last.fate == "rejected" and last.by:
            self._refuse(new, "rejected_by_reviewer", self._why(last.by))
            return "rejected", []
        if last.fate == "undecided" and len(steps) == 1:
            return "stale", [row]
        return ("conflict" if last.fate == "conflict" else "edited" if len(steps) > 1 else "accepted"), [new]

    def _changed(self, row: Row, steps: Sequence[StateReview]) -> Row:
        new = dict(row)
        for step in steps:
            if step.fate == "changed" and step.by:
                swapped = {"response": new["rejected"], "rejected": new["response"]}
                new |= step.by.edited if step.by.word == "edit" else swapped if new["rejected"] is not None else {}
        after = {step.state: later.state[1] for step, later in pairwise(steps)}
        new["reviews"] = [
            *(row["reviews"] or ()),
            *(self._review(step, one, after.get(step.state)) for step in steps for one in step.decisions),
        ]
        said = [one for step in steps for one in step.decisions if one.word != "reject"]
        weights = [self.params.weights.get(one.reviewer, 1.0) for one in said]
        if any(weight != 1 for weight in weights):
            new["weight"] = (1.0 if row["weight"] is None else row["weight"]) * fmean(weights)
        return new

    def _review(self, step: StateReview, one: Decision, after: str | None) -> Row:
        """One decision as the row tells it; `after` where it led to the row's next state."""
        applied = after if step.by and consensus.leads_to(one) == consensus.leads_to(step.by) else None
        return {
            "reviewer": self._name(one),
            "word": one.word,
            "at": one.at,
            "reason": one.reason or None,
            "preferred": one.preferred or None,
            "criteria": json.dumps(one.criteria, sort_keys=True) if one.criteria else None,
            "note": one.note or None,
            "before": step.state[1],
            "after": applied,
            "guideline": one.guideline or None,
        }

    def _refuse(self, row: Row, reason: str, detail: str) -> None:
        self.refused.append(row | {"reason": reason, "detail": detail})

    def _why(self, one: Decision) -> str:
        return ": ".join(filter(None, (one.reason or "tie", f"by {self._name(one)}", one.note)))

    def _name(self, one: Decision) -> str:
        return self.found.names.get(one.reviewer, one.reviewer)

    def _pair(self, before: Row, row: Row, state: str) -> Row | None:
        """The edited response of a row preferred to the one before; None where the question changed too, where the response did
        not, and where one of them says nothing."""
        same = all(row[name] == before[name] for name in PROMPT)
        texts = {row["response"], before["response"]} - {None, ""}
        if not same or len(texts) < 2 or row["rejected"]:
            return None
        return row | {
            "example_id": stable_id(METHOD, row["example_id"], state),
            "parent_id": row["example_id"],
            "method": METHOD,
            "rejected": before["response"],
            "record": None,
            "rationale": next((one["note"] for one in reversed(row["reviews"]) if one["word"] == "edit"), None),
        }

    def facts(self, rows: int) -> dict[str, Any]:
        """What `compute` promises."""
        fates, decisions = self.fates, self.found.decisions
        reviewed = fates["accepted"] + fates["edited"] + fates["rejected"]
        return {
            "accepted": fates["accepted"],
            "edited": fates["edited"],
            "rejected": dict(sorted(self.reasons.items())),
            "conflict": fates["conflict"],
            "stale": fates["stale"],
            "waiting": fates["conflict"] + fates["stale"],
            "undecided": rows - reviewed - fates["conflict"],
            "gone": len(self.decided - self.met),
            "pairs": self.pairs,
            "by_reviewer": dict(sorted(Counter(map(self._name, decisions)).items())),
            "older_guideline": len(consensus.stale_guideline(decisions, sha256_file(self.params.guideline))),
            "reviewed_share": round(reviewed / max(1, rows), 4),
        }
