"""Row-wise stages, one shard at a time: what was computed for a document is found again while that document is unchanged."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.manifest import Ledger, Manifest
from tasks.core.outcome import Outcome, Tools
from tasks.core.params import canonical_json
from tasks.core.schema import TEXT_COLUMNS, failed, rejected
from tasks.core.store import Store

if TYPE_CHECKING:
    from tasks.core.stage import Stage

MOST_SHARDS = 256
"""Documents beyond this many share shards, so that a large corpus doesn't become as many files."""

HASHED_AT_ONCE: Final = 16_384
"""Rows that are Python objects at a time."""
_SCORE: Final = TEXT_COLUMNS.index("score")


def by_document(
    stage: "Stage", store: Store, identity: Mapping[str, Any], entered: pa.Table, others: Sequence[Any], tools: Tools
) -> tuple[Outcome, tuple[str, ...]]:
    """The outcome of `stage` over `entered`, computed per shard of its `by` column, and the shards' keys; known shards come
    from the store."""
    shards = _split(entered, stage.by or "")
    outcomes: list[Outcome] = []
    keys: list[str] = []
    for position, shard in enumerate(shards):
        key = hashlib.sha256(canonical_json({**identity, "arguments": [_digest(shard), *others]}).encode()).hexdigest()[
            :40
        ]
        keys.append(key)
        outcomes.append(_known(stage, store, key) or _computed(stage, store, key, shard, others, tools))
        tools.progress(position + 1, len(shards))
    return _joined(outcomes, stage.kept), tuple(keys)


def with_content_hash(outcome: Outcome) -> Outcome:
    """`outcome` with the column `content_hash`, where the schema has it, filled from the text columns."""
    if "content_hash" not in outcome.kept.schema.names:
        return outcome
    return Outcome(_hashed(outcome.kept), _hashed(outcome.rejected), _hashed(outcome.failed), outcome.facts)


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


def _known(stage: "Stage", store: Store, key: str) -> Outcome | None:
    manifest = store.manifest(f"{stage.name}.shards", key)
    if manifest is None:
        return None
    return Outcome(
        store.table(manifest, "kept", stage.kept),
        store.table(manifest, "rejected", rejected(stage.kept)),
        store.table(manifest, "failed", failed(stage.kept)),
        manifest.facts,
    )


def _computed(stage: "Stage", store: Store, key: str, shard: pa.Table, others: Sequence[Any], tools: Tools) -> Outcome:
    outcome = stage.compute(shard, *others, tools)
    tables = {"kept": outcome.kept, "rejected": outcome.rejected, "failed": outcome.failed}
    store.put_manifest(
        Manifest(
            stage=f"{stage.name}.shards",
            key=key,
            identity={},
            sources={},
            tables={name: store.put(table) for name, table in tables.items()},
            ledger=Ledger(rows_in=shard.num_rows, created=0, used=0, kept=0, rejected=0, failed=0),
            reasons={},
            facts=outcome.facts,
            inputs=(),
            seconds=0,
            written_at="",
        )
    )
    return outcome


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
