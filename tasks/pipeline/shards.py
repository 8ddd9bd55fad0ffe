"""Row-wise stages, one shard at a time: what was computed for a document is found again while that document is unchanged."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final, Protocol

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.outcome import Outcome, RowWise, Tools
from tasks.core.params import canonical_json
from tasks.core.schema import TEXT_COLUMNS, failed, rejected
from tasks.store.manifest import Ledger, Manifest
from tasks.store.store import Store

MOST_SHARDS: Final = 256
"""Documents beyond this many share shards, so that a large corpus doesn't become as many files."""
HASHED_AT_ONCE: Final = 16_384
"""Rows that are Python objects at a time."""
_SCORE: Final = TEXT_COLUMNS.index("score")


@dataclass(frozen=True)
class Shard:
    """Rows [start, stop) of a table, and the key under which their outcome is stored."""

    key: str
    start: int
    stop: int


class ShardedStage(Protocol):
    """What this module needs of a stage."""

    name: str
    kept: pa.Schema
    by: str | None
    """The column of the first input by which rows are divided into shards."""

    @property
    def compute(self) -> RowWise:
        """Its function, of the rows of a shard and what the stage reads beside them."""


class Workers(Protocol):
    """Computes shards in other processes."""

    def groups(self, shards: int) -> int:
        """In how many task runs so many shards are computed; 1: too few to be sent anywhere."""

    def run(
        self,
        function: RowWise,
        rows: pa.Table,
        shards: Sequence[Shard],
        others: Sequence[Any],
        tools: Tools,
        groups: int,
    ) -> None:
        """Return when the store has an outcome for each of `shards`."""


def by_document(
    stage: ShardedStage,
    store: Store,
    identity: Mapping[str, Any],
    entered: pa.Table,
    others: Sequence[Any],
    tools: Tools,
    workers: Workers | None = None,
) -> tuple[Outcome, tuple[str, ...]]:
    """The outcome of `stage` over `entered`, computed per shard of its `by` column, and the shards' keys.

    Shards that the store knows are read from there. The others are computed by `workers` if there are any and it is worth
    sending them, otherwise in this process.
    """
    shards = _split(entered, stage.by or "")
    digests = (hashlib.sha256(canonical_json(shard.to_pylist()).encode()).hexdigest() for shard in shards)
    keys = [key_of({**identity, "arguments": [digest, *others]}) for digest in digests]
    if workers:
        missing = {key: shard for key, shard in zip(keys, shards, strict=True) if not is_stored(store, stage.name, key)}
        if (groups := workers.groups(len(missing))) > 1:
            ends = list(accumulate(rows.num_rows for rows in missing.values()))
            parts = [
                Shard(key, end - rows.num_rows, end) for (key, rows), end in zip(missing.items(), ends, strict=True)
            ]
            workers.run(stage.compute, pa.concat_tables(missing.values()), parts, others, tools, groups)
    outcomes: list[Outcome] = []
    for number, (key, shard) in enumerate(zip(keys, shards, strict=True), 1):
        outcome = stored(store, stage.name, stage.kept, key)
        if outcome is None:
            outcome = stage.compute(shard, *others, tools)
            put(store, stage.name, key, shard.num_rows, outcome)
        outcomes.append(outcome)
        tools.progress(number, len(shards))
    return _joined(outcomes, stage.kept), tuple(keys)


def key_of(identity: Any) -> str:
    """The key of a shard; `identity` is everything that can change its outcome, as plain data."""
    return hashlib.sha256(canonical_json(identity).encode()).hexdigest()[:40]


def is_stored(store: Store, stage: str, key: str) -> bool:
    """Whether the outcome of a shard is in the store."""
    return store.manifest(f"{stage}.shards", key) is not None


def stored(store: Store, stage: str, kept: pa.Schema, key: str) -> Outcome | None:
    """The outcome of a shard from the store; None if it is not there."""
    manifest = store.manifest(f"{stage}.shards", key)
    if manifest is None:
        return None
    return Outcome(
        store.table(manifest, "kept", kept),
        store.table(manifest, "rejected", rejected(kept)),
        store.table(manifest, "failed", failed(kept)),
        manifest.facts,
    )


def put(store: Store, stage: str, key: str, rows: int, outcome: Outcome) -> None:
    """Put the outcome of a shard of so many rows into the store."""
    tables = {"kept": outcome.kept, "rejected": outcome.rejected, "failed": outcome.failed}
    store.put_manifest(
        Manifest(
            stage=f"{stage}.shards",
            key=key,
            identity={},
            sources={},
            tables={name: store.put(table) for name, table in tables.items()},
            ledger=Ledger(rows_in=rows, created=0, used=0, kept=0, rejected=0, failed=0),
            reasons={},
            facts=outcome.facts,
            inputs=(),
            seconds=0,
            written_at="",
        )
    )


def with_content_hash(outcome: Outcome, entered: pa.Table | None = None) -> Outcome:
    """`outcome` with the column `content_hash`, where the schema has it, filled from the text columns.

    A stage that keeps every row of `entered` with its texts unchanged keeps the hashes too, without computing them again.
    """
    if "content_hash" not in outcome.kept.schema.names:
        return outcome
    columns = {*TEXT_COLUMNS, "content_hash"}
    unchanged = (
        entered is not None
        and outcome.kept.num_rows == entered.num_rows
        and columns <= {*entered.column_names}
        and entered["content_hash"].null_count == 0
        and all(outcome.kept[name].equals(entered[name]) for name in columns)
    )
    kept = outcome.kept if unchanged else _hashed(outcome.kept)
    return Outcome(kept, _hashed(outcome.rejected), _hashed(outcome.failed), outcome.facts)


def _hashed(table: pa.Table) -> pa.Table:
    index = table.schema.get_field_index("content_hash")
    hashes = []
    for batch in table.select(list(TEXT_COLUMNS)).to_batches(max_chunksize=HASHED_AT_ONCE):
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        hashes.append(pa.array(map(_content_hash, rows), pa.string()))
    return table.set_column(index, table.schema.field(index), pa.chunked_array(hashes, pa.string()))


def _content_hash(row: tuple[Any, ...]) -> str:
    """Of the canonical JSON of the text columns. orjson writes the same bytes, but for floats, and in a tenth of the time."""
    if row[_SCORE] is None:
        return hashlib.sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
    return hashlib.sha256(canonical_json(row).encode()).hexdigest()[:32]


def _split(table: pa.Table, column: str) -> list[pa.Table]:
    """The rows of each value of a column; beyond MOST_SHARDS values, of each group of values that share a hash."""
    values = table.column(column).combine_chunks().dictionary_encode()
    codes = values.indices
    if len(values.dictionary) > MOST_SHARDS:
        buckets = [
            int(hashlib.sha256(str(value).encode()).hexdigest()[:8], 16) % MOST_SHARDS
            for value in values.dictionary.to_pylist()
        ]
        codes = pc.take(pa.array(buckets), codes)
    return [table.filter(pc.equal(codes, code)) for code in sorted(set(codes.to_pylist()))]


def _joined(outcomes: Sequence[Outcome], kept: pa.Schema) -> Outcome:
    return Outcome(
        pa.concat_tables([kept.empty_table(), *(outcome.kept for outcome in outcomes)]),
        pa.concat_tables([rejected(kept).empty_table(), *(outcome.rejected for outcome in outcomes)]),
        pa.concat_tables([failed(kept).empty_table(), *(outcome.failed for outcome in outcomes)]),
        _sum([outcome.facts for outcome in outcomes]),
    )


def _sum(facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Numbers added, nested ones too; of anything else, the value of the first shard that has it."""
    total: dict[str, Any] = {}
    for one in facts:
        for name, value in one.items():
            if isinstance(value, Mapping):
                total[name] = _sum([total.get(name, {}), value])
            elif isinstance(value, int | float) and not isinstance(value, bool):
                total[name] = total.get(name, 0) + value
            else:
                total.setdefault(name, value)
    return total
