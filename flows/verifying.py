"""`instructory verify`: is everything a release stands on still there and still true?"""

from pathlib import Path

import click

from flows.showing import named, open_store
from tasks.core.errors import IntegrityError
from tasks.core.manifest import Release
from tasks.core.store import Store
from tasks.text.visible import visible


def verify(root: Path, name: str | None) -> None:
    """Hash every object of the releases, and every raw document; IntegrityError after naming each piece of damage."""
    store = open_store(root)
    releases = [named(store, name)] if name else _all(store)
    damage = list(store.raw_damage())
    for release in releases:
        found = list(_damage(store, release))
        damage += found
        click.echo(f"{release.dataset}@{release.version}: {release.rows:,} rows, {'damaged' if found else 'whole'}")
    for line in damage:
        click.echo(visible(line), err=True)
    if damage:
        raise IntegrityError(
            f"{len(damage)} objects are damaged; remove them and run the build again, or restore a backup"
        )
    click.echo(f"{len(releases)} releases verified")


def _all(store: Store) -> list[Release]:
    return [store.release(dataset, version) for dataset in store.datasets() for version in store.versions(dataset)]


def _damage(store: Store, release: Release) -> list[str]:
    manifests = []
    for stage, key in release.stages:
        manifest = store.manifest(stage, key)
        if manifest is None:
            return [f"{release.dataset}@{release.version}: {stage}/{key} or one of its objects is gone"]
        manifests.append(manifest)
    return list(store.damage(manifests))
