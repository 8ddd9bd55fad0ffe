"""Rows to read: released ones, and what was rejected."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.core.schema import Row
from tasks.release.formatting import count, cut, in_words, plural
from tasks.release.report.blocks import Block, Fold, SampleRow, SampleRows, Section
from tasks.release.report_data import ReportData

ROWS, FIRST, REJECTS = 50, 10, 20
"""Rows shown, how many of them before a fold, and rejected rows shown."""
LONGEST, TURNS, EARLIER = 1500, 6, 400
"""Characters of a text that are shown; turns before the instruction, and characters of each."""
META = ("method", "category", "difficulty", "source", "location", "theme_label", "example_id")
IDS = ("example_id", "chunk_id", "document_id")


def section(data: ReportData) -> Section | None:
    """Fifty released rows drawn at random."""
    rows = drawn(data.rows, ROWS, data.recipe_hash)
    if not rows:
        return None
    lead = (
        f"{plural(len(rows), 'row')} of {count(data.rows.num_rows)}, drawn at random; every rendering shows the same. "
        "Would you want your model to answer like this?"
    )
    shown = [_reading(row, data.meanings) for row in rows]
    blocks: list[Block] = [SampleRows(shown[:FIRST])]
    if shown[FIRST:]:
        blocks.append(Fold(f"{len(shown) - FIRST} more rows", [SampleRows(shown[FIRST:])]))
    return Section("rows", "Rows to read", lead, blocks)


def rejects(data: ReportData) -> Section | None:
    """Twenty rejected rows, and twenty documents and passages that no row was made of, spread over the reasons."""
    if data.rejects is None or not data.rejects.num_rows:
        return None
    seen: Counter[Any] = Counter()
    turns = []
    for row in drawn(data.rejects, data.rejects.num_rows, data.recipe_hash):
        turns.append((seen[row.get("reason")], row))
        seen[row.get("reason")] += 1
    ordered = [row for _, row in sorted(turns, key=lambda turn: turn[0])]  # each reason's first row before any second
    rows = [row for row in ordered if row.get("instruction") or row.get("response")][:REJECTS]
    sources = [row for row in ordered if not (row.get("instruction") or row.get("response"))][:REJECTS]
    parts = [plural(len(rows), "rejected row")] if rows else []
    parts += (
        [plural(len(sources), "rejected document or passage", "rejected documents and passages")] if sources else []
    )
    lead = (
        f"{' and '.join(parts)}, drawn at random, every reason in turn. "
        "If you would have kept them, a threshold is too strict."
    )
    # the first rows, the others folded
    shown = [_reading(row, data.meanings) for row in rows]
    more = [Fold(f"{len(shown) - FIRST} more rows", [SampleRows(shown[FIRST:])])] if shown[FIRST:] else []
    found: list[Block] = [SampleRows(shown[:FIRST]), *more] if shown else []
    if sources:
        found.append(
            Fold(
                "Documents and passages that were rejected",
                [SampleRows([_reading(row, data.meanings) for row in sources])],
            )
        )
    return Section("rejected", "Rejected rows to read", lead, found)


def drawn(table: pa.Table, number: int, salt: str) -> list[Row]:
    """`number` rows of `table` at random: those whose id, hashed with `salt`, comes first. Row order does not matter."""
    name = next((name for name in IDS if name in table.column_names), None)
    ids = table.column(name).to_pylist() if name else list(range(table.num_rows))
    lots = [hashlib.sha256(f"{salt}:{i}".encode()).digest() for i in ids]
    chosen = sorted(range(table.num_rows), key=lambda position: lots[position])[:number]
    wanted = np.zeros(table.num_rows, bool)
    wanted[chosen] = True
    rows = table.filter(pa.array(wanted)).to_pylist()  # `take` would join the whole column, which 2 GB of text overflow
    order = dict(zip(sorted(chosen), rows, strict=True))
    return [order[position] for position in chosen]


def _reading(row: Row, meanings: Mapping[str, str]) -> SampleRow:
    earlier = row.get("history") or ()
    turns = [("system", row.get("system"))]
    for turn in earlier[:TURNS]:
        said = ((turn["role"], turn["content"]), ("tool calls", turn["tool_calls"]))
        turns += [(who, cut(text, EARLIER)) for who, text in said if text]
    turns += [("…", f"{plural(len(earlier) - TURNS, 'more turn')}")] if len(earlier) > TURNS else []
    turns += [(name, row.get(name)) for name in ("instruction", "response")]
    turns += [("losing", row.get("rejected")), ("text", row.get("text"))]
    turns += [("location", row.get("location"))] if not row.get("text") else []
    meta = [
        (in_words(name), str(row[name])[:8] if name in IDS else str(row[name]))
        for name in ("stage", *META)
        if row.get(name) is not None
    ]
    return SampleRow(meta, [(who, cut(text, LONGEST)) for who, text in turns if text], _verdict(row, meanings))


def _verdict(row: Row, meanings: Mapping[str, str]) -> str:
    reason, detail = row.get("reason"), row.get("detail")
    if not reason:
        return ""
    meaning, _, what = meanings.get(reason, "").partition("; detail: ")
    why = f" ({what}{': ' if what else ''}{cut(str(detail), LONGEST)})" if detail else ""
    return f"{in_words(reason)}: {meaning or 'no description'}{why}"
