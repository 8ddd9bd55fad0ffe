"""Which rows go into the mix: as many as the limits allow, and among those the preferred ones.

Limits are shares of the result, so they depend on how many rows are taken, and a row counts against several at once: taking
rows in order until none fits can end short of what is possible. So the size is found first, as a small integer program over
kinds of rows (rows in the same groups are interchangeable), and rows are then taken in order of preference for that size.
"""

from typing import Final

import numpy as np

from tasks.mix.limits import Groups, Ints

KINDS_AT_MOST: Final = 20_000
"""More kinds of rows than this are not handed to the solver; the mix is then found by taking rows in order alone."""

NODES_AT_MOST: Final = 2_000
"""Branch-and-bound nodes before the solver gives up: a bound in work, not in seconds, so that runs are repeatable."""


def select(order: Ints, groups: Groups, rows: int | None, nodes: int = NODES_AT_MOST) -> Ints:
    """The chosen row numbers, ascending. No limit is exceeded by any of them; `nodes` = 0 does without the solver."""
    ask = len(order) if rows is None else min(rows, len(order))
    if not groups.limits:
        return np.sort(order[:ask])
    kinds, kind = np.unique(groups.member, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    sizes = np.bincount(kind, minlength=len(kinds))
    solve = nodes if len(kinds) <= KINDS_AT_MOST else 0
    n = _largest(kinds, sizes, groups, ask, solve)
    while True:
        chosen = _in_order(order, groups.member, groups.allowed(n), n)
        if len(chosen) == n:
            return np.sort(chosen)
        quota = _nearest(kinds, np.bincount(kind[chosen], minlength=len(kinds)), sizes, groups.allowed(n), n, solve)
        if quota is not None:
            left = quota.tolist()
            picked = []
            for row, own in zip(order.tolist(), kind[order].tolist(), strict=True):
                if left[own] > 0:
                    left[own] -= 1
                    picked.append(row)
            return np.sort(np.array(picked, dtype=np.int64))
        n = len(chosen)


def _in_order(order: Ints, member: Ints, allowed: Ints, n: int) -> Ints:
    """At most `n` rows in order, skipping those of which a group is full."""
    left = [*allowed.tolist(), 0]
    chosen = []
    for row, own in zip(order.tolist(), member[order].tolist(), strict=True):
        own = [group for group in own if group >= 0]
        if all(left[group] > 0 for group in own):
            for group in own:
                left[group] -= 1
            chosen.append(row)
            if len(chosen) == n:
                break
    return np.array(chosen, dtype=np.int64)


def _incidence(kinds: Ints, limits: int) -> np.ndarray:
    """1 where a kind (column) belongs to a limit's group (row)."""
    matrix = np.zeros((limits, len(kinds)))
    for dimension in range(kinds.shape[1]):
        own = kinds[:, dimension]
        matrix[own[own >= 0], np.flatnonzero(own >= 0)] = 1
    return matrix


def _largest(kinds: Ints, sizes: Ints, groups: Groups, ask: int, nodes: int) -> int:
    """The most rows, up to `ask`, that the limits allow; `ask` itself if the solver gave up with nothing in hand.

    Variables: rows of each kind, the size n, and per limit whether its first line (0) or its second (1) is the one that holds.
    """
    if nodes == 0 or ask == 0:
        return ask
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, hstack

    limits, inside, count = groups.limits, _incidence(kinds, len(groups.limits)), len(kinds)
    share, base_share, base = (
        np.array([float(getattr(limit, name)) for limit in limits]) for name in ("share", "base_share", "base")
    )
    slack = np.clip(
        (share - base_share) * ask - base, 0, inside @ sizes
    )  # by which the first line can be above the second
    total = csr_array(np.concatenate([np.ones(count), [-1], np.zeros(len(limits))])[None, :])
    first = hstack([csr_array(inside), csr_array(-share[:, None]), csr_array(np.diag(-base))])
    second = hstack([csr_array(inside), csr_array(-base_share[:, None]), csr_array(np.diag(slack))])
    upper = np.concatenate([sizes, [ask], np.ones(len(limits))])
    found = milp(
        -np.eye(1, len(upper), count)[0],
        integrality=np.ones(len(upper)),
        bounds=Bounds(0, upper),
        constraints=[
            LinearConstraint(total, 0, 0),
            LinearConstraint(first, ub=np.zeros(len(limits))),
            LinearConstraint(second, ub=base + slack),
        ],
        options={"node_limit": nodes, "mip_rel_gap": 0},
    )
    return ask if found.x is None else round(found.x[count])


def _nearest(kinds: Ints, taken: Ints, sizes: Ints, allowed: Ints, n: int, nodes: int) -> Ints | None:
    """Rows of each kind, `n` in all and within `allowed`, giving up as few of those `taken` as possible; None if there
    is no such mix or the solver gave up."""
    if nodes == 0:
        return None
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack

    count = len(kinds)
    inside = csr_array(_incidence(kinds, len(allowed)))
    given_up = hstack([eye_array(count), eye_array(count)])
    found = milp(
        np.concatenate([np.zeros(count), np.ones(count)]),
        integrality=np.ones(2 * count),
        bounds=Bounds(0, np.concatenate([sizes, sizes])),
        constraints=[
            LinearConstraint(hstack([inside, csr_array((len(allowed), count))]), ub=allowed),
            LinearConstraint(np.concatenate([np.ones(count), np.zeros(count)])[None, :], n, n),
            LinearConstraint(given_up, lb=taken),
        ],
        options={"node_limit": nodes},
    )
    if found.x is None:
        return None
    quota = np.round(found.x[:count]).astype(np.int64)
    return quota if quota.sum() == n and np.all(inside @ quota <= allowed) else None
