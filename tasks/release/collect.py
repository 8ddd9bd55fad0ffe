"""Read from the store what a release is described from."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.licences import terms_of as licence_terms
from tasks.release.embedding_map import embedding_map
from tasks.release.rejected_sample import rejected_sample
from tasks.release.released import recipe_hash, released_rows
from tasks.release.report_data import Cost, OtherRelease, ReportData, StageFacts
from tasks.release.verdict import facts_of, gates_of
from tasks.store.manifest import Manifest, Release
from tasks.store.store import Store, dataset_name
from tasks.teachers import terms_of as model_terms

UNITS: Final = {"document_id": "document", "chunk_id": "passage"}
"""What a row of a table is, by its first column; anything else is called a row."""


def collect(store: Store, release: Release, cached: Collection[str] = ()) -> ReportData:
    """Everything the report and the card of `release` say. `cached`: keys of the stages that did not run for it."""
    manifests = [store.required(stage, key) for stage, key in release.stages]
    facts = facts_of(manifests)
    rows = released_rows(store, release)
    return ReportData(
        dataset=release.dataset,
        version=release.version,
        created_at=release.published_at,
        recipe=release.recipe,
        recipe_hash=recipe_hash(release.recipe),
        stages=tuple(_stages(store, manifests, cached)),
        gates=gates_of(store, release),
        rows=rows,
        rejects=rejected_sample(store, manifests),
        audit=facts.get("audit", {}),
        themes=facts.get("clusters", {}),
        licences={
            **{name: licence_terms(name).terms for name in pc.unique(rows["licence"]).to_pylist() if name},
            **_teachers(rows),
        },
        cost=_cost(manifests, release),
        content=release.content,
        previous=release.previous,
        beside=tuple(_beside(store, release)),
        map=embedding_map(rows),
        ablation=_ablation(store, release),
    )


def _ablation(store: Store, release: Release) -> dict[str, Any]:
    """What students said of the release, if they were asked since it was published."""
    path = store.root / "ablations" / dataset_name(release.dataset) / f"{release.version}.json"
    found = json.loads(path.read_bytes()) if store.backend.refresh(path) else {}
    return found if isinstance(found, dict) else {}


def _teachers(rows: pa.Table) -> dict[str, str]:
    """Under which terms each model's outputs may train another."""
    found = {}
    for name in pc.unique(rows["teacher"]).drop_null().to_pylist():
        provider, _, model = name.partition("/")
        terms = model_terms(provider, model)
        found[name] = f"{terms.licence}; may train a model: {terms.may_train} (checked {terms.checked})"
        if terms.may_train == "unknown":
            found[name] = "not reviewed"
    return found


def _stages(store: Store, manifests: Sequence[Manifest], cached: Collection[str]) -> Iterator[StageFacts]:
    made: dict[str, str] = {}
    for manifest in manifests:
        columns = store.columns(manifest.tables["kept"])
        made[manifest.key] = UNITS.get(columns[0] if columns else "", "row")
        account = manifest.ledger
        yield StageFacts(
            stage=manifest.stage,
            rows_in=account.rows_in,
            kept=account.kept,
            rejected=account.rejected,
            failed=account.failed,
            created=account.created,
            reads=next((made[key] for _, key in manifest.inputs if key in made), "row"),
            makes=made[manifest.key],
            cached=manifest.key in cached,
            seconds=manifest.seconds,
            requests=manifest.spending.requests,
            cost_usd=manifest.spending.cost_usd,
            reasons=manifest.reasons,
            meanings=manifest.meanings,
            facts=manifest.facts,
        )


def _beside(store: Store, release: Release) -> Iterator[OtherRelease]:
    """The release before, and the one that the recipe names as reference, as far as they are there."""
    reference = str(release.recipe.get("reference") or "")
    wanted = [(release.dataset, release.previous, f"version {release.previous}")] if release.previous else []
    if reference:
        dataset, _, version = reference.partition("@")
        number = int(version) if version.isdigit() else max(store.versions(dataset), default=0)
        wanted.append((dataset, number, f"{dataset} version {number}"))
    for dataset, number, name in wanted:
        if number in store.versions(dataset):
            other = store.release(dataset, number)
            audits = [store.manifest(stage, key) for stage, key in other.stages if stage == "audit"]
            if audits and audits[-1]:
                yield OtherRelease(name, audits[-1].facts)


def _cost(manifests: Sequence[Manifest], release: Release) -> Cost:
    spent = [manifest.spending for manifest in manifests]
    prices = [one.cost_usd for one in spent]
    return Cost(
        requests=sum(one.requests for one in spent),
        replayed=sum(one.replayed for one in spent),
        tokens=sum(one.tokens for one in spent),
        usd=None if None in prices else sum(price or 0.0 for price in prices),
        budget_usd=release.recipe.get("budget", {}).get("usd"),
    )
