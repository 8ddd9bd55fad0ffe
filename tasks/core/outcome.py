"""What a stage's pure function receives beside its tables, and what it returns."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NoReturn, Protocol

import numpy as np
import pyarrow as pa

from tasks.core import schema as schemas
from tasks.core.params import sha256_file


@dataclass(frozen=True)
class Outcome:
    """Every row that entered, exactly once; plus rows that were made, each naming its parent.

    `rejected` has the columns of `kept` and `reason`, `detail`; `failed` has those of `kept` and `error`. A row that entered
    and was used up in making others (a chunk that became examples) is accounted for by being named as their parent.
    """

    kept: pa.Table
    rejected: pa.Table
    failed: pa.Table
    facts: dict[str, Any] = field(default_factory=dict)
    """What the stage measured, as JSON data, for the report and the gate. Must be the same in every run: no times."""

    @classmethod
    def of(
        cls,
        schema: pa.Schema,
        kept: pa.Table | None = None,
        rejected: pa.Table | None = None,
        failed: pa.Table | None = None,
        facts: dict[str, Any] | None = None,
    ) -> "Outcome":
        """An outcome whose tables conform to `schema`; absent columns are null, absent tables empty."""

        def shaped(table: pa.Table | None, target: pa.Schema) -> pa.Table:
            return target.empty_table() if table is None else schemas.conform(table, target)

        return cls(
            shaped(kept, schema),
            shaped(rejected, schemas.rejected(schema)),
            shaped(failed, schemas.failed(schema)),
            facts or {},
        )


RowWise = Callable[..., Outcome]
"""`(rows, *others, tools) -> Outcome`, where no row's outcome depends on any other row of `rows`."""


class RowRunner(Protocol):
    """Runs a row-wise function: in this process, or in workers of a cluster."""

    def __call__(
        self,
        function: RowWise,
        rows: pa.Table,
        others: Sequence[Any],
        tools: "Tools",
        kept: pa.Schema,
        multiple_of: int,
    ) -> list[Outcome]:
        """The outcomes of consecutive ranges of `rows`, in their order; at least one. `Tools.map_rows` explains the arguments."""


def run_in_process(
    function: RowWise, rows: pa.Table, others: Sequence[Any], tools: "Tools", kept: pa.Schema, multiple_of: int
) -> list[Outcome]:
    """The default `RowRunner`: one outcome for all rows."""
    del kept, multiple_of
    return [function(rows, *others, tools)]


@dataclass
class Usage:
    """What a build has asked of models so far. Teachers add to it; the stage contract reads it before and after each stage."""

    requests: int = 0
    """Sent, every attempt counted."""
    replayed: int = 0
    """Requests answered from the journal: nothing was sent or paid."""
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    """Answered requests whose price is not known; they are not in `usd`."""

    def add(self, other: "Usage") -> None:
        """Count what `other` has counted, too."""
        self.requests += other.requests
        self.replayed += other.replayed
        self.tokens += other.tokens
        self.usd += other.usd
        self.unpriced += other.unpriced


@dataclass(frozen=True)
class Tools:
    """What a stage gets from the build beside its tables and parameters. None of it can change the output of the stage."""

    key: str
    """The stage's cache key; the root of its randomness."""
    store_root: Path
    """The folder of the store. The journal is there; stages write nothing to it themselves."""
    progress: Callable[[int, int], None] = lambda _done, _total: None
    """Called with the rows done so far and the rows in all."""
    workers: int = 2
    usage: Usage = field(default_factory=Usage)
    read_raw: Callable[[str], bytes] = lambda sha256: _no_raw(sha256)
    """The raw bytes stored under a sha256."""
    keep_raw: Callable[[bytes], str] = lambda data: hashlib.sha256(data).hexdigest()
    """Stores raw bytes and returns their sha256."""
    keep_file: Callable[[Path], str] = lambda file: sha256_file(file)
    """Stores a file's raw bytes, whatever their size, and returns their sha256."""
    raw_path: Callable[[str], Path] = lambda sha256: _no_raw(sha256)
    """The path of the file with the raw bytes stored under a sha256."""
    scratch: Callable[[], IO[bytes]] = TemporaryFile
    """Opens an empty file that is gone when nobody reads it any more, where the store's files are."""
    row_runner: RowRunner = run_in_process
    """Runs row-wise functions: in this process, unless the recipe names a runner with workers of its own."""

    def map_rows(
        self, function: RowWise, rows: pa.Table, *others: Any, kept: pa.Schema, multiple_of: int = 1
    ) -> list[Outcome]:
        """Call `function(rows, *others, tools)` once, or once for each of several consecutive ranges of `rows`, perhaps in other
        processes. The outcomes taken together must be the same either way.

        function: stands at the top level of a module, so that another process can import it. others: tables, Params or plain
        data. kept: the schema of the rows it keeps. multiple_of: ranges begin at multiples of so many rows.
        """
        return self.row_runner(function, rows, others, self, kept, multiple_of)

    def rng(self, row_id: str) -> np.random.Generator:
        """A random generator that depends on the stage's key and the row only, not on order or concurrency."""
        return np.random.default_rng(list(schemas.stable_id(self.key, row_id).encode()))


def _no_raw(sha256: str) -> NoReturn:
    raise KeyError(f"no raw bytes are stored under {sha256}")
