"""`instructory verify`: checks that every byte that a release stands on is there and unchanged."""

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from flows.cli.showing import named, open_store
from tasks.core.errors import IntegrityError
from tasks.core.visible import visible
from tasks.store.locations import second_working_copy
from tasks.store.manifest import Manifest, Release, read_record
from tasks.store.store import Store
from tasks.teachers import damage as journal_damage
from tasks.teachers import lost


def verify(root: Path, name: str | None) -> None:
    """Hash every object of the releases, every raw document and every answer of a model; IntegrityError after naming each piece
    of damage."""
    store = open_store(root)
    answers = [*journal_damage(store.root), *filter(None, [lost(store)])]
    with TemporaryDirectory() as folder:  # records of a bucket are read there, not from what was copied before
        _verify(Store(second_working_copy(store.root, Path(folder))), name, answers)


def _verify(store: Store, name: str | None, answers: list[str]) -> None:
    damage = [*store.raw_damage(), *answers]
    releases = [named(store, name, draft=False)] if name else _all(store, damage)
    for release in releases:
        found = _damage(store, release)
        damage += found
        click.echo(f"{release.dataset}@{release.version}: {release.rows:,} rows, {'damaged' if found else 'whole'}")
    damage = list(dict.fromkeys(damage))  # releases share objects
    for line in damage:
        click.echo(visible(line), err=True)
    if damage:
        raise IntegrityError(
            f"{len(damage)} pieces are damaged; remove the files and run the build again, or restore a backup"
        )
    click.echo(f"{len(releases)} releases verified")


def _all(store: Store, damage: list[str]) -> list[Release]:
    """The releases that can be read; what is wrong with the others goes into `damage`."""
    found = []
    for dataset in store.datasets():
        for version in store.versions(dataset):
            try:
                found.append(store.release(dataset, version))
            except IntegrityError as error:
                damage.append(str(error))
    return found


def _damage(store: Store, release: Release) -> list[str]:
    """What is wrong with the records and objects that a release stands on."""
    name, damage, manifests = f"{release.dataset}@{release.version}", [], []
    for stage, key in release.stages:
        try:
            store.backend.fetch(path := store.manifest_path(stage, key))
            manifests.append(read_record(Manifest, path))
        except IntegrityError as error:
            damage.append(f"{name}: {error}")
    for stage, key in release.verdicts:
        try:
            if store.verdict(stage, key) is None:
                damage.append(f"{name}: the verdict {stage}/{key} is gone")
        except IntegrityError as error:
            damage.append(f"{name}: {error}")
    return [*damage, *store.damage(manifests)]
