"""From what a person writes after --store to a folder and its backend.

`s3://bucket/prefix` has the layout of a store's folder and is authoritative; a folder below the user's cache holds copies of
what was read and what was made on this machine. The file `address` in such a folder says which bucket it is a copy of, so the
folder's path is all that need be passed around.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Final

from tasks.core.errors import BadInput
from tasks.store.backends import Backend
from tasks.store.files import private_folder, publish_once, write_once

_ADDRESS_FILE: Final = "address"
_ADDRESS: Final = re.compile(
    r"s3:/{1,2}([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/(?!\.{1,2}(?:/|$))[\w.=-]+)*)/*", re.ASCII
)
"""One slash will do: a Path made of an address has lost the other."""


def backend_of(root: Path) -> Backend:
    """The backend of the store in the folder `root`."""
    if (file := root / _ADDRESS_FILE).is_file():
        from tasks.store.s3.backend import S3Backend

        bucket = json.loads(file.read_text("utf-8"))
        return S3Backend(root, bucket["address"], bucket["endpoint"])
    return Backend(root)


def store_folder(store: Path | str) -> Path:
    """The folder of a store: the one named, or the working copy of an s3:// address, made if absent.

    BadInput for an address that names no bucket.
    """
    text = str(store)
    if not re.match(r"\w+:/", text):
        return Path(store)
    bucket = json.dumps({"address": bucket_address(text, "--store"), "endpoint": endpoint()})
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    root = private_folder(cache.absolute() / "instructory" / hashlib.sha256(bucket.encode()).hexdigest()[:16])
    if not (root / _ADDRESS_FILE).exists():
        publish_once(root / _ADDRESS_FILE, bucket.encode())
    return root


def bucket_address(text: str, option: str) -> str:
    """`text` as s3://bucket/prefix. BadInput, which names the command's option, if it is no such address."""
    if not (match := _ADDRESS.fullmatch(text)):
        raise BadInput(
            f"{option}: an address is s3://bucket/prefix, of letters, digits and . _ - =; keys come from the environment"
        )
    return f"s3://{match[1]}{match[2]}"


def second_working_copy(root: Path, folder: Path) -> Path:
    """`folder`, made another, empty working copy of the bucket that `root` is a copy of; `root` itself if it is no copy."""
    if not (file := root / _ADDRESS_FILE).is_file():
        return root
    write_once(folder / _ADDRESS_FILE, file.read_bytes())
    return folder


def endpoint() -> str:
    """The S3 server that the environment names; empty for Amazon's."""
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
    return next((value.rstrip("/") for name in names if (value := os.environ.get(name))), "")


def address_of(root: Path) -> str:
    """The name in messages of the store in the folder `root`: its s3:// address, or the folder."""
    file = root / _ADDRESS_FILE
    return str(json.loads(file.read_text("utf-8"))["address"]) if file.is_file() else str(root)
