"""Datasets of a Hugging Face hub: the files of one revision, loaded once into the hub's own cache on this machine.

Environment: HF_ENDPOINT, HF_TOKEN (sent to the endpoint only, written nowhere), HF_HUB_OFFLINE, and the cache by HF_HUB_CACHE or
HF_HOME, as `huggingface_hub` reads them. A revision that is named by its 40 digits and was loaded before needs no network.
"""

import hashlib
import json
import os
import re
import time
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

import httpx
import yaml

from tasks.containers import METADATA, SUFFIXES, suffix_of
from tasks.core.errors import BadInput
from tasks.core.visible import visible
from tasks.imports.params import Dataset

CARD: Final = "README.md"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_FRONT: Final = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_ATTEMPTS: Final = 4
_WAIT: Final = 0.5
"""Seconds before the second attempt; twice as long before each further one."""
_PASSING: Final = frozenset([429, 500, 502, 503, 504])
_LISTING_BYTES: Final = 64 << 20
_CARD_BYTES: Final = 4 << 20
_TIMEOUT: Final = httpx.Timeout(30.0, read=60.0)


class _File(NamedTuple):
    name: str
    size: int | None
    sha256: str


class LoadedDataset(NamedTuple):
    """The files of one revision on this machine."""

    folder: Path
    commit: str


def snapshot(dataset: Dataset) -> LoadedDataset:
    """The folder with a dataset's card and data files at the revision that the recipe names, loaded where it is not there.

    BadInput, in one line: no such dataset or revision, no permission, no network, an address that leads out of the folder.
    """
    home = _cache() / f"datasets--{dataset.hub.replace('/', '--')}"
    known = home / f"files-{dataset.revision}.json"
    pinned = bool(_COMMIT.fullmatch(dataset.revision))
    with httpx.Client(headers=_headers(), timeout=_TIMEOUT, follow_redirects=True, max_redirects=5) as client:
        loaded = pinned and known.is_file()
        listing = json.loads(known.read_text("utf-8")) if loaded else _listing(client, dataset)
        commit, files = _files(dataset, listing)
        folder = home / "snapshots" / commit
        for file in files:
            _load(client, dataset, commit, file, folder / file.name)
    _write(home / f"files-{commit}.json", json.dumps({"sha": commit, "siblings": listing["siblings"]}).encode())
    return LoadedDataset(folder, commit)


def card_licence(folder: Path) -> str:
    """The licence that a dataset's card states, empty where none does. Hubs write SPDX names in small letters."""
    try:
        with (folder / CARD).open("rb") as file:
            front = _FRONT.match(file.read(_CARD_BYTES).decode("utf-8", "replace"))
        data = yaml.safe_load(front[1]) if front else None
    except (OSError, yaml.YAMLError, RecursionError):
        return ""
    stated = data.get("license") if isinstance(data, dict) else None
    names = stated if isinstance(stated, list) else [stated]
    if names == ["other"] and isinstance(data, dict):
        names = [data.get("license_name")]
    return " and ".join(
        name.strip() for name in names if isinstance(name, str) and name.strip() not in ("", "unknown")
    )[:200]


def _listing(client: httpx.Client, dataset: Dataset) -> dict[str, Any]:
    address = f"{_endpoint()}/api/datasets/{dataset.hub}/revision/{dataset.revision or 'main'}"
    answer = _ask(client, dataset, address, {"blobs": "true"})
    try:
        listing = json.loads(answer)
        if isinstance(listing["sha"], str) and isinstance(listing["siblings"], list):
            return {"sha": listing["sha"], "siblings": listing["siblings"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise BadInput(f"datasets: {dataset.hub}: {_endpoint()} gave no list of files")


def _files(dataset: Dataset, listing: dict[str, Any]) -> tuple[str, list[_File]]:
    """The commit, and the files of it that are loaded: the card, and the data that the recipe asks for."""
    commit = listing["sha"]
    if not _COMMIT.fullmatch(commit):
        raise BadInput(f"datasets: {dataset.hub}: {_endpoint()} names no commit")
    files = []
    for entry in listing["siblings"]:
        name = entry.get("rfilename") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            continue
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\\" in name or "\0" in name:
            raise BadInput(f"datasets: {dataset.hub}: a file's name leads out of the folder: {visible(name)[:100]}")
        if not _wanted(dataset, name):
            continue
        lfs = entry.get("lfs") if isinstance(entry.get("lfs"), dict) else {}
        size = lfs.get("size", entry.get("size"))
        files.append(
            _File(name, size if isinstance(size, int) else None, str(lfs.get("sha256") or lfs.get("oid") or ""))
        )
    if not any(file.name != CARD for file in files):
        asked = f" that matches {dataset.files}" if dataset.files else ""
        raise BadInput(f"datasets: {dataset.hub} holds no file{asked} with one of the suffixes {', '.join(SUFFIXES)}")
    return commit, files


def _wanted(dataset: Dataset, name: str) -> bool:
    if name == CARD:
        return True
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") for part in path.parts)
    data = suffix_of(Path(name)) in SUFFIXES and path.name not in METADATA and not hidden
    return data and (not dataset.files or path.match(dataset.files))


def _load(client: httpx.Client, dataset: Dataset, commit: str, file: _File, target: Path) -> None:
    """Brings a file to `target`, unless it is there; what a cut connection left is gone on with."""
    if target.is_file() and file.size in (None, target.stat().st_size):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    address = f"{_endpoint()}/datasets/{dataset.hub}/resolve/{commit}/{file.name}"
    _ask(client, dataset, address, {}, part, file.size)
    if file.size is not None and part.stat().st_size != file.size:
        part.unlink()
        raise BadInput(f"datasets: {dataset.hub}: {file.name} has not the {file.size} bytes that were announced")
    if file.sha256:
        with part.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != file.sha256:
                part.unlink()
                raise BadInput(f"datasets: {dataset.hub}: {file.name} is not what was announced: its sha256 differs")
    part.replace(target)


def _ask(
    client: httpx.Client,
    dataset: Dataset,
    address: str,
    params: dict[str, str],
    part: Path | None = None,
    size: int | None = None,
) -> bytes:
    """The body of an answer, or nothing where it was written to `part`. Faults that pass are waited out."""
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
        raise _offline(dataset, "HF_HUB_OFFLINE is set")
    fault = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_WAIT * 2 ** (attempt - 1))
        have = part.stat().st_size if part and part.is_file() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        try:
            with client.stream("GET", address, params=params, headers=headers) as answer:
                if answer.status_code in _PASSING:
                    fault = f"status {answer.status_code}"
                    continue
                if answer.status_code == 416 and part:  # what is there is the whole, or wrong
                    part.unlink()
                    continue
                _check_status(answer.status_code, dataset)
                if part is None:
                    return _body(answer)
                with part.open("ab" if answer.status_code == 206 else "wb") as file:
                    for data in answer.iter_bytes():
                        file.write(data)
                        if size is not None and file.tell() > size:
                            break
                return b""
        except (httpx.TransportError, httpx.TooManyRedirects, httpx.DecodingError) as error:
            fault = type(error).__name__
    raise _offline(dataset, fault)


def _body(answer: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    for data in answer.iter_bytes(1 << 16):
        size += len(data)
        if size > _LISTING_BYTES:
            break
        parts.append(data)
    return b"".join(parts)


def _check_status(status: int, dataset: Dataset) -> None:
    where = f"datasets: {dataset.hub}" + (f" at revision {dataset.revision}" if dataset.revision else "")
    if status in (401, 403):
        raise BadInput(
            f"{where}: {_endpoint()} refuses it; accept its terms on its page, and set HF_TOKEN to a token that may read it"
        )
    if status == 404:
        raise BadInput(f"{where}: {_endpoint()} has no such dataset, revision or file")
    if status not in (200, 206):
        raise BadInput(f"{where}: {_endpoint()} answered with status {status}")


def _offline(dataset: Dataset, fault: str) -> BadInput:
    pinned = (
        "" if _COMMIT.fullmatch(dataset.revision) else "; with `revision:` as 40 digits, a copy loaded before would do"
    )
    return BadInput(
        f"datasets: {dataset.hub} cannot be loaded from {_endpoint()} ({fault}){pinned}; or name a folder with `path:`"
    )


def _endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def _headers() -> dict[str, str]:
    token = os.environ.get("HF_TOKEN", "").strip()
    return {"User-Agent": "instructory", "Accept-Encoding": "identity"} | (
        {"Authorization": f"Bearer {token}"} if token else {}
    )


def _cache() -> Path:
    if named := os.environ.get("HF_HUB_CACHE"):
        return Path(named).expanduser()
    home = os.environ.get("HF_HOME") or f"{os.environ.get('XDG_CACHE_HOME') or '~/.cache'}/huggingface"
    return Path(home).expanduser() / "hub"


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
