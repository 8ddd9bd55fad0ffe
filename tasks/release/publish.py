"""The last step: a folder a person can use, and the one reference that makes it a version.

releases/<dataset>/<n>/
    data/train-00000-of-00001.parquet   the rows, and nothing else in their folder: links to the store's objects, read-only;
                                        of a dataset with a split also validation-… and test-…
    README.md                           the dataset card
    metrics.json                        every figure of the report
    report.html                         the quality report, one file
    recipe.json                         the recipe, complete
    templates/NAME.jinja                the chat templates that rows were counted with, where the recipe names models
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.pipeline.build import Build
from tasks.release.card import card
from tasks.release.collect import collect
from tasks.release.metrics import metrics
from tasks.release.released import folder_of, splits
from tasks.release.report import render
from tasks.store.files import inside, private_folder
from tasks.store.manifest import Part, Release
from tasks.store.released import rows_parts
from tasks.store.store import Store


def publish(build: Build, recipe: Mapping[str, Any]) -> Release:
    """Publish what the build's last stage kept. If the latest release holds the same rows, that release is returned."""
    last = build.done[-1].manifest
    versions = build.store.versions(build.dataset)
    if versions and (latest := build.store.release(build.dataset)).content == last.content:
        return latest
    release = prepared(build, recipe)
    return build.store.publish(release, build.check_lease)


def prepared(build: Build, recipe: Mapping[str, Any]) -> Release:
    """What would be published next, with its folder written: rows, card and report can be read before it counts."""
    last = build.done[-1].manifest
    versions = build.store.versions(build.dataset)
    release = Release(
        dataset=build.dataset,
        version=max(versions, default=0) + 1,
        stages=tuple((done.manifest.stage, done.manifest.key) for done in build.done),
        verdicts=tuple((verdict.stage, verdict.key) for verdict in build.verdicts),
        rows=last.ledger.kept,
        content=last.content,
        recipe=dict(recipe),
        build=build.name,
        published_at=datetime.now(UTC).isoformat(timespec="seconds"),
        previous=versions[-1] if versions else None,
        approval=build.approval,
    )
    folder = folder_of(release)
    release = release.model_copy(update={"report": str(folder / "report.html"), "card": str(folder / "README.md")})
    cached = {done.manifest.key for done in build.done if done.cached}
    write_folder(build.store, release, cached)
    return release


def write_folder(store: Store, release: Release, cached: frozenset[str] | set[str] = frozenset()) -> Path:
    """Write a release's folder from the store; everything in it can be written again at any time."""
    folder = private_folder(inside(store.root, store.root / folder_of(release)))
    data = collect(store, release, cached)
    store.backend.replace(folder / "report.html", render(data).encode())
    store.backend.replace(folder / "README.md", card(data).encode())
    figures = json.dumps(metrics(data), indent=1, ensure_ascii=False, default=str)
    store.backend.replace(folder / "metrics.json", figures.encode())
    store.backend.replace(folder / "recipe.json", json.dumps(release.recipe, indent=1, ensure_ascii=False).encode())
    for stage in data.stages:
        for found in stage.facts.get("targets", ()) if stage.stage == "tokens" else ():
            template = private_folder(folder / "templates") / f"{found['target']}.jinja"
            store.backend.replace(template, found["template_source"].encode())
    rows = private_folder(folder / "data")
    links = {
        f"{side}-{number:05d}-of-{len(parts):05d}.parquet": part.sha256
        for side, parts in _parts_of_sides(store, release, data.rows).items()
        for number, part in enumerate(parts)
    }
    for path in rows.glob("*-of-*.parquet"):  # what a build that was killed before it published may have left here
        wanted = store.object_path(links[path.name]) if path.name in links else None
        if wanted is None or not wanted.exists() or not path.samefile(wanted):
            store.backend.delete(path)
    for name, sha256 in links.items():
        store.backend.link(store.object_path(sha256), rows / name)
    return folder


def _parts_of_sides(store: Store, release: Release, rows: pa.Table) -> dict[str, tuple[Part, ...]]:
    """The objects with the rows of each side; those of the release itself where it has no split."""
    sides = splits(rows)
    if sides == ["train"]:
        return {"train": rows_parts(store, release)}
    return {side: store.put(rows.filter(pc.equal(rows["split"], side))) for side in sides}
