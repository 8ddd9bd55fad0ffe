"""The build of a release as OpenLineage events: a run for the build, one for each of its stages, what each read and what it made.

Events are those of openlineage.io/spec/2-0-2/OpenLineage.json. A run's id comes from the release and the stage's key, so the same
release gives the same events again. A stage that was cached has the times at which its output was made.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import httpx

from tasks.core.redaction import plain_address
from tasks.store.manifest import Manifest, Release
from tasks.store.store import Store

PRODUCER: Final = "urn:instructory"
SPEC: Final = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS: Final = "https://openlineage.io/spec/facets/1-0-0"
NAMESPACE: Final = "instructory"
LINEAGE_API: Final = "/api/v1/lineage"
"""Where OpenLineage's own clients send events, below the address of the server."""
SOURCES: Final = {"inventory": "documents", "datasets": "datasets"}
"""Stages that read from outside, and the key of the recipe that lists what they read."""


def events(store: Store, release: Release) -> Iterator[dict[str, Any]]:
    """START and COMPLETE of every stage, in their order, within those of the build."""
    manifests = [store.required(stage, key) for stage, key in release.stages]
    spans = [_span(manifest) for manifest in manifests]
    released = _dataset(release.dataset, str(release.version), release.rows)
    build = {"run": {"runId": _run_id(release)}, "job": {"namespace": NAMESPACE, "name": release.dataset}}
    outside = [_bare(one) for manifest in manifests for one in _inputs(release, manifest) if not manifest.inputs]
    if spans:
        yield _event("START", min(start for start, _ in spans), build, outside, [])
    for manifest, (start, end) in zip(manifests, spans, strict=True):
        facets = {"parent": {**_facet("ParentRunFacet"), **build}}
        stage = {
            "run": {"runId": _run_id(release, manifest.stage, manifest.key), "facets": facets},
            "job": {"namespace": NAMESPACE, "name": f"{release.dataset}.{manifest.stage}"},
        }
        inputs = _inputs(release, manifest)
        size = sum(part.size for part in manifest.tables["kept"])
        made = _dataset(_name(release, manifest.stage), manifest.key, manifest.ledger.kept, size)
        yield _event("START", start, stage, inputs, [])
        yield _event("COMPLETE", end, stage, inputs, [made])
    if spans:
        yield _event("COMPLETE", max(end for _, end in spans), build, outside, [released])


def lines(found: Iterable[dict[str, Any]]) -> bytes:
    """Events as JSON Lines."""
    return b"".join(json.dumps(event, ensure_ascii=False).encode() + b"\n" for event in found)


def send(found: Iterable[dict[str, Any]], url: str, key: str) -> str:
    """Post events to the OpenLineage server at `url`, with the bearer token `key` if there is one.

    Returns what went wrong, in one line, and sends no more then; empty if nothing did. A server that gets an event twice knows the
    run by its id.
    """
    address = url.rstrip("/") + LINEAGE_API
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx.Client(headers=headers, timeout=5.0) as client:
            for event in found:
                answer = client.post(address, json=event)
                if not answer.is_success:
                    return f"{plain_address(url)} answered an OpenLineage event with status {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{plain_address(url) or 'OPENLINEAGE_URL'} took no OpenLineage event ({type(error).__name__})"
    return ""


def _span(manifest: Manifest) -> tuple[datetime, datetime]:
    end = datetime.fromisoformat(manifest.written_at)
    return end - timedelta(seconds=round(manifest.seconds, 3)), end


def _event(
    kind: str, at: datetime, run: dict[str, Any], inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "eventType": kind,
        "eventTime": at.isoformat(timespec="milliseconds"),
        **run,
        "inputs": inputs,
        "outputs": outputs,
        "producer": PRODUCER,
        "schemaURL": SPEC,
    }


def _inputs(release: Release, manifest: Manifest) -> list[dict[str, Any]]:
    """What a stage read: outputs of other stages, or sources by their names in the recipe, without the paths of this machine."""
    if manifest.inputs:
        return [
            {
                "namespace": NAMESPACE,
                "name": _name(release, stage),
                "facets": {"version": {**_facet("DatasetVersionDatasetFacet"), "datasetVersion": key}},
            }
            for stage, key in manifest.inputs
        ]
    found = release.recipe.get(SOURCES.get(manifest.stage, "")) or []
    names = [
        one.get("hub") or one.get("name") or PurePath(one.get("path") or one.get("pydoc") or "").name for one in found
    ]
    return [{"namespace": NAMESPACE, "name": f"{release.dataset}/sources/{name}"} for name in names]


def _bare(dataset: dict[str, Any]) -> dict[str, Any]:
    return {name: dataset[name] for name in ("namespace", "name")}


def _dataset(name: str, version: str, rows: int, size: int | None = None) -> dict[str, Any]:
    """An output."""
    sized = {} if size is None else {"size": size}
    return {
        "namespace": NAMESPACE,
        "name": name,
        "facets": {"version": {**_facet("DatasetVersionDatasetFacet"), "datasetVersion": version}},
        "outputFacets": {
            "outputStatistics": {**_facet("OutputStatisticsOutputDatasetFacet"), "rowCount": rows, **sized}
        },
    }


def _facet(name: str) -> dict[str, str]:
    return {"_producer": PRODUCER, "_schemaURL": f"{FACETS}/{name}.json#/$defs/{name}"}


def _name(release: Release, stage: str) -> str:
    return f"{release.dataset}/{stage}"


def _run_id(release: Release, *stage: str) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join((NAMESPACE, release.name, release.content, *stage))))
