"""The objects that hold the rows of a release."""

from tasks.store.manifest import Part, Release
from tasks.store.store import Store


def rows_parts(store: Store, release: Release) -> tuple[Part, ...]:
    """The objects that hold the released rows; of a draft, what the last stage that keeps examples kept, () if none did."""
    for stage, key in reversed(release.stages):
        parts = store.required(stage, key).tables["kept"]
        if release.version or store.columns(parts)[:1] == ["example_id"]:
            return parts
    return ()
