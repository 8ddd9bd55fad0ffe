"""The six qualities: relevant, aligned, consistent, correctly formatted, sufficiently unique, compliant."""

from collections.abc import Mapping
from typing import Any

from tasks.release.facts import Dossier
from tasks.release.report.blocks import Cell, Grid, Section
from tasks.release.report.measured import measured
from tasks.release.report.words import measure, plural, share, title

MEASURED = ("score", "share", "value", "rate", "observed")
MEANING = ("meaning", "definition", "why", "description", "measure")
THRESHOLD = ("threshold", "expected", "minimum", "at_least")


def section(dossier: Dossier) -> Section | None:
    """One line for each quality: what it means here, what was measured, what is asked."""
    facts = dossier.audit.get("qualities")
    if not facts:
        return None
    records = _records(facts)
    if not records:
        return Section("qualities", "Six qualities", "", measured("qualities", facts))
    missed = [name for name, record in records.items() if _verdict(record) is False]
    lead = (
        f"{plural(len(missed), 'quality', 'qualities')} below what the recipe asks: {', '.join(missed)}."
        if missed
        else ""
    )
    columns = ("Quality", "Measured", "Asked", "Meaning")
    rows = [_line(name, record) for name, record in records.items()]
    return Section(
        "qualities", "Six qualities", lead, [Grid("The qualities as the recipe defines them", columns, rows)]
    )


def _records(facts: Any) -> dict[str, Mapping[str, Any]]:
    if isinstance(facts, Mapping):
        return {str(name): value if isinstance(value, Mapping) else {"value": value} for name, value in facts.items()}
    if isinstance(facts, list) and all(isinstance(item, Mapping) for item in facts):
        return {str(item.get("quality") or item.get("name") or place + 1): item for place, item in enumerate(facts)}
    return {}


def _line(name: str, record: Mapping[str, Any]) -> list[Cell | str]:
    value = _first(record, MEASURED)
    ratio = float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None
    shown = measure(value) if ratio is None else share(ratio)
    tone = {True: "good", False: "bad", None: ""}[_verdict(record)]
    asked = _first(record, THRESHOLD)
    asked = share(asked) if isinstance(asked, float) and 0 <= asked <= 1 else "" if asked is None else measure(asked)
    return [Cell(title(name)), Cell(shown, share=ratio, tone=tone), asked, str(_first(record, MEANING) or "")]  # type: ignore[arg-type]


def _first(record: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), None)


def _verdict(record: Mapping[str, Any]) -> bool | None:
    passed = record.get("passed")
    return passed if isinstance(passed, bool) else None
