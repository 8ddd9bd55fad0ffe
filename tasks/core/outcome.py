"""What a stage's pure function receives beside its tables, and what it returns."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Protocol

import numpy as np
import pyarrow as pa

from tasks.core import schema as schemas
from tasks.core.params import sha256_file


@dataclass(frozen=True)
class Outcome:
    """Every row that entered, exactly once; plus rows that were made, each naming its parent.

    `rejected` has the columns of `kept` and `reason`, `detail`; `failed` has those of `kept` and `error`. A row that came
    in and was used up in making others (a chunk, by seeds) is accounted for by being named as a parent.
    """

    kept: pa.Table
    rejected: pa.Table
    failed: pa.Table
    facts: dict[str, Any] = field(default_factory=dict)
    """What the stage measured, as JSON data, for the report and the gate. Must not depend on the clock."""

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
    """Does row-wise work somewhere."""

    def __call__(
        self,
        function: RowWise,
        rows: pa.Table,
        others: Sequence[Any],
        tools: "Tools",
        kept: pa.Schema,
        multiple_of: int,
    ) -> list[Outcome]:
        """The outcomes of consecutive stretches of `rows`, in their order; at least one."""


def run_in_process(
    function: RowWise, rows: pa.Table, others: Sequence[Any], tools: "Tools", kept: pa.Schema, multiple_of: int
) -> list[Outcome]:
    """All rows at once, in this process."""
    del kept, multiple_of
    return [function(rows, *others, tools)]


@dataclass
class Usage:
    """What a build has asked of models so far; teachers add to it, the stage contract reads it before and after a stage."""

    requests: int = 0
    """Sent, every attempt counted."""
    replayed: int = 0
    """Answered from the journal: nothing sent, nothing paid."""
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    """Requests whose price is not known."""


@dataclass(frozen=True)
class Tools:
    """What the surroundings lend a stage. Nothing here can change its output, only whether and how fast it is reached."""

    key: str
    """The stage's cache key; the root of its randomness."""
    store_root: Path
    """Where journal and models' working files live; stages write nothing here themselves."""
    progress: Callable[[int, int], None] = lambda _done, _total: None
    """Called with (rows done, rows in all)."""
    workers: int = 2
    usage: Usage = field(default_factory=Usage)
    read_raw: Callable[[str], bytes] = lambda sha256: _no_raw(sha256)
    """The raw bytes kept under a sha256."""
    keep_raw: Callable[[bytes], str] = lambda data: hashlib.sha256(data).hexdigest()
    """Keeps raw bytes and returns their sha256."""

    keep_file: Callable[[Path], str] = lambda file: sha256_file(file)
    """Keeps a file's raw bytes, whatever their size, and returns their sha256."""
    raw_path: Callable[[str], Path] = lambda sha256: _no_raw(sha256)
    """Where the raw bytes kept under a sha256 can be read from."""

    row_runner: RowRunner = run_in_process
    """Where row-wise work is done: here, unless the recipe names a runner that has workers of its own."""

    def map_rows(
        self, function: RowWise, rows: pa.Table, *others: Any, kept: pa.Schema, multiple_of: int = 1
    ) -> list[Outcome]:
        """What `function(rows, *others, tools)` makes of `rows`: one outcome, or one for each of several consecutive stretches
        of them, which begin at multiples of `multiple_of` rows. Both must come to the same.

        `function` stands in a module, where a worker of another process finds it; `others` are tables, Params or plain data;
        `kept` is the schema of the rows it keeps.
        """
        return self.row_runner(function, rows, others, self, kept, multiple_of)

    def rng(self, row_id: str) -> np.random.Generator:
        """Randomness that depends on the stage's key and the row only, so neither on order nor on concurrency."""
        return np.random.default_rng(list(schemas.stable_id(self.key, row_id).encode()))


def _no_raw(sha256: str) -> NoReturn:
    raise KeyError(f"no raw bytes are kept under {sha256}")
