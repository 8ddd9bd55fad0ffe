"""The first stage of an import: which files there are. Their bytes are kept under their hash, as those of documents are."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from tasks.containers import METADATA, PACKED, SUFFIXES, container_of, passed_over, suffix_of
from tasks.core import schema as schemas
from tasks.core.errors import BadInput
from tasks.core.licences import terms_of
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import Row
from tasks.imports.datasets import hub
from tasks.imports.formats import bfcl
from tasks.imports.known import known
from tasks.imports.params import Dataset, Imports

MEDIA: Final = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
_WILD: Final = re.compile(r"[*?\[]")


def compute(params: Imports, tools: Tools) -> Outcome:
    """One row of schema.INVENTORY for each file of the recipe's datasets. Rejected: files that hold no records, and copies
    of a file that is there already. Failed: files that cannot be read. BadInput for a dataset that leads nowhere, and for two
    of one name.

    Facts: files, and `unreadable_share`, of all files found, those that are neither kept nor copies; `notes`: the files of
    folders that are passed over.
    """
    names = [name_of(dataset) for dataset in params.datasets]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise BadInput(f"datasets.{i}: a second dataset is called {name!r}; tell them apart with `name:`")
    found = _FoundFiles(tools)
    for dataset, name in zip(params.datasets, names, strict=True):
        folder = Path(dataset.path).expanduser()
        if dataset.hub:
            folder, commit = hub.snapshot(dataset)
            found.notes.append(f"{dataset.hub} at revision {commit}")
        files, others = files_of(folder)
        stated = hub.card_licence(folder) if folder.is_dir() else ""
        for file, relative in files:
            found.take(_row(dataset, name, file, relative, stated), file, dataset.encoding)
        if others and not dataset.hub:
            found.notes.append(passed_over(name, others))
    return found.outcome()


@dataclass
class _FoundFiles:
    """What has been found so far; `seen` maps the hash of a file's bytes to the id of the first file that has them."""

    tools: Tools
    kept: list[Row] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)
    failed: list[Row] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, row: Row, file: Path, encoding: str) -> None:
        """Keep a file, or reject it, or note that it cannot be read."""
        try:
            container = container_of(file, encoding)
            row |= {"raw_bytes": file.stat().st_size, "media_type": MEDIA.get(container)}
            if not container:
                self.rejected.append(
                    row | {"reason": "binary_document", "detail": "neither JSON, CSV, TSV, Parquet nor Arrow"}
                )
                return
            row["raw_sha256"] = self.tools.keep_file(file)
        except OSError as error:
            self.failed.append(row | {"error": f"{row['path']}: {error.strerror or error}"})
            return
        if row["raw_sha256"] in self.seen:
            self.rejected.append(row | {"reason": "duplicate_document", "detail": self.seen[row["raw_sha256"]]})
            return
        self.seen[row["raw_sha256"]] = row["document_id"]
        self.kept.append(row)

    def outcome(self) -> Outcome:
        """The rows as tables, and the facts."""
        kept, rejected, failed = (
            pa.Table.from_pylist(rows, schema=shape)
            for rows, shape in (
                (self.kept, schemas.INVENTORY),
                (self.rejected, schemas.rejected(schemas.INVENTORY)),
                (self.failed, schemas.failed(schemas.INVENTORY)),
            )
        )
        copies = sum(row["reason"] == "duplicate_document" for row in self.rejected)
        found = len(self.kept) + len(self.rejected) + len(self.failed)
        unreadable = (found - len(self.kept) - copies) / max(1, found)
        facts = {"files": len(self.kept), "unreadable_share": unreadable, "notes": self.notes}
        return Outcome.of(schemas.INVENTORY, kept, rejected, failed, facts)


def container_in(media_type: str | None) -> str:
    """The container that an inventory's media type names; empty for those of documents."""
    return next((container for container, media in MEDIA.items() if media == media_type), "")


def name_of(dataset: Dataset) -> str:
    """The name of a dataset: the recipe's, or one made from the file's or folder's name."""
    if dataset.name:
        return dataset.name
    if dataset.hub:
        return re.sub(r"[^a-z0-9]+", "-", dataset.hub.lower()).strip("-")[:64]
    parts = [part for part in Path(dataset.path).parts if not _WILD.search(part)]
    if parts[-1:] == ["data"]:  # what hubs, and releases of ours, call the folder of every dataset's rows
        parts.pop()
    stem = "-".join(parts[-2:] if parts[-1:] and parts[-1].isdigit() else parts[-1:])
    for suffix in (*PACKED, *SUFFIXES):
        stem = stem.removesuffix(suffix)
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:64] or "dataset"


def files_of(whole: Path) -> tuple[list[tuple[Path, str]], list[str]]:
    """The files of a dataset in order of path, with the name rows call them by, and the names of those that lie beside them and
    hold no data. A file named by itself brings the other of its pair along. BadInput if there are none."""
    if whole.is_file():
        return [(file, file.name) for file in (whole, *bfcl.companions(whole)) if file.is_file()], []
    wild = next((i for i, part in enumerate(whole.parts) if _WILD.search(part)), None)
    if whole.is_dir():
        root, pattern = whole, "**/*"
    elif wild is not None:
        root, pattern = Path(*whole.parts[:wild]), str(Path(*whole.parts[wild:]))
    else:
        raise BadInput(f"datasets: there is no file or folder {whole}")
    found = sorted(
        (file, file.relative_to(root).as_posix())
        for file in root.glob(pattern)
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(root).parts)
    )
    folders = {file.parent: _saved_files(file.parent) for file, _ in found}
    data = [(file, name) for file, name in found if _holds_data(file, folders[file.parent])]
    if not data:
        raise BadInput(f"datasets: {whole} holds no file with one of the suffixes {', '.join(SUFFIXES)}")
    chosen = {name for _, name in data}
    return data, [name for _, name in found if name not in chosen]


def _holds_data(file: Path, saved: frozenset[str] | None) -> bool:
    """Whether a file of a folder is to be read. `saved`: what its folder's state.json names; other Arrow files are caches."""
    if suffix_of(file) == ".arrow" and saved is not None:
        return file.name in saved
    return suffix_of(file) in SUFFIXES and file.name not in METADATA


def _saved_files(folder: Path) -> frozenset[str] | None:
    """The files that hold the rows of a folder which `save_to_disk` wrote; None for other folders."""
    try:
        state = json.loads((folder / "state.json").read_text("utf-8"))
        return frozenset(file["filename"] for file in state["_data_files"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _row(dataset: Dataset, name: str, file: Path, relative: str, card: str) -> Row:
    """`card`: the licence that the dataset's card states. What is known of a dataset counts more where it is stricter: cards of
    copies are often wrong."""
    found = known(name, file.name)
    listed = found.licence if found else ""
    looked_up = listed if not card or (listed and terms_of(listed).use == "non-commercial") else card
    return {
        "document_id": schemas.stable_id("dataset", name, relative),
        "source": name,
        "path": relative,
        "title": "",
        "licence": dataset.licence or looked_up or "unknown",
    }


def licence_source(dataset: Dataset, name: str, path: str, licence: str) -> str:
    """Where a licence is stated, in words."""
    found = known(name, Path(path).name)
    if dataset.licence:
        return f"{licence}, as the recipe says"
    if found and found.licence == licence:
        return f"{licence}, known as {found.name!r} ({found.origin_of_data}; checked {found.checked})"
    if licence and licence != "unknown":
        return f"{licence}, as its card says"
    return "licence unknown; state it with `licence:`"
