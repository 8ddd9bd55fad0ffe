"""Every release of a dataset in figures, read from manifests alone: no row is opened."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.core.reasons import REASONS
from tasks.release.released import recipe_hash
from tasks.release.verdict import ReleaseVerdict, facts_of, gates_of, release_verdict
from tasks.store.manifest import Release
from tasks.store.store import Store


@dataclass(frozen=True)
class ReleaseSummary:
    """One release in figures."""

    release: Release
    rejected: int
    failed: int
    reasons: Mapping[str, int]
    """Rejected rows of all stages by reason."""
    meanings: Mapping[str, str]
    """What each of these reasons means."""
    seconds: float
    """Of all stages when they were computed, whether this release found them in the store or not."""
    requests: int
    usd: float | None
    """None: the price of a model is not known."""
    audit: Mapping[str, Any]
    """Facts of the audit."""
    verdict: ReleaseVerdict
    recipe: str

    @property
    def version(self) -> int:
        """Number of the release."""
        return self.release.version


def history(store: Store, dataset: str) -> list[ReleaseSummary]:
    """The releases of `dataset`, oldest first. BadInput if there are none."""
    store.release(dataset)
    return [_summary(store, store.release(dataset, version)) for version in store.versions(dataset)]


def _summary(store: Store, release: Release) -> ReleaseSummary:
    manifests = [store.required(stage, key) for stage, key in release.stages]
    gates, facts = gates_of(store, release), facts_of(manifests)
    prices = [manifest.spending.cost_usd for manifest in manifests]
    reasons = sum((Counter(manifest.reasons) for manifest in manifests), Counter[str]())
    return ReleaseSummary(
        release=release,
        rejected=sum(manifest.ledger.rejected for manifest in manifests),
        failed=sum(manifest.ledger.failed for manifest in manifests),
        reasons=reasons,
        meanings=REASONS | {reason: means for manifest in manifests for reason, means in manifest.meanings.items()},
        seconds=sum(manifest.seconds for manifest in manifests),
        requests=sum(manifest.spending.requests for manifest in manifests),
        usd=None if None in prices else sum(price or 0.0 for price in prices),
        audit=facts.get("audit", {}),
        verdict=release_verdict(gates, facts, release.recipe),
        recipe=recipe_hash(release.recipe),
    )
