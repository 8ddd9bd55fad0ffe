"""Read from the store what a release is described from."""

from collections.abc import Collection, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.licences import terms_of as licence_terms
from tasks.release.embedding_map import landscape
from tasks.release.rejected_sample import rejects_of
from tasks.release.report_data import Beside, Check, Cost, Dossier, GateFacts, StageFacts
from tasks.store.manifest import Manifest, Release
from tasks.store.store import Store
from tasks.teachers import terms_of as model_terms


def dossier_of(store: Store, release: Release, cached: Collection[str] = ()) -> Dossier:
    """Everything the report and the card of `release` say. `cached`: stages that did not run for it."""
    from tasks.release.publish import recipe_hash, released_rows

    manifests = [store.required(stage, key) for stage, key in release.stages]
    facts = {manifest.stage: manifest.facts for manifest in manifests}
    rows = released_rows(store, release)
    return Dossier(
        dataset=release.dataset,
        version=release.version,
        created_at=release.published_at,
        recipe=release.recipe,
        recipe_hash=recipe_hash(release.recipe),
        stages=tuple(_stage(manifest, manifest.stage in cached) for manifest in manifests),
        gates=tuple(_gate(store, stage, key) for stage, key in release.verdicts),
        rows=rows,
        rejects=rejects_of(store, manifests),
        audit=facts.get("audit", {}),
        themes=facts.get("clusters", {}),
        licences={**_licences(rows), **_teachers(rows)},
        cost=_cost(manifests, release),
        previous=release.previous,
        beside=tuple(_beside(store, release)),
        places=landscape(rows),
    )


def _licences(rows: pa.Table) -> dict[str, str]:
    """What each licence allows, as far as somebody looked it up."""
    return {name: licence_terms(name).terms for name in pc.unique(rows["licence"]).to_pylist() if name}


def _teachers(rows: pa.Table) -> dict[str, str]:
    """Under which terms each model's outputs may train another."""
    names = (name for name in pc.unique(rows["teacher"]).to_pylist() if name)
    return {name: _told(*name.partition("/")[::2]) for name in names}


def _told(provider: str, model: str) -> str:
    terms = model_terms(provider, model)
    if terms.may_train == "unknown":
        return "not reviewed"
    return f"{terms.licence}; may train a model: {terms.may_train} (checked {terms.checked})"


def _stage(manifest: Manifest, cached: bool) -> StageFacts:
    account = manifest.ledger
    return StageFacts(
        stage=manifest.stage,
        rows_in=account.rows_in,
        kept=account.kept,
        rejected=account.rejected,
        failed=account.failed,
        created=account.created,
        cached=cached,
        seconds=manifest.seconds,
        requests=manifest.spending.requests,
        cost_usd=manifest.spending.cost_usd,
        reasons=manifest.reasons,
        facts=manifest.facts,
    )


def _gate(store: Store, stage: str, key: str) -> GateFacts:
    verdict = store.verdict(stage, key)
    if verdict is None:
        return GateFacts(stage, passed=False)
    checks = tuple(
        Check(check.expectation, check.column, check.observed, check.expected, check.passed, check.why)
        for check in verdict.checks
    )
    return GateFacts(stage, verdict.passed, checks)


def _beside(store: Store, release: Release) -> Iterator[Beside]:
    """The release before, and the one that the recipe names as reference, as far as they are there."""
    named = str(release.recipe.get("reference") or "")
    wanted = [(release.dataset, release.previous, f"version {release.previous}")] if release.previous else []
    if named:
        dataset, _, version = named.partition("@")
        number = int(version) if version.isdigit() else max(store.versions(dataset), default=0)
        wanted.append((dataset, number, f"{dataset} version {number}"))
    for dataset, number, name in wanted:
        if number in store.versions(dataset):
            other = store.release(dataset, number)
            audits = [store.manifest(stage, key) for stage, key in other.stages if stage == "audit"]
            if audits and audits[-1]:
                yield Beside(name, audits[-1].facts)


def _cost(manifests: list[Manifest], release: Release) -> Cost:
    spent = [manifest.spending for manifest in manifests]
    prices = [one.cost_usd for one in spent]
    budget = release.recipe.get("budget", {}).get("usd")
    return Cost(
        requests=sum(one.requests for one in spent),
        replayed=sum(one.replayed for one in spent),
        tokens=sum(one.tokens for one in spent),
        usd=None if None in prices else sum(price or 0.0 for price in prices),
        budget_usd=budget,
    )
