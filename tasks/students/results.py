"""The students of an ablation put together: tables of losses, comparisons, the scaling curve, advice, kept as JSON in the store."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.store.files import inside
from tasks.store.manifest import Manifest, Release
from tasks.store.store import Store
from tasks.students.comparison import Comparison, Losses, advice, compared, curve
from tasks.students.settings import StudentPart
from tasks.students.win_rate import WinRate

FEW_SEEDS = 3
"""Seeds below which an interval is too wide to say anything."""


@dataclass(frozen=True)
class StudentAsked:
    """One student that was trained, and what it was asked."""

    part: StudentPart
    seed: int
    manifest: Manifest
    losses: pa.Table
    """Schema LIKELIHOOD."""


@dataclass(frozen=True)
class Ablated:
    """What an ablation found."""

    dataset: str
    version: int
    parts: tuple[dict[str, Any], ...]
    """By part: part, tokens (mean of seeds), loss (mean), exact (share of short answers, or None), by_domain."""
    comparisons: tuple[Comparison, ...]
    exponent: float | None
    """Of loss ∝ tokens^−b; see `comparison.curve`."""
    exact: tuple[Comparison, ...]
    """As `comparisons`, of the share of short answers that the students wrote as they are; none where they were not asked to."""
    win_rates: tuple[WinRate, ...]
    """How often a judge prefers the answers of the whole's students; none where nobody was to judge."""
    advice: tuple[str, ...]
    warnings: tuple[str, ...]
    file: str
    """Where this stands in the store, as JSON."""

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON data, with each comparison's finding; no end of an interval that is infinite."""
        found = asdict(self)
        for name, compared_parts in (("comparisons", self.comparisons), ("exact", self.exact)):
            for line, one in zip(found[name], compared_parts, strict=True):
                line["finding"] = one.finding
                if not math.isfinite(one.low):
                    line |= {"low": None, "high": None}
        found["win_rates"] = [one.as_json() for one in self.win_rates]
        return found


def results(store: Store, release: Release, made: Sequence[StudentAsked], win_rates: Sequence[WinRate] = ()) -> Ablated:
    """What the students show of a release; written to `ablations/<dataset>/<version>.json`."""
    by_part: dict[str, list[StudentAsked]] = {}
    for one in made:
        by_part.setdefault(one.part.title, []).append(one)
    losses = {title: np.array([one.losses["loss"].to_numpy() for one in group]) for title, group in by_part.items()}
    found = _comparisons(by_part, losses)
    slices = {one.part.removeprefix("without "): one for one in found if one.part.startswith("without ")}
    path = inside(store.root, store.root / "ablations" / release.dataset / f"{release.version}.json")
    ablated = Ablated(
        release.dataset,
        release.version,
        tuple(_figures(title, group) for title, group in by_part.items()),
        tuple(found),
        _exponent(by_part, losses),
        tuple(_comparisons(by_part, _mistakes(by_part))),
        tuple(win_rates),
        tuple(advice(slices)),
        tuple(_warnings(by_part)),
        path.relative_to(store.root).as_posix(),
    )
    store.backend.replace(path, json.dumps(ablated.as_json(), indent=1, allow_nan=False).encode())
    return ablated


def _mistakes(by_part: Mapping[str, Sequence[StudentAsked]]) -> dict[str, Losses]:
    """By part, seeds × short answers: 1 where the student wrote another one. Empty where none was asked for."""
    found = {
        title: np.array([1.0 - one.losses["exact"].drop_null().to_numpy().astype(float) for one in group])
        for title, group in by_part.items()
    }
    return found if found["all"].size else {}


def _comparisons(by_part: Mapping[str, Sequence[StudentAsked]], losses: Mapping[str, Losses]) -> list[Comparison]:
    """Each part against the whole, and the whole against an untrained student and the other dataset."""
    found: list[Comparison] = []
    for title, group in by_part.items() if losses else ():
        kind = group[0].part.kind
        if kind in {"none", "baseline"}:
            found.append(compared("all", losses["all"], title, losses[title]))
        elif title != "all":
            found.append(compared(title, losses[title], "all", losses["all"]))
    return found


def _figures(title: str, group: Sequence[StudentAsked]) -> dict[str, Any]:
    domains: dict[str, list[float]] = {}
    written = [right for one in group for right in one.losses["exact"].drop_null().to_pylist()]
    for one in group:
        for domain, loss in zip(one.losses["domain"].to_pylist(), one.losses["loss"].to_pylist(), strict=True):
            domains.setdefault(domain or "", []).append(loss)
    return {
        "part": title,
        "tokens": round(float(np.mean([one.manifest.facts["learnt"]["tokens"] for one in group]))),
        "rows": round(float(np.mean([one.manifest.facts["learnt"]["rows"] for one in group]))),
        "loss": round(float(np.mean([one.manifest.facts["loss"] for one in group])), 5),
        "exact": round(float(np.mean(written)), 4) if written else None,
        "by_domain": {name: round(float(np.mean(values)), 5) for name, values in sorted(domains.items())},
    }


def _exponent(by_part: Mapping[str, Sequence[StudentAsked]], losses: Mapping[str, Losses]) -> float | None:
    shares = [title for title, group in by_part.items() if group[0].part.kind == "all"]
    sizes = [_figures(title, by_part[title])["tokens"] for title in shares]
    return curve(sizes, [float(losses[title].mean()) for title in shares])


def _warnings(by_part: Mapping[str, Sequence[StudentAsked]]) -> list[str]:
    seeds = len(by_part["all"])
    lines = [f"with {seeds} seeds an interval says little; take {FEW_SEEDS} or more"] if seeds < FEW_SEEDS else []
    whole = _figures("all", by_part["all"])["tokens"]
    for title, group in by_part.items():
        learnt = _figures(title, group)["tokens"]
        if group[0].part.kind in {"without", "only", "baseline"} and learnt < 0.9 * whole:
            lines.append(
                f"{title}: {learnt:,} tokens were there, not the {whole:,} of the others; it is not compared at equal size"
            )
    return lines
