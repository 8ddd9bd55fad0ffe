"""Publishes to a Hugging Face hub: one commit that has a whole version, with large files sent before it.

`huggingface_hub` speaks the protocol. A large file that a killed run has sent is on the hub by its hash and is not sent again; the
commit names the one that it follows, so that two runs cannot mix.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2

from tasks.core.errors import BadInput, InstructoryError
from tasks.core.redaction import plain_address
from tasks.release.publishing.listing import (
    MANIFEST,
    FileToPublish,
    ListedFile,
    Publication,
    PublishedFiles,
    read_list,
    sha256_of,
)

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)


def page_of(name: str) -> str:
    """The address of a dataset's page on the hub that HF_ENDPOINT names, or Hugging Face's. BadInput unless it is `org/name`."""
    if not _NAME.fullmatch(name):
        raise BadInput(f"--to hub:{name}: a dataset of a hub is org/name, of letters, digits and . _ -")
    return f"{_endpoint()}/datasets/{name}"


def to_hub(publication: Publication, name: str, private: bool) -> PublishedFiles:
    """Make the main branch of the dataset `name` hold what is published; the repository is made if it is not there.

    Files that `publish` did not write stay, unless they lie among the data, which is refused. BadInput: no HF_TOKEN, no permission,
    another dataset there, or `private` for a repository that is public.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not (token := os.environ.get("HF_TOKEN", "").strip()):
        raise BadInput(f"hub:{name}: set HF_TOKEN in the environment to a token that may write there")
    disable_progress_bars()
    api, page = HfApi(endpoint=_endpoint(), token=token, library_name="instructory"), page_of(name)
    with _readable_errors(page):
        api.create_repo(name, repo_type="dataset", private=True if private else None, exist_ok=True)
        info = api.dataset_info(name, revision="main")
        if private and not info.private:
            raise BadInput(f"{page} is public; make it private there, or publish without --private")
        there = _files(api, name, info.sha or "main")
        before = read_list(_manifest(page, info.sha or "main", token, there), page, publication.listed.dataset)
        known = publication.listed.names | (before.names if before else set())
        if others := sorted(path for path in there if path.startswith("data/") and path not in known):
            raise BadInput(
                f"{page} holds {others[0]}, which `publish` did not write; name another dataset, or delete it"
            )
        sent = [file for file in _all(publication) if not _is(there.get(file.name), file)]
        gone = sorted((before.names if before else set()) - publication.listed.names & set(there))
        if sent or gone:
            additions = [CommitOperationAdd(path_in_repo=file.name, path_or_fileobj=file.content) for file in sent]
            deletions = [CommitOperationDelete(path_in_repo=path) for path in gone]
            api.create_commit(
                name,
                [*additions, *deletions],
                commit_message=f"Release {publication.title}",
                repo_type="dataset",
                parent_commit=info.sha,
            )
    copied = [file for file in sent if file.name != MANIFEST]
    size = sum(file.listed.size for file in copied)
    return PublishedFiles(page, len(copied), size, len(publication.files) - len(copied))


def _all(publication: Publication) -> list[FileToPublish]:
    manifest = publication.manifest
    listed = ListedFile(name=MANIFEST, sha256=sha256_of(manifest), size=len(manifest))
    return [*publication.files, FileToPublish(listed, manifest)]


def _files(api: "HfApi", name: str, revision: str) -> "dict[str, RepoFile]":
    """The files of a revision by their paths."""
    from huggingface_hub.hf_api import RepoFile

    tree = api.list_repo_tree(name, recursive=True, revision=revision, repo_type="dataset")
    return {entry.path: entry for entry in tree if isinstance(entry, RepoFile)}


def _manifest(page: str, revision: str, token: str, there: "dict[str, RepoFile]") -> bytes | None:
    if MANIFEST not in there:
        return None
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx2.get(f"{page}/resolve/{revision}/{MANIFEST}", headers=headers, timeout=60.0, follow_redirects=True)
    return answer.raise_for_status().content


def _is(there: "RepoFile | None", file: FileToPublish) -> bool:
    """Whether a file of the hub has the bytes of ours: by its SHA-256 where it is a large one, else by Git's hash."""
    if there is None or there.size != file.listed.size:
        return False
    if there.lfs is not None:
        return bool(there.lfs.sha256 == file.listed.sha256)
    data = file.content.read_bytes() if isinstance(file.content, Path) else file.content
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    return bool(there.blob_id == blob)


def _endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


@contextmanager
def _readable_errors(page: str) -> Iterator[None]:
    """Turn the client's exceptions into errors of one line."""
    from huggingface_hub.errors import HfHubHTTPError

    where = plain_address(page)
    try:
        yield
    except (HfHubHTTPError, httpx2.HTTPError, OSError, RuntimeError, ValueError) as error:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status in (401, 403, 404):
            raise BadInput(
                f"{where}: the hub refuses it (status {status}); set HF_TOKEN to a token that may write there"
            ) from None
        if status in (409, 412):
            raise InstructoryError(f"{where} was changed by somebody else meanwhile; run again") from None
        cause = f"status {status}" if status else " ".join(str(error.__cause__ or error).split())[:200]
        raise InstructoryError(
            f"{where}: the hub did not take it ({cause or type(error).__name__}); what it has is kept, run again"
        ) from None
