"""The rows cut by source, method, topic and the like, and the slices that are unlike the rest."""

from typing import Any, Final

import numpy as np
import pyarrow as pa

from tasks.audit.params import Audit
from tasks.audit.statistics import Floats, floats, rounded, share, value_counts
from tasks.text.columns import word_counts

DIMENSIONS: Final = (
    *("source", "origin", "method", "answer_method", "operator", "teacher", "category", "difficulty", "topic"),
    *("theme_label", "language", "licence"),
)

LARGEST: Final = 30
"""Slices shown of each dimension; the others are counted as "others"."""


def slices(rows: pa.Table, params: Audit) -> dict[str, Any]:
    """Dimension → records (slice, rows, share, mean of each measure); and `outliers`, the slices named for a mean of theirs."""
    measures: dict[str, Floats] = {
        "instruction_words": word_counts(rows["instruction"]).astype(np.float64),
        "response_words": word_counts(rows["response"]).astype(np.float64),
        "grounding": floats(rows["grounding"]),
        "toxicity": floats(rows["toxicity"]),
    }
    found: dict[str, Any] = {}
    outliers: list[dict[str, Any]] = []
    for dimension in DIMENSIONS:
        values = np.array(["none" if v is None else str(v) for v in rows[dimension].to_pylist()], dtype=object)
        names = list(value_counts(values.tolist()))
        found[dimension] = [_record(name, values == name, measures) for name in names[:LARGEST]]
        if len(names) > LARGEST:
            found[dimension].append(_record("others", ~np.isin(values, names[:LARGEST]), measures))
        if len(names) > 1:
            outliers += [
                o for name in names[:LARGEST] for o in _outliers(dimension, name, values == name, measures, params)
            ]
    outliers.sort(key=lambda o: (-abs(o["z"]), o["dimension"], o["slice"], o["measure"]))
    return {**found, "outliers": outliers}


def _record(name: str, inside: np.ndarray, measures: dict[str, Floats]) -> dict[str, Any]:
    rows = int(inside.sum())
    known = {measure: values[inside & ~np.isnan(values)] for measure, values in measures.items()}
    means = {measure: rounded(values.mean()) if len(values) else None for measure, values in known.items()}
    return {"slice": name, "rows": rows, "share": share(rows, len(inside)), **means}


def _outliers(
    dimension: str, name: str, inside: np.ndarray, measures: dict[str, Floats], params: Audit
) -> list[dict[str, Any]]:
    """The measures whose mean in the slice differs from the whole by enough standard errors and standard deviations."""
    found = []
    for measure, values in measures.items():
        known = ~np.isnan(values)
        own, deviation = values[inside & known], float(values[known].std()) if known.any() else 0.0
        if len(own) == 0 or deviation < 1e-9:
            continue
        overall = float(values[known].mean())
        shift = (float(own.mean()) - overall) / deviation
        z = shift * float(np.sqrt(len(own)))
        if abs(z) >= params.outlier_z and abs(shift) >= params.outlier_shift:
            own_mean = rounded(float(own.mean()))
            record = {"dimension": dimension, "slice": name, "measure": measure, "rows": len(own), "mean": own_mean}
            found.append(record | {"overall": rounded(overall), "shift": rounded(shift), "z": rounded(z)})
    return found
