"""Rows drawn so that their lengths, first words or domains are spread as those of a reference.

Every row gets a weight: the reference's share of its bins over the pool's, fitted to all dimensions in turn (iterative proportional
fitting, Deming & Stephan 1940). Then rows are drawn systematically with probabilities in proportion to their weights, no row twice.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from tasks.containers.reference_rows import rows_of_file, rows_of_release
from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.mix.limits import Ints, words
from tasks.mix.params import Match
from tasks.mix.preference import draws

VERBS: Final = 50
"""Most frequent first words of the reference that are bins of their own; the others are one."""
ROUNDS: Final = 50
"""Of fitting; each dimension once in a round."""

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def matched(examples: pa.Table, params: Match, rows: int, seed: int, tools: Tools) -> tuple[Ints, dict[str, Any]]:
    """Row numbers, the drawn `rows` first, then the others by falling weight; and facts: rows of the reference, and the
    Jensen-Shannon distance (0 … 1, the root of the divergence in bits) of each dimension before and after."""
    key = "mix: match: reference"
    if params.reference is not None:
        reference = rows_of_file(params.reference, key)
    else:
        reference = rows_of_release(params.release, tools.store_root, "mix: match: release")
    wanted, own = _bins(reference, reference, params.by), _bins(examples, reference, params.by)
    weights = _fitted(wanted, own, examples.num_rows)
    draw = draws(examples, seed)
    chosen = _systematic(weights, np.lexsort((draw, weights)), min(rows, examples.num_rows))
    inside = np.zeros(examples.num_rows, bool)
    inside[chosen] = True
    order = np.lexsort((draw, -weights, ~inside)).astype(np.int64)
    distance = {
        name: {
            "before": js_distance(wanted[name], own[name]),
            "after": js_distance(wanted[name], [own[name][row] for row in chosen.tolist()]),
        }
        for name in params.by
    }
    return order, {"reference_rows": reference.num_rows, "distance": distance}


def _bins(table: pa.Table, reference: pa.Table, by: Sequence[str]) -> dict[str, list[str]]:
    """By dimension, the bin of each row."""
    found = {}
    for name in by:
        if name == "length":
            found[name] = [str(value) for value in np.log2(np.maximum(words(table), 1)).round(0).astype(int).tolist()]
        elif name == "verb":
            frequent = {verb for verb, _ in Counter(_verbs(reference)).most_common(VERBS)}
            found[name] = [verb if verb in frequent else "(other)" for verb in _verbs(table)]
        elif (column := table["domain"]).null_count == table.num_rows:
            raise BadInput(
                "mix: match: by domain: no row has a domain; add `{verifier: domain}` under `verify`, and as reference a "
                "release that had one"
            )
        else:
            found[name] = [value or "(none)" for value in column.to_pylist()]
    return found


def _verbs(table: pa.Table) -> list[str]:
    """The first word of each instruction: in a request, its verb."""
    first = ((text or "").split(maxsplit=1)[:1] for text in table["instruction"].to_pylist())
    return [word[0].strip(".,:;!?\"'").lower() if word else "" for word in first]


def _fitted(wanted: dict[str, list[str]], own: dict[str, list[str]], rows: int) -> Floats:
    weights = np.ones(rows)
    coded = []
    for name, values in own.items():
        names, at = np.unique(np.array(values, object).astype(str), return_inverse=True)
        counts = Counter(wanted[name])
        share = np.array([counts[bin_] for bin_ in names.tolist()], np.float64)
        coded.append((at, share / max(share.sum(), 1)))
    for _ in range(ROUNDS):
        for at, share in coded:
            have = np.bincount(at, weights, len(share))
            if have.sum() > 0 and share.sum() > 0:
                weights *= np.divide(share, have / have.sum(), out=np.zeros_like(share), where=have > 0)[at]
                weights /= max(weights.max(), 1e-300)
    return weights


def _systematic(weights: Floats, order: Ints, rows: int) -> Ints:
    """`rows` row numbers, each with probability in proportion to its weight, as far as that is at most 1; fewer where fewer have a
    weight. `order` is the order in which they stand on the line that every so many steps are taken on (Madow 1949)."""
    share = np.zeros(len(weights))
    sure = np.zeros(len(weights), bool)
    rows = min(rows, int((weights > 0).sum()))
    while True:
        free = ~sure & (weights > 0)
        left = rows - int(sure.sum())
        if left <= 0 or not free.any():
            break
        share = np.where(free, weights * left / weights[free].sum(), 0.0)
        if not (over := share >= 1).any():
            break
        sure |= over
    share[sure] = 1.0
    line = np.concatenate([[0.0], np.cumsum(share[order])])
    steps = np.floor(line + 0.5 - 1e-9)
    return np.sort(order[np.diff(steps) > 0])


def js_distance(one: Sequence[str], other: Sequence[str]) -> float:
    """The Jensen-Shannon distance of two samples of bins: 0 the same shares, 1 nothing in common (Endres & Schindelin 2003)."""
    names = sorted({*one, *other})
    if not one or not other:
        return 1.0
    p, q = (
        np.array([counts[name] for name in names]) / len(sample)
        for sample in (one, other)
        for counts in [Counter(sample)]
    )
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(x > 0, x * np.log2(x / middle), 0.0).sum() for x in (p, q)]
    return round(float(np.sqrt(max(sum(parts) / 2, 0.0))), 4)
