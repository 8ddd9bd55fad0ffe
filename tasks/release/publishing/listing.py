"""What is published of a release: files with their hashes, and the list of them, which is itself the last file to be written.

Published is what the release's folder holds but for its report, which quotes rows and documents that were rejected. Columns that
are to stay private are published as null, so that the schema stays that of every release; with `reviews`, or where a release calls
its reviewers by pseudonyms, their names go from the recipe and the figures too.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from tasks.core.errors import BadInput, IntegrityError
from tasks.core.params import sha256_file
from tasks.core.redaction import holds_secret
from tasks.core.schema import CLUSTERED
from tasks.release.publish import write_folder
from tasks.release.publishing.croissant import DataFile, croissant
from tasks.release.publishing.openlineage import events, lines
from tasks.release.released import folder_of
from tasks.store.manifest import Release
from tasks.store.store import Store

MANIFEST: Final = "published.json"
"""Name of the list. Where it is, every file that it names is there."""
REQUIRED: Final = ("example_id", "instruction", "response", "licence", "split")
"""Columns without which nobody can use the rows, or may."""
TEXTS: Final = ("README.md", "metrics.json", "recipe.json")


class ListedFile(BaseModel):
    """An entry of the list."""

    model_config = ConfigDict(frozen=True)
    name: str
    """Path below the dataset's folder, with slashes."""
    sha256: str
    size: int
    """Bytes."""


class PublishedList(BaseModel):
    """published.json. Equal releases give equal bytes."""

    model_config = ConfigDict(frozen=True)
    dataset: str
    version: int
    rows: int
    content: str
    """Hash of the release's rows."""
    private_columns: tuple[str, ...] = ()
    files: tuple[ListedFile, ...]

    @property
    def names(self) -> set[str]:
        """The names of the files."""
        return {file.name for file in self.files}


@dataclass(frozen=True)
class FileToPublish:
    """A file and where its bytes are."""

    listed: ListedFile
    content: Path | bytes

    @property
    def name(self) -> str:
        """As in the list."""
        return self.listed.name


@dataclass(frozen=True)
class Publication:
    """A release, ready to be sent."""

    listed: PublishedList
    files: tuple[FileToPublish, ...]
    """Those of the list."""
    events: tuple[dict[str, Any], ...]
    """The OpenLineage events of the build, which are also one of the files."""

    @property
    def manifest(self) -> bytes:
        """The bytes of published.json."""
        return self.listed.model_dump_json(indent=1).encode()

    @property
    def title(self) -> str:
        """Dataset and version as commands take them, "demo@2"."""
        return f"{self.listed.dataset}@{self.listed.version}"


class PublishedFiles(NamedTuple):
    """What became of the files of a publication."""

    address: str
    copied: int
    size: int
    """Bytes that were copied."""
    unchanged: int
    """Files that were there already."""


def publication(store: Store, release: Release, private_columns: Collection[str] = (), url: str = "") -> Publication:
    """What is published of `release`. `url`: of the dataset's page, where it will have one.

    BadInput: a private column that there is not, or that rows need; a file that holds a secret of the environment. IntegrityError:
    rows that are not those of the release.
    """
    if unknown := sorted(set(private_columns) - set(CLUSTERED.names)):
        raise BadInput(f"--private-columns: released rows have no column {unknown[0]!r}")
    if needed := [name for name in REQUIRED if name in private_columns]:
        raise BadInput(f"--private-columns: {needed[0]} cannot be left out, rows are of no use without it")
    folder = _written_folder(store, release)
    paths = _data_files(store, release, folder)
    licences = _licences(list(paths.values()))
    if private_columns:
        paths = {name: _without(store, path, private_columns) for name, path in paths.items()}
    data = [_listed(name, path) for name, path in paths.items()]
    schema = pq.read_schema(next(iter(paths.values()))) if paths else CLUSTERED
    lineage = tuple(events(store, release))
    described = [DataFile(file.name, file.listed.sha256, file.listed.size) for file in data]
    texts = {
        **{name: _text(folder / name, release, private_columns) for name in TEXTS},
        **{f"templates/{path.name}": path.read_bytes() for path in sorted((folder / "templates").glob("*.jinja"))},
        "croissant.json": croissant(release, described, schema, licences, url),
        "openlineage.jsonl": lines(lineage),
    }
    for name, text in texts.items():
        if variable := holds_secret(text):
            raise BadInput(f"{name} holds the secret of the environment variable {variable}; nothing was published")
    files = sorted([*data, *(_listed(name, text) for name, text in texts.items())], key=lambda file: file.name)
    return Publication(
        PublishedList(
            dataset=release.dataset,
            version=release.version,
            rows=release.rows,
            content=release.content,
            private_columns=tuple(sorted(set(private_columns))),
            files=tuple(file.listed for file in files),
        ),
        tuple(files),
        lineage,
    )


def read_list(data: bytes | None, address: str, dataset: str) -> PublishedList | None:
    """The list of what was published at `address` before, None where nothing was.

    BadInput if the file is no such list or that of another dataset: nothing there is to be replaced.
    """
    if data is None:
        return None
    try:
        found = PublishedList.model_validate_json(data)
    except ValidationError:
        raise BadInput(f"{address} has a {MANIFEST} that lists no dataset; name another address") from None
    if found.dataset != dataset:
        raise BadInput(f"{address} holds {found.dataset!r}, not {dataset!r}; name another address")
    return found


def sha256_of(content: Path | bytes) -> str:
    """The hash of a file or of bytes."""
    return hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else sha256_file(content)


def _listed(name: str, content: Path | bytes) -> FileToPublish:
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    return FileToPublish(ListedFile(name=name, sha256=sha256_of(content), size=size), content)


def _written_folder(store: Store, release: Release) -> Path:
    """The release's folder, written again where a part of it is not there."""
    folder = store.root / folder_of(release)
    there = {file.path.relative_to(folder).as_posix() for file in store.backend.files(folder)}
    if not there.issuperset(TEXTS) or not any(name.startswith("data/") for name in there):
        return write_folder(store, release)
    for name in there - {"report.html"}:
        (store.backend.fetch if name.startswith("data/") else store.backend.refresh)(folder / name)
    return folder


def _data_files(store: Store, release: Release, folder: Path) -> dict[str, Path]:
    """The Parquet files of a release by their published names."""
    paths = {f"data/{path.name}": path for path in sorted((folder / "data").glob("*-of-*.parquet"))}
    for path in paths.values():
        if not store.backend.has(store.object_path(sha256_file(path)), path.stat().st_size):
            raise IntegrityError(f"{path} is not an object of the store; run `instructory verify`")
    rows = sum(pq.read_metadata(path).num_rows for path in paths.values())
    if rows != release.rows:
        raise IntegrityError(f"{folder} holds {rows:,} rows, the release {release.rows:,}; run `instructory report`")
    return paths


def _licences(paths: Sequence[Path]) -> list[str]:
    """The licences that rows name, each once."""
    found: set[str] = set()
    for path in paths:
        found |= set(pc.unique(pq.read_table(path, columns=["licence"])["licence"]).drop_null().to_pylist())
    return sorted(found - {""})


def _without(store: Store, path: Path, private_columns: Collection[str]) -> Path:
    """A file with the same rows in which the private columns are null."""
    table = pq.read_table(path, memory_map=True)
    for number, field in enumerate(table.schema):
        if field.name in private_columns:
            table = table.set_column(number, field, pa.nulls(table.num_rows, field.type))
    (part,) = store.put(table)
    return store.object_path(part.sha256)


def _text(path: Path, release: Release, private_columns: Collection[str]) -> bytes:
    """A text of the release's folder, without the names of reviewers where those are private."""
    review: dict[str, Any] = release.recipe.get("review") or {}
    named = review.get("names", "real") == "real" and "reviews" not in private_columns
    if path.suffix != ".json" or not review or named:
        return path.read_bytes()
    data = json.loads(path.read_bytes())
    if "review" in data:
        data["review"] |= {"weights": {}}
    if "reviews" in private_columns:
        for stage in data.get("stages", ()):
            stage["measured"] = {} if stage["stage"] == "review" else stage["measured"]
    return json.dumps(data, indent=1, ensure_ascii=False).encode()
