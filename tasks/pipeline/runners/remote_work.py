"""Row-wise work in other processes: how a worker finds the rows of a shard, and where it leaves what it made of them.

Rows travel through the store. A worker is sent a function of a module, parameters and references to stored tables; it leaves
an outcome under the shard's key, where a build that was interrupted finds it again.
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
from typing import Any, Final

import numpy as np
import pyarrow as pa

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, RowWise, Tools, run_in_process
from tasks.core.params import canonical_json, sha256_file
from tasks.core.redaction import redact_logs, without_secrets
from tasks.pipeline import shards
from tasks.pipeline.runners.runner import Runner
from tasks.pipeline.shards import Shard
from tasks.store.manifest import Part
from tasks.store.store import Store

MOST_GROUPS: Final = 48
"""Task runs of one stage. Three stages are row-wise and a build has some 30 other task runs: fewer than 200, however many rows."""
ROWS_A_GROUP: Final = 4096
"""Fewer are done sooner in this process: a task run costs about 0.1 s, a row of cleaning and filters some 100 µs."""
SHARDS_A_GROUP: Final = 4
"""The same for stages that work by document."""


@dataclass(frozen=True)
class StoredTable:
    """Where a table is in the store."""

    parts: tuple[Part, ...]
    schema: pa.Schema


@dataclass(frozen=True)
class ShardGroup:
    """The shards of one stage that one task run computes, and everything it needs for that."""

    stage: str
    key: str
    """The stage's, as in `Tools`."""
    store: str
    """The store's address: a folder, or s3://…"""
    function: RowWise
    rows: StoredTable
    shards: tuple[Shard, ...]
    others: tuple[Any, ...]
    """The function's other arguments; a `StoredTable` stands for its table."""
    code: str
    versions: Mapping[str, str]
    """Of the libraries that can change the rows."""

    @property
    def size(self) -> int:
        """Rows in all shards."""
        return sum(shard.stop - shard.start for shard in self.shards)


class RemoteWork:
    """Has a runner's workers do the row-wise work of one stage; a `RowRunner`, and the `Workers` of its shards.

    tables: tables that are in the store already, and where; others are put there when they are first needed.
    """

    def __init__(
        self,
        runner: Runner,
        store: Store,
        stage: str,
        libraries: Sequence[str],
        tables: Sequence[tuple[pa.Table, StoredTable]],
    ) -> None:
        self._runner, self._store, self._stage = runner, store, stage
        self._versions = {name: installed(name) for name in (*libraries, "numpy", "pyarrow")}
        self._tables = list(tables)

    def __call__(
        self, function: RowWise, rows: pa.Table, others: Sequence[Any], tools: Tools, kept: pa.Schema, multiple_of: int
    ) -> list[Outcome]:
        """One outcome for each group of rows; all computed in this process where there are too few rows to send anywhere."""
        multiples = -(-rows.num_rows // multiple_of)
        groups = min(MOST_GROUPS, rows.num_rows // ROWS_A_GROUP, multiples)
        if groups < 2:
            return run_in_process(function, rows, others, tools, kept, multiple_of)
        cuts = [min(cut * multiple_of, rows.num_rows) for cut in _bounds(multiples, groups)]
        name = f"{function.__module__}.{function.__qualname__}"
        parts = [Shard(shards.key_of([tools.key, name, start, stop]), start, stop) for start, stop in pairwise(cuts)]
        self.run(function, rows, parts, others, tools, groups)
        found = [shards.stored(self._store, self._stage, kept, shard.key) for shard in parts]
        return [outcome for outcome in found if outcome is not None]

    def groups(self, shards: int) -> int:
        """In how many task runs so many shards are computed; 1: too few to be sent anywhere."""
        return max(1, min(MOST_GROUPS, shards // SHARDS_A_GROUP))

    def run(
        self,
        function: RowWise,
        rows: pa.Table,
        shards: Sequence[Shard],
        others: Sequence[Any],
        tools: Tools,
        groups: int,
    ) -> None:
        """Return when the store has an outcome for each of `shards`; those that it has already are not computed again."""
        stored_rows = self._stored(rows)
        stored_others = tuple(self._stored(other) if isinstance(other, pa.Table) else other for other in others)
        every = [
            ShardGroup(
                stage=self._stage,
                key=tools.key,
                store=self._store.backend.address,
                function=function,
                rows=stored_rows,
                shards=tuple(shards[start:stop]),
                others=stored_others,
                code=code(),
                versions=self._versions,
            )
            for start, stop in pairwise(_bounds(len(shards), groups))
        ]
        wanted = {number: group for number, group in enumerate(every, 1) if self._any_missing(group.shards)}
        total = sum(group.size for group in every)
        done = total - sum(group.size for group in wanted.values())

        def progress(number: int) -> None:
            nonlocal done
            done += wanted[number].size
            tools.progress(done, total)

        self._store.backend.flush()  # workers read the rows from the bucket, where there is one
        self._runner.run(self._stage, compute, wanted, len(every), progress)
        if self._any_missing(shards):
            raise BadInput(
                f"{self._stage}: a worker kept its rows in another folder than {self._store.backend.address}; mount this, under "
                "this path, wherever workers run"
            )

    def _any_missing(self, parts: Sequence[Shard]) -> bool:
        return not all(shards.is_stored(self._store, self._stage, shard.key) for shard in parts)

    def _stored(self, table: pa.Table) -> StoredTable:
        for known, stored in self._tables:
            if known is table:
                return stored
        self._tables.append((table, StoredTable(self._store.put(table), table.schema)))
        return self._tables[-1][1]


def compute(group: ShardGroup) -> list[str]:
    """Called in a worker: put the outcome of every shard of `group` into the store, and return their names there.

    BadInput where this worker does not see the store, or would not make the same rows as the process that sent the group.
    """
    redact_logs()
    with without_secrets():
        _require_same_versions(group)
        store = _store_of(group)
        tools = Tools(
            key=group.key,
            store_root=store.root,
            workers=1,
            read_raw=store.raw,
            keep_raw=store.keep_raw,
            keep_file=store.keep_raw_file,
            raw_path=store.raw_path,
        )
        for shard in group.shards:
            if not shards.is_stored(store, group.stage, shard.key):
                others = [_table(store, other) if isinstance(other, StoredTable) else other for other in group.others]
                rows = _rows(store, group.rows, shard.start, shard.stop)
                shards.put(store, group.stage, shard.key, rows.num_rows, group.function(rows, *others, tools))
        store.backend.flush()
    return [f"{group.stage}.shards/{shard.key}" for shard in group.shards]


@cache
def code() -> str:
    """A hash of everything below tasks/ that can change a row."""
    root = Path(__file__).parents[2]
    files = [path for path in sorted(root.rglob("*")) if path.suffix in {".py", ".yaml", ".md", ".json", ".jinja"}]
    named = [[path.relative_to(root).as_posix(), sha256_file(path)] for path in files]
    return hashlib.sha256(canonical_json(named).encode()).hexdigest()


def _bounds(size: int, parts: int) -> list[int]:
    """Where `parts` parts of about equal size begin and end."""
    return [int(bound) for bound in np.linspace(0, size, parts + 1).astype(int)]


def _require_same_versions(group: ShardGroup) -> None:
    if group.code != code():
        raise BadInput(
            f"the worker on {socket.gethostname()} runs another version of Instructory than the machine that builds; install the "
            "same on both"
        )
    for name, version in group.versions.items():
        try:
            found = installed(name)
        except PackageNotFoundError:
            found = "not installed"
        if found != version:
            raise BadInput(
                f"the worker on {socket.gethostname()} has {name} {found}, the machine that builds {version}; install "
                "requirements.lock on both"
            )


def _store_of(group: ShardGroup) -> Store:
    """The store that holds the rows of `group`, as this worker sees it. No folder is made where there is none."""
    store = _opened(group.store) if "://" in group.store or Path(group.store).is_dir() else None
    if store is None or not all(
        store.backend.has(store.object_path(part.sha256), part.size) for part in group.rows.parts
    ):
        raise BadInput(
            f"the worker on {socket.gethostname()} does not see the store {group.store}; mount that folder there, under the same "
            "path, or have the store in a bucket (s3://…)"
        )
    return store


@lru_cache(maxsize=4)
def _opened(root: str) -> Store:
    return Store(Path(root))


def _rows(store: Store, table: StoredTable, start: int, stop: int) -> pa.Table:
    """Rows [start, stop) of a table; only the parts that hold them are read."""
    tables, first = [table.schema.empty_table()], 0
    for part in table.parts:
        if first < stop and start < first + part.rows:
            rows = _table(store, StoredTable((part,), table.schema))
            tables.append(rows.slice(max(0, start - first), min(stop, first + part.rows) - max(start, first)))
        first += part.rows
    return pa.concat_tables(tables).combine_chunks()


@lru_cache(maxsize=2)
def _table(store: Store, table: StoredTable) -> pa.Table:
    """A table, or a part of one; the next group that this worker is sent is likely to need the same."""
    return store.get(table.parts, table.schema)
