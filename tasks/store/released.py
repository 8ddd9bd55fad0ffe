"""The stage and the objects that hold the rows of a release."""

from tasks.core.errors import BadInput
from tasks.store.manifest import Manifest, Part, Release
from tasks.store.store import Store


def rows_manifest(store: Store, release: Release, key: str) -> Manifest:
    """The stage that made the rows of a release. BadInput, naming the recipe's `key`, where they are gone."""
    for stage, stage_key in reversed(release.stages):
        manifest = store.manifest(stage, stage_key)
        if manifest is not None and manifest.content == release.content:
            return manifest
    where = f"the rows of {release.name} are gone from {store.backend.address}"
    raise BadInput(f"{key}: {where}; run `instructory verify`, or leave the release out")


def rows_parts(store: Store, release: Release) -> tuple[Part, ...]:
    """The objects that hold the released rows; of a draft, what the last stage that keeps examples kept, () if none did."""
    for stage, key in reversed(release.stages):
        parts = store.required(stage, key).tables["kept"]
        if release.version or store.columns(parts)[:1] == ["example_id"]:
            return parts
    return ()
