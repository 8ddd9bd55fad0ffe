"""Publishes below a prefix of an S3 bucket: the files first, the list of them last, each written only over what was seen there."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from tasks.core.errors import BadInput, InstructoryError
from tasks.release.publishing.listing import MANIFEST, FileToPublish, Publication, PublishedFiles, read_list
from tasks.store.s3.bucket import Bucket, S3Object


def to_bucket(publication: Publication, address: str, endpoint: str) -> PublishedFiles:
    """Have what is published below `address`, s3://bucket/prefix. BadInput if another dataset is there.

    InstructoryError if another process wrote there meanwhile.
    """
    bucket = Bucket(address, endpoint)
    there = bucket.read(MANIFEST)
    before = read_list(there[0] if there else None, address, publication.listed.dataset)
    objects = {found.key: found for found in bucket.list("")}
    known = publication.listed.names | (before.names if before else set())
    if others := sorted(key for key in objects if key.startswith("data/") and key not in known):
        raise BadInput(
            f"{address} holds {others[0]}, which is in no list of `publish`; name another prefix, or delete it"
        )
    written_at = there[1].changed if there else 0.0
    hashes = {
        file.name: file.sha256
        for file in (before.files if before else ())
        if file.name in objects and objects[file.name].changed < written_at
    }
    copied = [file for file in publication.files if _put(bucket, file, objects.get(file.name), hashes)]
    for name in sorted((before.names if before else set()) - publication.listed.names & set(objects)):
        bucket.delete(name)
    if there is None:
        written = bucket.create(MANIFEST, publication.manifest)
    else:
        written = (
            there[1].tag
            if there[0] == publication.manifest
            else bucket.swap(MANIFEST, publication.manifest, there[1].tag)
        )
    if written is None:
        raise _changed(address)
    size = sum(file.listed.size for file in copied)
    return PublishedFiles(address, len(copied), size, len(publication.files) - len(copied))


def _put(bucket: Bucket, file: FileToPublish, there: S3Object | None, hashes: Mapping[str, str]) -> bool:
    """Have a file in the bucket; returns whether it was sent.

    `hashes`: of objects that are older than the list that says so; what a run that broke off may have left is read and hashed.
    """
    if there is None:
        written = bucket.create(file.name, file.content)
    elif there.size == file.listed.size and (hashes.get(file.name) or _sha256(bucket, there)) == file.listed.sha256:
        return False
    else:
        content = file.content.read_bytes() if isinstance(file.content, Path) else file.content
        written = bucket.swap(file.name, content, there.tag)
    if written is None:
        raise _changed(f"{bucket.address}/{file.name}")
    return True


def _sha256(bucket: Bucket, there: S3Object) -> str:
    digest = hashlib.sha256()
    for piece in bucket.pieces(there.key) or ():
        digest.update(piece)
    return digest.hexdigest()


def _changed(address: str) -> InstructoryError:
    return InstructoryError(f"{address} was changed by another process meanwhile; run again")
