"""A rule for many rows tried before it is applied: how many of the rows that it edits the next build would refuse, and for what."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from flows.review.edit_trial import Edits, TriedEdit
from tasks.review.refusals import RefusedRow

SECONDS: Final = 5.0
"""So long a preview tries rows; a person waits for it."""
AT_ONCE: Final = 20
"""Rows between two looks at the clock; so many are tried however long it takes."""


@dataclass(frozen=True)
class TriedRule:
    """What the next build would make of the rows that a rule edits."""

    rows: int
    """Rows that were tried."""
    refused: Mapping[str, tuple[RefusedRow, ...]] = field(default_factory=dict)
    """Row → every reason to refuse it."""
    not_tried: Mapping[str, str] = field(default_factory=dict)
    """Filters that were not asked → why."""

    @property
    def reasons(self) -> list[tuple[RefusedRow, int]]:
        """One refusal for each reason, and how many rows have it; the most frequent first."""
        counts: dict[str, int] = {}
        first: dict[str, RefusedRow] = {}
        for refusals in self.refused.values():
            for name, one in {one.name: one for one in refusals}.items():
                counts[name] = counts.get(name, 0) + 1
                first.setdefault(name, one)
        return sorted(((first[name], count) for name, count in counts.items()), key=lambda one: (-one[1], one[0].name))


def tried(trial: Callable[[Edits], Mapping[str, TriedEdit]], edits: Edits, seconds: float = SECONDS) -> TriedRule:
    """Try the edits of a rule by `trial` until `seconds` have passed, in the order of the rows' ids: these are hashes, so that the
    rows that there was time for are drawn at random, and are the same again."""
    end = time.monotonic() + seconds
    rows, refused, not_tried = 0, dict[str, tuple[RefusedRow, ...]](), dict[str, str]()
    ids = sorted(edits)
    while ids:
        some, ids = ids[:AT_ONCE], ids[AT_ONCE:]
        if rows and time.monotonic() > end:
            break
        for row_id, one in trial({row_id: edits[row_id] for row_id in some}).items():
            rows += 1
            not_tried |= one.not_tried
            if one.refusals:
                refused[row_id] = one.refusals
    return TriedRule(rows, refused, not_tried)
