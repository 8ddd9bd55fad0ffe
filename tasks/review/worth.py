"""What the reasons are worth for which builds reject rows: people look at a sample of the rejected, and say which were good."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.review.decisions import Decision
from tasks.review.judgements import Item, item_of
from tasks.text.agreement import share, wilson


def worth(decisions: Sequence[Decision], rejected: Mapping[str, int] | None = None) -> list[dict[str, Any]]:
    """Of decisions that stand: for each stage/reason of which people judged rejected rows, how many rows they judged, and
    `precision`, the share of them that most of those who judged it would not keep as it is, with its 95 % interval. A row of which
    as many said the one as the other counts in `undecided` only. `rejected`: how many rows the latest build rejected, by
    stage/reason. The worst come first.
    """
    votes: dict[str, dict[Item, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for one in decisions:
        if one.refused and one.word != "prefer":
            votes[one.refused][item_of(one)].append(one.word != "accept")
    found = [_of(reason, list(rows.values()), (rejected or {}).get(reason)) for reason, rows in sorted(votes.items())]
    return sorted(found, key=lambda one: one["precision"] if one["precision"] is not None else 1.0)


def _of(reason: str, rows: list[list[bool]], rejected: int | None) -> dict[str, Any]:
    decided = [2 * sum(votes) > len(votes) for votes in rows if 2 * sum(votes) != len(votes)]
    low, high = wilson(sum(decided), len(decided))
    return {
        "reason": reason,
        "rejected": rejected,
        "reviewed": len(rows),
        "undecided": len(rows) - len(decided),
        "wrongly_rejected": len(decided) - sum(decided),
        "precision": share(sum(decided), len(decided)),
        "precision_low": None if low is None else round(low, 4),
        "precision_high": None if high is None else round(high, 4),
    }
