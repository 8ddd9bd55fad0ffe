"""What `publish` does: sends a release to a folder, a bucket or a hub, and the events of its build to an OpenLineage server."""

import json
import os
from collections.abc import Collection
from pathlib import Path

import click

from flows.cli.showing import named, open_store
from tasks.core.errors import BadInput
from tasks.core.visible import visible
from tasks.release.publishing.listing import Publication, PublishedFiles, publication
from tasks.release.publishing.openlineage import send
from tasks.store.manifest import Release
from tasks.store.store import Store


def publish(root: Path, name: str, to: str, private: bool, private_columns: Collection[str], as_json: bool) -> None:
    """Send the release that `name` names to the address `to`, and say what was copied."""
    store = open_store(root)
    release = named(store, name, draft=False)
    ready, sent = _sent(store, release, to, private, private_columns)
    url = os.environ.get("OPENLINEAGE_URL", "")
    if url and (fault := send(ready.events, url, os.environ.get("OPENLINEAGE_API_KEY", ""))):
        click.echo(visible(f"! {fault}; the release is published, its events are in openlineage.jsonl"), err=True)
    if as_json:
        counts = {"copied": sent.copied, "bytes": sent.size, "unchanged": sent.unchanged}
        click.echo(json.dumps({"dataset": release.dataset, "version": release.version, "to": sent.address, **counts}))
    elif sent.copied:
        click.echo(
            visible(
                f"{ready.title} in {sent.address}: {sent.copied} files copied ({sent.size:,} bytes), {sent.unchanged} unchanged"
            )
        )
    else:
        click.echo(visible(f"{ready.title} in {sent.address}: nothing to copy, all {sent.unchanged} files are there"))


def _sent(
    store: Store, release: Release, to: str, private: bool, private_columns: Collection[str]
) -> tuple[Publication, PublishedFiles]:
    kind, _, address = to.partition(":")
    if private and kind != "hub":
        raise BadInput("--private is for a hub; who may read a folder or a bucket is set there")
    if kind == "folder" and address:
        from tasks.release.publishing.folder import to_folder

        ready = publication(store, release, private_columns)
        return ready, to_folder(ready, Path(address))
    if kind == "hub" and address:
        from tasks.release.publishing.hub import page_of, to_hub

        ready = publication(store, release, private_columns, page_of(address))
        return ready, to_hub(ready, address, private)
    if kind == "s3":
        from tasks.release.publishing.bucket import to_bucket
        from tasks.store.locations import bucket_address, endpoint

        where = bucket_address(to, "--to")
        ready = publication(store, release, private_columns)
        return ready, to_bucket(ready, where, endpoint())
    raise BadInput(f"--to {to}: say folder:PATH, s3://bucket/prefix or hub:org/name")
