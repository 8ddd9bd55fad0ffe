"""A store with a release to review, made in no time: plausible rows, passages with evidence, verdicts, losing answers."""

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.core.schema import CHUNK, CLUSTERED, conform, stable_id
from tasks.store.manifest import Manifest
from tasks.store.store import Store
from tests.release import sample
from tests.release.hostile import PAYLOADS
from tests.store import records


def rows(number: int, **changes: Any) -> list[dict[str, Any]]:
    """Rows with all that the page shows: every third has verdicts, every fifth a losing answer, every seventh a history."""
    made = sample.rows(number).to_pylist()
    for at, row in enumerate(made):
        row["parent_id"] = stable_id("chunk", row["example_id"])
        row["evidence"] = [{"chunk_id": row["parent_id"], "start": 7, "end": 7 + len(row["response"][:60])}]
        row["verdicts"] = _verdicts(at) if at % 3 == 0 else []
        row["prompt_source"] = f"template-{at % 4}@1"
        row["rejected"] = f"It depends, number {at}." if at % 5 == 0 else None
        if at % 7 == 0:
            asked = {"role": "user", "content": "May I ask something?"}
            call = {
                "role": "assistant",
                "content": "Yes.",
                "tool_calls": '[{"name": "look_up", "arguments": {"word": "x"}}]',
            }
            row["history"] = [asked, call]
        row |= changes
    return made


def hostile_rows() -> list[dict[str, Any]]:
    """Rows with hostile texts in every column that the page shows."""
    texts = ["\n\n".join(PAYLOADS[at : at + 12]) for at in range(0, len(PAYLOADS), 12)]
    texts += ["\x1b[31mred\x1b[0m \x1b]8;;http://127.0.0.1:9/\x07link", "long " + "x" * 1_000_000]
    made = rows(len(texts))
    for row, text in zip(made, texts, strict=True):
        row |= {
            "system": text,
            "instruction": text,
            "response": text,
            "rejected": text,
            "topic": text[:300],
            "source": text[:300],
        }
        row["evidence"] = [{"chunk_id": row["parent_id"], "start": 7, "end": 7 + len(text[:60])}]
        row["history"] = [{"role": "user", "content": text, "name": text[:50], "tool_calls": text[:300]}]
        row["verdicts"] = [dict.fromkeys(("verifier", "verdict", "why", "model"), text[:300])]
    return made


def released(root: Path, made: list[dict[str, Any]], dataset: str = "shop", raw: bool = True, **recipe: Any) -> Store:
    """A store with these rows as a release; the bytes of their documents too, if `raw`."""
    store = Store(root)
    version = len(store.versions(dataset)) + 1
    for row in made:
        row["content_hash"] = hashlib.sha256(
            repr((row["instruction"], row["response"], row["rejected"])).encode()
        ).hexdigest()
    chunks = [_chunk(store, row, raw) for row in made]
    tables = {
        "documents": pa.Table.from_pylist(chunks, CHUNK),
        "filters": table(made),
    }
    manifests: list[Manifest] = []
    for stage, of_stage in tables.items():
        written = "2026-11-29T03:00:00+00:00"
        manifests.append(records.manifest(stage, f"k{version}", store.put(of_stage), seconds=1.0, written_at=written))
        store.put_manifest(manifests[-1])
    store.publish(
        records.release(
            dataset, *manifests, content=f"c{version}", recipe={"dataset": dataset, **recipe},
            published_at="2026-11-29T03:14:07+00:00", previous=version - 1 or None,
        )
    )  # fmt: skip
    return store


def table(made: list[dict[str, Any]]) -> pa.Table:
    """Rows with the columns of a release."""
    return conform(pa.Table.from_pylist(made, CLUSTERED), CLUSTERED)


def _verdicts(at: int) -> list[dict[str, Any]]:
    second = "fail" if at % 6 == 0 else "pass"
    return [
        {"verifier": "judge", "verdict": "pass", "score": 0.9, "why": "accuracy 5", "model": "openai/gpt-5"},
        {
            "verifier": "critic",
            "verdict": second,
            "score": (at % 10) / 10,
            "why": "conciseness 2: says it twice",
            "model": None,
        },
    ]


def _chunk(store: Store, row: dict[str, Any], raw: bool) -> dict[str, Any]:
    """The passage that a row was made from, and its bytes in the store."""
    text = f"Before {row['response'][:60]} and after."
    return {
        "chunk_id": row["parent_id"],
        "document_id": stable_id("document", row["example_id"]),
        "path": "guide.md",
        "source": row["source"],
        "headings": ["Guide", row["topic"][:300]],
        "text": text,
        "media_type": "text/plain",
        "encoding": "utf-8",
        "raw_sha256": store.keep_raw(text.encode()) if raw else None,
        "offsets": [{"text": 0, "raw": 0, "length": len(text), "raw_length": len(text)}],
    }
