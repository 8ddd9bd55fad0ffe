"""What is to be thought of a release, in one form for the report, the card, the site, Prefect's UI and `--json`.

Green only if every gate passed and every quality that the recipe asks for was measured and holds. Amber names what was not measured
and what is below what was asked for. Red: a gate failed, or none was run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from tasks.release.formatting import in_words, joined, plural, share
from tasks.release.lookup import number, part
from tasks.store.manifest import GateVerdict, Manifest, Release
from tasks.store.store import Store

Colour = Literal["green", "amber", "red"]
TONES: Final[dict[Colour, Literal["good", "warn", "bad"]]] = {"green": "good", "amber": "warn", "red": "bad"}
"""How the report's pages mark each colour."""


@dataclass(frozen=True)
class ReleaseVerdict:
    """The colour, the sentence that says why, and what is missing."""

    colour: Colour
    text: str
    below: tuple[str, ...] = ()
    """What is below what the recipe asks for, with the figures."""
    not_measured: tuple[str, ...] = ()
    """What the recipe asks for and nobody measured."""

    def as_json(self) -> dict[str, Any]:
        """As `--json` and metrics.json have it."""
        return {
            "colour": self.colour,
            "text": self.text,
            "below": list(self.below),
            "not_measured": list(self.not_measured),
        }


def release_verdict(
    gates: Sequence[GateVerdict], facts: Mapping[str, Mapping[str, Any]], recipe: Mapping[str, Any]
) -> ReleaseVerdict:
    """The verdict on what passed `gates`; `facts`: those of the stages, by name."""
    below, unknown = tuple(_below(facts)), tuple(_not_measured(facts.get("audit", {}), recipe))
    if failed := [gate.stage for gate in gates if not gate.passed]:
        return ReleaseVerdict("red", f"Not verified: the gate after {joined(failed)} failed.", below, unknown)
    if not gates:
        return ReleaseVerdict("red", "Not verified: no gate was run.", below, unknown)
    passed = f"All {plural(len(gates), 'gate')} passed" if len(gates) > 1 else "Its gate passed"
    if not below and not unknown:
        return ReleaseVerdict("green", f"{passed}, and every quality that was asked for was measured and holds.")
    parts = [f"below what was asked for: {joined(list(below))}"] if below else []
    parts += [f"not measured: {joined(list(unknown))}"] if unknown else []
    return ReleaseVerdict("amber", f"{passed}, but {'; '.join(parts)}.", below, unknown)


def verdict_of(store: Store, release: Release) -> ReleaseVerdict:
    """The verdict on a release, read from the store."""
    manifests = [store.required(stage, key) for stage, key in release.stages]
    return release_verdict(gates_of(store, release), facts_of(manifests), release.recipe)


def gates_of(store: Store, release: Release) -> tuple[GateVerdict, ...]:
    """The verdicts of a release's gates; one that is gone counts as failed."""
    return tuple(
        store.verdict(stage, key) or GateVerdict(stage=stage, key=key, passed=False, checks=())
        for stage, key in release.verdicts
    )


def facts_of(manifests: Sequence[Manifest]) -> dict[str, Mapping[str, Any]]:
    """What each stage measured, by its name."""
    return {manifest.stage: manifest.facts for manifest in manifests}


def _below(facts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Qualities, rows and regressions that are not as asked for."""
    found = []
    audit = facts.get("audit", {})
    for name, quality in part(audit, "qualities").items():
        if part(quality).get("passed") is False:
            wanted = f" of the rows, asked {share(number(quality, 'threshold') or 0.0)}"
            if name == "compliant" and (unknown := number(audit, "licences", "unknown_share")):
                wanted += f"; the licence of {share(unknown)} is not known"
            found.append(f"{in_words(name).lower()} ({share(number(quality, 'score') or 0.0)}{wanted})")
    if worse := int(number(audit, "regressions") or 0):
        found.append(f"{plural(worse, 'figure')} worse than in the release before")
    rows = number(facts.get("mix", {}), "rows_share")
    if rows is not None and rows < 1:
        found.append(f"rows ({share(rows)} of those asked for)")
    return found


def _not_measured(audit: Mapping[str, Any], recipe: Mapping[str, Any]) -> list[str]:
    """Qualities that are asked for and have no figure, and the parts of compliance that nobody looked for."""
    qualities = part(audit, "qualities")
    asked = [name for name, wanted in part(recipe, "audit", "expected").items() if wanted is not None]
    missing = [name for name in asked if number(qualities, name, "score") is None]
    compliant = part(qualities, "compliant")
    if compliant.get("threshold") is not None:
        benchmarks = bool(part(recipe, "filters", "contamination").get("benchmarks"))
        parts = compliant.get("not_measured")
        missing += [name for name in parts or () if name != "contamination" or benchmarks]
    return [in_words(name).lower() for name in missing]
