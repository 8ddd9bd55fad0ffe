"""Which groups each row belongs to, and how many rows of a mix each group may have."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.mix.params import Mix
from tasks.text.columns import word_counts

Ints = npt.NDArray[np.int64]

PRECISION: Final = 10_000
"""Shares are taken to four decimals, as exact fractions: 0.29 of 100 rows is 29 rows, not 28.999."""


@dataclass(frozen=True)
class GroupLimit:
    """A group, and the larger of two lines that bounds it: floor(max(share·n, base_share·n + base)) rows of a mix of n.

    The second line is what makes small mixes possible: a constant for caps, the share rounded up for targets.
    """

    dimension: str
    group: str
    share: Fraction
    base_share: Fraction
    base: Fraction
    reason: str

    def allowed(self, n: int) -> int:
        """How many rows of the group a mix of `n` rows may hold."""
        return int(max(self.share * n, self.base_share * n + self.base))


@dataclass(frozen=True)
class Groups:
    """`member[row, d]` is the index into `limits` of the row's group in limited dimension d; -1: in none."""

    limits: list[GroupLimit]
    member: Ints
    notes: list[str]
    """Targets that could not be applied as asked, in words."""

    def allowed(self, n: int) -> Ints:
        """The bound of every limit for a mix of `n` rows."""
        return np.array([limit.allowed(n) for limit in self.limits], dtype=np.int64)


def words(examples: pa.Table) -> Ints:
    """Words of instruction and response of each row, split at white space."""
    return np.add(*(word_counts(examples[name]) for name in ("instruction", "response")))


def columns(examples: pa.Table, params: Mix) -> dict[str, pa.StringArray]:
    """Dimension → the group of each row. Outliers have no theme, rows that were not evolved no operator."""
    lengths = words(examples)
    stratum = np.where(lengths < params.short_below, "short", np.where(lengths < params.long_from, "medium", "long"))
    number, label = (examples[name].combine_chunks() for name in ("theme", "theme_label"))
    named = pc.fill_null(pc.not_equal(label, ""), False)
    theme = pc.if_else(named, label, number.cast(pa.string()))
    has_theme = pc.fill_null(pc.greater_equal(number, 0), False)
    plain = {name: examples[name].combine_chunks() for name in ("source", "method", "operator", "origin")}
    nobody = pa.scalar(None, pa.string())
    return {**plain, "theme": pc.if_else(has_theme, theme, nobody), "length": pa.array(stratum, pa.string())}


def groups(dimensions: dict[str, pa.StringArray], params: Mix) -> Groups:
    """The limits that `params` puts on the groups present."""
    limits: list[GroupLimit] = []
    member: list[Ints] = []
    notes: list[str] = []
    caps: dict[str, float | None] = {
        "source": params.per_source_cap,
        "theme": params.per_theme_cap,
        "method": params.per_method_cap,
        "operator": params.per_operator_cap,
    }
    for name, cap in caps.items():
        if cap is None:
            continue
        present = sorted(dimensions[name].drop_null().unique().to_pylist())
        bounds = (_exact(cap), Fraction(0), Fraction(params.always_allowed))
        made = [GroupLimit(name, group, *bounds, "over_cap") for group in present]
        member.append(_members(dimensions[name], made, len(limits)))
        limits.extend(made)
    shares: dict[str, dict[str, float]] = {}
    if params.human_share is not None:
        shares["origin"] = {"human": params.human_share, "synthetic": 1 - params.human_share}
    if params.length_shares is not None:
        shares["length"] = {name: getattr(params.length_shares, name) for name in ("short", "medium", "long")}
    for name, targets in shares.items():
        made = _target(name, targets, dimensions[name], params, notes)
        member.append(_members(dimensions[name], made, len(limits)))
        limits.extend(made)
    rows = len(dimensions["length"])
    return Groups(limits, np.stack(member, axis=1) if member else np.empty((rows, 0), dtype=np.int64), notes)


def _target(
    dimension: str, targets: dict[str, float], values: pa.StringArray, params: Mix, notes: list[str]
) -> list[GroupLimit]:
    """Limits at share + tolerance. What absent (or, if so asked, scarce) groups cannot fill goes to the others in proportion."""
    pool = Counter({group: rows for group, rows in sizes(values).items() if group in targets})
    absent = [group for group in targets if group not in pool and targets[group] > 0]
    if absent and pool:
        notes.append(f"{dimension}: the pool holds no {' or '.join(absent)} rows, so the shares are those of the rest")
    wanted = {group: _exact(targets[group]) for group in targets if group in pool}
    total = sum(wanted.values(), Fraction(0))
    if total == 0:
        return []
    fair = {group: share / total for group, share in wanted.items()}
    if params.scarce == "fill":
        fair = _filled(dimension, fair, pool, min(params.rows or len(values), len(values)), notes)
    reason = "share_exceeded" if dimension == "origin" else "stratum_full"
    made = []
    for group, exact in fair.items():
        share = exact.limit_denominator(PRECISION)
        round_up = 1 - Fraction(1, share.denominator)
        made.append(GroupLimit(dimension, group, share + _exact(params.tolerance), share, round_up, reason))
    return made


def _filled(
    dimension: str, fair: dict[str, Fraction], pool: Counter[str], n: int, notes: list[str]
) -> dict[str, Fraction]:
    """`fair` for a mix of `n` rows, where groups with too few rows give all they have and the others share the rest."""
    scarce: dict[str, Fraction] = {}
    while True:
        open_share = sum((share for group, share in fair.items() if group not in scarce), Fraction(0))
        left = 1 - sum(scarce.values(), Fraction(0))
        given = {
            group: share * left / open_share for group, share in fair.items() if group not in scarce and open_share
        }
        short = {group: Fraction(pool[group], n) for group, share in given.items() if pool[group] < share * n}
        if not short:
            break
        scarce |= short
    for group in scarce:
        notes.append(
            f"{dimension}: only {pool[group]} {group} rows; the others fill the place of those that are missing"
        )
    return given | scarce


def _exact(share: float) -> Fraction:
    return Fraction(share).limit_denominator(PRECISION)


def sizes(values: pa.StringArray) -> Counter[str | None]:
    """How many rows each group has; None is that of rows without one."""
    counts = pc.value_counts(values)
    return Counter(dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)))


def _members(values: pa.StringArray, limits: list[GroupLimit], offset: int) -> Ints:
    at = pc.index_in(values, value_set=pa.array([limit.group for limit in limits], pa.string()), skip_nulls=True)
    return np.asarray(pc.fill_null(pc.add(at.cast(pa.int64()), offset), -1))
