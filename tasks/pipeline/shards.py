"""Row-wise stages, one shard at a time: what was computed for a document is found again while that document is unchanged."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import canonical_json
from tasks.core.schema import TEXT_COLUMNS, failed, rejected
from tasks.store.manifest import Ledger, Manifest
from tasks.store.store import Store

if TYPE_CHECKING:
    from tasks.pipeline.runners.spreading import Spreading
    from tasks.pipeline.stage import Stage

MOST_SHARDS = 256
"""Documents beyond this many share shards, so that a large corpus doesn't become as many files."""

HASHED_AT_ONCE: Final = 16_384
"""Rows that are Python objects at a time."""
_SCORE: Final = TEXT_COLUMNS.index("score")


@dataclass(frozen=True)
class Shard:
    """Rows [start, stop) of a table, and the key of what becomes of them."""

    key: str
    start: int
    stop: int


def by_document(
    stage: "Stage",
    store: Store,
    identity: Mapping[str, Any],
    entered: pa.Table,
    others: Sequence[Any],
    tools: Tools,
    spreading: "Spreading | None" = None,
) -> tuple[Outcome, tuple[str, ...]]:
    """The outcome of `stage` over `entered`, computed per shard of its `by` column, and the shards' keys; known shards come
    from the store. With `spreading`, the others are computed by its crew."""
    shards = _split(entered, stage.by or "")
    keys = [key_of({**identity, "arguments": [_digest(shard), *others]}) for shard in shards]
    if spreading:
        missing = {key: shard for key, shard in zip(keys, shards, strict=True) if not is_known(store, stage.name, key)}
        _spread(stage, spreading, missing, others, tools)
    outcomes: list[Outcome] = []
    for position, (key, shard) in enumerate(zip(keys, shards, strict=True)):
        outcomes.append(known(store, stage.name, stage.kept, key) or _computed(stage, store, key, shard, others, tools))
        tools.progress(position + 1, len(shards))
    return _joined(outcomes, stage.kept), tuple(keys)


def key_of(identity: Any) -> str:
    """The key of a shard of which everything that can change its outcome is `identity`."""
    return hashlib.sha256(canonical_json(identity).encode()).hexdigest()[:40]


def is_known(store: Store, stage: str, key: str) -> bool:
    """Whether the outcome of a shard is in the store."""
    return store.manifest(f"{stage}.shards", key) is not None


def known(store: Store, stage: str, kept: pa.Schema, key: str) -> Outcome | None:
    """The outcome of a shard, if it is in the store."""
    manifest = store.manifest(f"{stage}.shards", key)
    if manifest is None:
        return None
    return Outcome(
        store.table(manifest, "kept", kept),
        store.table(manifest, "rejected", rejected(kept)),
        store.table(manifest, "failed", failed(kept)),
        manifest.facts,
    )


def keep(store: Store, stage: str, key: str, rows: int, outcome: Outcome) -> None:
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
    """`outcome` with the column `content_hash`, where the schema has it, filled from the text columns. A stage that keeps all
    that `entered` as it is keeps the hashes too."""
    if "content_hash" not in outcome.kept.schema.names:
        return outcome
    kept = outcome.kept if entered is not None and _says_the_same(outcome.kept, entered) else _hashed(outcome.kept)
    return Outcome(kept, _hashed(outcome.rejected), _hashed(outcome.failed), outcome.facts)


def _says_the_same(kept: pa.Table, entered: pa.Table) -> bool:
    columns = [*TEXT_COLUMNS, "content_hash"]
    if kept.num_rows != entered.num_rows or not {*columns} <= {*entered.column_names}:
        return False
    return entered["content_hash"].null_count == 0 and all(kept[name].equals(entered[name]) for name in columns)


def _hashed(table: pa.Table) -> pa.Table:
    index = table.schema.get_field_index("content_hash")
    batches = table.select(list(TEXT_COLUMNS)).to_batches(max_chunksize=HASHED_AT_ONCE)
    hashes = [pa.array([_content_hash(row) for row in _rows(batch)], pa.string()) for batch in batches]
    return table.set_column(index, table.schema.field(index), pa.chunked_array(hashes, pa.string()))


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _content_hash(row: tuple[Any, ...]) -> str:
    """Of the canonical JSON of the text columns. orjson writes the same bytes, but for floats, and in a tenth of the time."""
    if row[_SCORE] is None:
        return hashlib.sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
    return hashlib.sha256(canonical_json(row).encode()).hexdigest()[:32]


def _split(table: pa.Table, column: str) -> list[pa.Table]:
    values = table.column(column).combine_chunks().dictionary_encode()
    if len(values.dictionary) > MOST_SHARDS:
        buckets = [
            int(hashlib.sha256(str(value).encode()).hexdigest()[:8], 16) % MOST_SHARDS
            for value in values.dictionary.to_pylist()
        ]
        codes = pc.take(pa.array(buckets), values.indices)
    else:
        codes = values.indices
    return [table.filter(pc.equal(codes, code)) for code in sorted(set(codes.to_pylist()))]


def _digest(table: pa.Table) -> str:
    return hashlib.sha256(canonical_json(table.to_pylist()).encode()).hexdigest()


def _computed(stage: "Stage", store: Store, key: str, shard: pa.Table, others: Sequence[Any], tools: Tools) -> Outcome:
    outcome = stage.compute(shard, *others, tools)
    keep(store, stage.name, key, shard.num_rows, outcome)
    return outcome


def _spread(
    stage: "Stage", spreading: "Spreading", missing: Mapping[str, pa.Table], others: Sequence[Any], tools: Tools
) -> None:
    """Have the shards in `missing` (key → rows) computed elsewhere, unless they are too few to be worth the way."""
    pieces = spreading.pieces(len(missing))
    if pieces > 1:
        ends = list(accumulate(rows.num_rows for rows in missing.values()))
        parts = [Shard(key, end - rows.num_rows, end) for (key, rows), end in zip(missing.items(), ends, strict=True)]
        spreading.run(stage.compute, pa.concat_tables(missing.values()), parts, others, tools, pieces)


def _joined(outcomes: Sequence[Outcome], kept: pa.Schema) -> Outcome:
    return Outcome(
        pa.concat_tables([kept.empty_table(), *(outcome.kept for outcome in outcomes)]),
        pa.concat_tables([rejected(kept).empty_table(), *(outcome.rejected for outcome in outcomes)]),
        pa.concat_tables([failed(kept).empty_table(), *(outcome.failed for outcome in outcomes)]),
        _sum([outcome.facts for outcome in outcomes]),
    )


def _sum(facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts added, nested ones too; what is not a count is kept as the first shard has it."""
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
