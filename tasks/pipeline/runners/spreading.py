"""Row-wise work done by a crew: how a worker finds the rows of a shard, and where it leaves what it made of them.

Rows travel through the store. A worker is sent a function of a module, parameters and pointers to objects; it leaves an outcome
under the shard's key, where a build that was interrupted finds it again.
"""

import hashlib
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, RowWise, Tools, here
from tasks.core.params import canonical_json, sha256_file
from tasks.core.redaction import redact_logs, without_secrets
from tasks.pipeline import shards
from tasks.pipeline.shards import Shard
from tasks.store.manifest import Part
from tasks.store.store import Store

if TYPE_CHECKING:
    from tasks.pipeline.runners.runner import Crew

MOST_PIECES: Final = 48
"""Task runs of one stage. Three stages are row-wise and a build has some 30 other task runs: fewer than 200, however many rows."""
ROWS_A_PIECE: Final = 4096
"""Fewer are sooner done here: a piece costs about 0.1 s beside its rows, and cleaning and filters some 100 µs a row."""
SHARDS_A_PIECE: Final = 4
"""The same for documents."""


@dataclass(frozen=True)
class Pointer:
    """A table in the store."""

    parts: tuple[Part, ...]
    schema: pa.Schema


@dataclass(frozen=True)
class Piece:
    """What one task run does: some shards of one stage."""

    stage: str
    key: str
    """Of the stage, as in `Tools`."""
    store: str
    """Its address: a folder, or s3://…"""
    function: RowWise
    rows: Pointer
    shards: tuple[Shard, ...]
    others: tuple[Any, ...]
    """Pointers stand for tables."""
    code: str
    versions: Mapping[str, str]
    """Of the libraries that can change the rows."""

    @property
    def size(self) -> int:
        """Rows."""
        return sum(shard.stop - shard.start for shard in self.shards)


class Spreading:
    """Takes the row-wise work of one stage to a crew; a `Spread`."""

    def __init__(
        self,
        crew: "Crew",
        store: Store,
        stage: str,
        libraries: Sequence[str],
        lying: Sequence[tuple[pa.Table, Pointer]],
    ) -> None:
        self._crew, self._store, self._stage = crew, store, stage
        self._versions = {name: installed(name) for name in (*libraries, "numpy", "pyarrow")}
        self._lying = list(lying)
        """Tables that lie in the store, and where."""

    def __call__(
        self, function: RowWise, rows: pa.Table, others: Sequence[Any], tools: Tools, kept: pa.Schema, grain: int
    ) -> list[Outcome]:
        """`Tools.spread`: an outcome for every piece, or one made here where there are too few rows to be worth the way."""
        cuts = _cuts(rows.num_rows, grain)
        if len(cuts) < 3:
            return here(function, rows, others, tools, kept, grain)
        name = f"{function.__module__}.{function.__qualname__}"
        pieces = [Shard(shards.key_of([tools.key, name, start, stop]), start, stop) for start, stop in pairwise(cuts)]
        self.run(function, rows, pieces, others, tools, len(pieces))
        found = [shards.known(self._store, self._stage, kept, shard.key) for shard in pieces]
        return [outcome for outcome in found if outcome is not None]

    @staticmethod
    def pieces(documents: int) -> int:
        """Task runs for so many shards of a stage that works by document; one: not worth the way."""
        return max(1, min(MOST_PIECES, documents // SHARDS_A_PIECE))

    def run(
        self,
        function: RowWise,
        rows: pa.Table,
        parts: Sequence[Shard],
        others: Sequence[Any],
        tools: Tools,
        pieces: int,
    ) -> None:
        """Return when the store has an outcome for each of `parts`; those that it has already are not done again."""
        bounds = np.linspace(0, len(parts), pieces + 1).astype(int).tolist()
        place = self._pointer(rows)
        given = tuple(self._pointer(other) if isinstance(other, pa.Table) else other for other in others)
        all_pieces = [
            Piece(
                self._stage,
                tools.key,
                self._store.place.address,
                function,
                place,
                tuple(parts[a:b]),
                given,
                code(),
                self._versions,
            )
            for a, b in pairwise(bounds)
        ]
        wanted = {number: piece for number, piece in enumerate(all_pieces, 1) if self._missing(piece.shards)}
        done = sum(piece.size for piece in all_pieces) - sum(piece.size for piece in wanted.values())

        def progress(number: int) -> None:
            nonlocal done
            done += wanted[number].size
            tools.progress(done, sum(piece.size for piece in all_pieces))

        self._store.place.settle()  # workers look for it in the bucket, where there is one
        self._crew.do(self._stage, compute, wanted, len(all_pieces), progress)
        if self._missing(parts):
            raise BadInput(
                f"{self._stage}: a worker kept its rows in another folder than {self._store.place.address}; mount this, under this "
                "path, wherever workers run"
            )

    def _missing(self, parts: Sequence[Shard]) -> list[Shard]:
        return [shard for shard in parts if not shards.is_known(self._store, self._stage, shard.key)]

    def _pointer(self, table: pa.Table) -> Pointer:
        for known, pointer in self._lying:
            if known is table:
                return pointer
        self._lying.append((table, Pointer(self._store.put(table), table.schema)))
        return self._lying[-1][1]


def compute(piece: Piece) -> list[str]:
    """On a worker: leaves the outcome of every shard of `piece` in the store, and returns their names there.

    BadInput where this worker does not see the store, or would not make the same rows as the machine that asks.
    """
    redact_logs()
    with without_secrets():
        _require_same(piece)
        store = _store_of(piece)
        tools = Tools(
            key=piece.key,
            store_root=store.root,
            workers=1,
            read_raw=store.raw,
            keep_raw=store.keep_raw,
            keep_file=store.keep_raw_file,
            raw_path=store.raw_path,
        )
        for shard in piece.shards:
            if not shards.is_known(store, piece.stage, shard.key):
                others = [_table(store, other) if isinstance(other, Pointer) else other for other in piece.others]
                rows = _rows(store, piece.rows, shard.start, shard.stop)
                shards.keep(store, piece.stage, shard.key, rows.num_rows, piece.function(rows, *others, tools))
        store.place.settle()
    return [f"{piece.stage}.shards/{shard.key}" for shard in piece.shards]


@cache
def code() -> str:
    """A hash of everything below tasks/ that can change a row."""
    room = Path(__file__).parents[2]
    files = [path for path in sorted(room.rglob("*")) if path.suffix in {".py", ".yaml", ".md", ".json", ".jinja"}]
    named = [[path.relative_to(room).as_posix(), sha256_file(path)] for path in files]
    return hashlib.sha256(canonical_json(named).encode()).hexdigest()


def _require_same(piece: Piece) -> None:
    if piece.code != code():
        raise BadInput(
            f"the worker on {socket.gethostname()} runs another version of Instructory than the machine that builds; install the "
            "same on both"
        )
    for name, version in piece.versions.items():
        try:
            found = installed(name)
        except PackageNotFoundError:
            found = "not installed"
        if found != version:
            raise BadInput(
                f"the worker on {socket.gethostname()} has {name} {found}, the machine that builds {version}; install "
                "requirements.lock on both"
            )


def _store_of(piece: Piece) -> Store:
    """The store that the rows of `piece` lie in, as this worker sees it. Nothing is made where there is none."""
    store = _opened(piece.store) if "://" in piece.store or Path(piece.store).is_dir() else None
    if store is None or not all(
        store.place.has(store.object_path(part.sha256), part.size) for part in piece.rows.parts
    ):
        raise BadInput(
            f"the worker on {socket.gethostname()} does not see the store {piece.store}; mount that folder there, under the same "
            "path, or have the store in a bucket (s3://…)"
        )
    return store


@lru_cache(maxsize=4)
def _opened(root: str) -> Store:
    return Store(Path(root))


def _rows(store: Store, pointer: Pointer, start: int, stop: int) -> pa.Table:
    """Rows [start, stop) of a table, of which only the parts that hold them are read."""
    tables, first = [pointer.schema.empty_table()], 0
    for part in pointer.parts:
        if first < stop and start < first + part.rows:
            rows = _table(store, Pointer((part,), pointer.schema))
            tables.append(rows.slice(max(0, start - first), min(stop, first + part.rows) - max(start, first)))
        first += part.rows
    return pa.concat_tables(tables).combine_chunks()


@lru_cache(maxsize=2)
def _table(store: Store, pointer: Pointer) -> pa.Table:
    """A table, or a part of one; the next piece of this worker is likely to need the same."""
    return store.get(pointer.parts, pointer.schema)


def _cuts(rows: int, grain: int) -> list[int]:
    """Where the pieces of so many rows begin and end."""
    grains = -(-rows // grain)
    pieces = max(1, min(MOST_PIECES, rows // ROWS_A_PIECE, grains))
    return [min(int(cut) * grain, rows) for cut in np.linspace(0, grains, pieces + 1).astype(int)]
