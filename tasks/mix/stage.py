"""The mix: chooses the rows that are released together; each of the others gets the limit that excluded it as its reason."""

from typing import Any

import numpy as np
import pyarrow as pa

from tasks.core import schema as schemas
from tasks.core.outcome import Outcome, Tools
from tasks.mix.choosing import order
from tasks.mix.limits import Groups, Ints, columns, groups, sizes
from tasks.mix.matching import matched
from tasks.mix.params import Mix
from tasks.mix.selection import select


def compute(examples: pa.Table, params: Mix, tools: Tools) -> Outcome:
    """CLUSTERED rows → those of the mix, unchanged and in the order they came; the others with the limit that excluded them.

    The largest mix (up to `params.rows`) in which no group has more than its share of the result; among those, rows spread
    over themes and clusters. `facts`: asked, given, because (null if nothing is missing), limits, and counts per dimension.
    """
    examples = schemas.conform(examples, schemas.CLUSTERED)
    dimensions = columns(examples, params)
    limited = groups(dimensions, params)
    compared: dict[str, Any] = {}
    if limited.limits or (params.rows is not None and params.rows < examples.num_rows):
        if params.match is not None and params.rows is not None:
            best, compared = matched(examples, params.match, params.rows, params.seed, tools)
        else:
            best = order(examples, params, tools.workers)
        chosen = select(best, limited, params.rows)
    else:
        chosen = np.arange(examples.num_rows)  # there is no limit to choose by
    tools.progress(examples.num_rows, examples.num_rows)
    taken = np.zeros(examples.num_rows, dtype=bool)
    taken[chosen] = True
    dropped = np.flatnonzero(~taken)
    return Outcome.of(
        schemas.CLUSTERED,
        kept=examples if len(chosen) == examples.num_rows else examples.take(chosen),
        rejected=_with_reasons(examples, dropped, chosen, limited),
        facts=_facts(examples, dimensions, limited, chosen, params) | ({"match": compared} if compared else {}),
    )


def _with_reasons(examples: pa.Table, dropped: Ints, chosen: Ints, limited: Groups) -> pa.Table:
    """The dropped rows, each with the first of its groups that is full; where none is, the mix has the rows it was to have."""
    given = len(chosen)
    full = _used(limited, chosen) >= limited.allowed(given)
    reasons, details = [], []
    for own in limited.member[dropped].tolist():
        at = next((group for group in own if group >= 0 and full[group]), None)
        if at is None:
            reasons.append("over_target")
            details.append(f"the mix has its {given} rows")
        else:
            limit = limited.limits[at]
            reasons.append(limit.reason)
            details.append(f"{limit.dimension} {limit.group}: {limit.allowed(given)} of {given} rows")
    table = examples.take(dropped)
    return table.append_column("reason", pa.array(reasons, pa.string())).append_column(
        "detail", pa.array(details, pa.string())
    )


def _used(limited: Groups, chosen: Ints) -> Ints:
    inside = limited.member[chosen]
    return np.bincount(inside[inside >= 0], minlength=len(limited.limits))


def _facts(
    examples: pa.Table, dimensions: dict[str, pa.StringArray], limited: Groups, chosen: Ints, params: Mix
) -> dict[str, Any]:
    pool, given = examples.num_rows, len(chosen)
    used, sizes = _used(limited, chosen), _used(limited, np.arange(pool))
    limits = [
        {
            "dimension": limit.dimension,
            "group": limit.group,
            "share": round(float(limit.share), 4),
            "allowed": limit.allowed(given),
            "given": int(count),
            "pool": int(size),
            "full": bool(count >= limit.allowed(given)),
        }
        for limit, count, size in zip(limited.limits, used, sizes, strict=True)
    ]
    clusters = examples["cluster"]
    return {
        "asked": params.rows,
        "pool": pool,
        "given": given,
        "because": _because(pool, given, limits, params),
        "notes": limited.notes,
        **_missed(limits, params, given),
        "limits": limits,
        "dimensions": {name: _counts(values, chosen) for name, values in sorted(dimensions.items())},
        "clusters": {"pool": _distinct(clusters), "given": _distinct(clusters.take(chosen))},
    }


def _missed(limits: list[dict[str, Any]], params: Mix, given: int) -> dict[str, float]:
    """How far the mix is from what was asked for, as far as something was: `shares_missed`, the largest difference of a share from
    its target; `rows_share`, the share of `rows` that it has."""
    targets = {("origin", "human"): params.human_share}
    if params.length_shares is not None:
        targets |= {("length", name): share for name, share in params.length_shares}
    there = {(limit["dimension"], limit["group"]): limit["given"] / max(given, 1) for limit in limits}
    missed = [abs(there.get(group, 0.0) - share) for group, share in targets.items() if share is not None]
    found = {"shares_missed": round(max(missed), 4)} if missed else {}
    return found | ({"rows_share": round(given / params.rows, 4)} if params.rows else {})


def _distinct(column: pa.ChunkedArray) -> int:
    return len(column.drop_null().unique())


def _because(pool: int, given: int, limits: list[dict[str, Any]], params: Mix) -> str | None:
    """Why there are fewer rows than were asked for, or than came in; None if there are not."""
    if given == min(pool, params.rows or pool):
        return f"the pool holds {pool} rows" if params.rows is not None and given < params.rows else None
    full = [f"{limit['dimension']} {limit['group']} at {limit['allowed']}" for limit in limits if limit["full"]]
    shown = ", ".join(full[:8]) + (f" and {len(full) - 8} more" if len(full) > 8 else "")
    scarce = [
        f"{limit['dimension']} {limit['group']} with {limit['pool']}"
        for limit in limits
        if limit["given"] == limit["pool"] and limit["dimension"] in ("origin", "length")
    ]
    used_up = f"; all rows are taken of: {', '.join(scarce)}" if scarce else ""
    return f"more rows would exceed a share; full are: {shown}{used_up}"


def _counts(values: pa.StringArray, chosen: Ints) -> list[dict[str, Any]]:
    """Every group of a dimension with its rows in the pool and in the mix, largest in the mix first."""
    pool, mix = sizes(values), sizes(values.take(pa.array(chosen)))
    order = sorted(pool, key=lambda group: (-mix[group], -pool[group], group or ""))
    given = max(len(chosen), 1)
    return [{"group": g, "pool": pool[g], "given": mix[g], "share": round(mix[g] / given, 4)} for g in order]
