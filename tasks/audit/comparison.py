"""This release compared with the one before: rows that came and went, figures that moved, and regressions by name."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import pyarrow as pa

from tasks.audit.params import Audit
from tasks.audit.statistics import rounded, share, value_counts

SHIFT_DIMENSIONS: Final = ("source", "origin", "method", "operator", "category", "difficulty", "language")
SHIFT: Final = 0.05
"""A slice whose share of the rows moved by more than this is named as a shift: not worse by itself, but to be known."""


@dataclass(frozen=True)
class ComparedFigure:
    """A figure that is compared: its path in the audit's facts, which way is better, and whether it is a share or a count."""

    path: str
    better: Literal["higher", "lower"] = "higher"
    kind: Literal["share", "count"] = "share"


FIGURES: Final = (
    ComparedFigure("rows", kind="count"),
    ComparedFigure("diversity.distinct_2"),
    ComparedFigure("diversity.effective_clusters", kind="count"),
    ComparedFigure("diversity.effective_themes", kind="count"),
    ComparedFigure("diversity.near_same_share", better="lower"),
    ComparedFigure("verb_object.effective", kind="count"),
    ComparedFigure("complexity.verb_diversity"),
    ComparedFigure("complexity.words_per_sentence", kind="count"),
    ComparedFigure("complexity.depth.mean", kind="count"),
    ComparedFigure("grounding.mean"),
    ComparedFigure("grounding.grounded_share"),
    ComparedFigure("safety.toxicity.mean", better="lower"),
    ComparedFigure("safety.pii.rows_not_redacted", better="lower", kind="count"),
    ComparedFigure("contamination.contaminated_share", better="lower"),
    ComparedFigure("generations.mean", better="lower", kind="count"),
    ComparedFigure("licences.unknown_share", better="lower"),
    *(
        ComparedFigure(f"qualities.{name}.score")
        for name in ("relevant", "aligned", "consistent", "correctly_formatted", "sufficiently_unique", "compliant")
    ),
)


def comparison(
    rows: pa.Table, previous: pa.Table, now: dict[str, Any], before: dict[str, Any], covered: float, params: Audit
) -> dict[str, Any]:
    """`now` and `before` are the facts of the two releases; `covered` the share of the previous instructions that still have
    one like them: where it falls from release to release, rare instructions are being lost (Shumailov et al. 2024)."""
    figures = [_moved(figure, now, before, params) for figure in FIGURES]
    if covered < 1 - params.relative_drop:
        text = f"only {covered:.0%} of the previous instructions still have one like them"
        lost = [{"figure": "previous_covered_share", "before": 1.0, "after": covered, "why": text}]
    else:
        lost = []
    return {
        **_rows(rows, previous),
        "previous_covered_share": covered,
        "regressions": [
            {name: record[name] for name in ("figure", "before", "after", "why")} for record in figures if record["why"]
        ]
        + lost,
        "figures": [{name: value for name, value in record.items() if name != "why"} for record in figures],
        "shifts": _shifts(rows, previous),
    }


def _rows(rows: pa.Table, previous: pa.Table) -> dict[str, int]:
    """same: equal content; changed: the same id with other content; added and removed: the rest."""
    new, old = (
        {(i, h) for i, h in zip(t["example_id"].to_pylist(), t["content_hash"].to_pylist(), strict=True)}
        for t in (rows, previous)
    )
    hashes = {h for _, h in new if h} & {h for _, h in old if h}
    new_rest = {i for i, h in new if h not in hashes}
    old_rest = {i for i, h in old if h not in hashes}
    changed = new_rest & old_rest
    return {
        "added": len(new_rest - changed),
        "removed": len(old_rest - changed),
        "changed": len(changed),
        "same": len(new) - len(new_rest),
        "rows_before": previous.num_rows,
    }


def _moved(figure: ComparedFigure, now: dict[str, Any], before: dict[str, Any], params: Audit) -> dict[str, Any]:
    after, earlier = _at(now, figure.path), _at(before, figure.path)
    record = {"figure": figure.path, "before": earlier, "after": after, "better": figure.better}
    if after is None or earlier is None:
        return {**record, "change": None, "why": ""}
    worse = earlier - after if figure.better == "higher" else after - earlier
    allowed = params.share_drop if figure.kind == "share" else params.relative_drop * abs(earlier)
    unit = f"{params.share_drop:g}" if figure.kind == "share" else f"{params.relative_drop:.0%} of it"
    why = f"{figure.better} is better; worse by {rounded(worse):g}, allowed is {unit}" if worse > allowed + 1e-9 else ""
    return {**record, "change": rounded(after - earlier), "why": why}


def _at(facts: dict[str, Any], path: str) -> float | None:
    value: Any = facts
    for name in path.split("."):
        value = value[name]
    return None if value is None else float(value)


def _shifts(rows: pa.Table, previous: pa.Table) -> list[dict[str, Any]]:
    found = []
    for dimension in SHIFT_DIMENSIONS:
        new, old = value_counts(rows[dimension].to_pylist()), value_counts(previous[dimension].to_pylist())
        for name in sorted(new.keys() | old.keys()):
            after, before = share(new.get(name, 0), rows.num_rows), share(old.get(name, 0), previous.num_rows)
            if abs(after - before) > SHIFT:
                found.append({"dimension": dimension, "slice": name, "before": before, "after": after})
    return sorted(found, key=lambda s: (-abs(s["after"] - s["before"]), s["dimension"], s["slice"]))
