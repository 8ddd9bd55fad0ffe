"""`instructory why ID`: where a row came from, from the bytes of its source to the release it stands in."""

import json
from io import StringIO
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from flows.cli.showing import named, open_store
from tasks.core.errors import BadInput
from tasks.core.schema import Row
from tasks.core.visible import visible
from tasks.documents.blocks import Unreadable
from tasks.documents.reading import read
from tasks.documents.resolve import raw_span
from tasks.store.lineage import Event, Life, life
from tasks.store.manifest import Release
from tasks.store.store import Store

COLUMNS: Final = (
    "source", "path", "location", "headings", "origin", "method", "answer_method", "operator", "teacher", "prompt_source",
    "licence", "generation", "constraints", "grounding", "contamination", "toxicity", "refusal", "pii", "changes",
    "duplicates", "theme_label", "cluster",
)  # fmt: skip
"""Columns that are printed where they hold something."""


DECIDED: Final = {"accept": "accepted", "edit": "edited", "reject": "rejected", "prefer": "compared"}
VERDICT_STYLES: Final = {"pass": "green", "fail": "red", "unsure": "yellow"}


def print_life(root: Path, row_id: str, dataset: str | None) -> None:
    """Print what every stage did with a row, and the same for what it was made from: in the release or build that `dataset` names,
    or else in the newest that has it. BadInput if none has."""
    store = open_store(root)
    _print(Console(highlight=False), store, life(store, row_id, named(store, dataset) if dataset else None))


def life_text(store: Store, row_id: str, release: Release) -> str:
    """The same as plain text, of a row of this release. BadInput if its build did not have it."""
    written = StringIO()
    _print(Console(file=written, highlight=False, no_color=True, width=120), store, life(store, row_id, release))
    return written.getvalue()


def _print(console: Console, store: Store, found: Life) -> None:
    released = f"published {found.release.published_at}" if found.release.version else "not released"
    console.print(f"[bold]{found.row_id}[/] in {found.release.name}, {released}")
    _print_life(console, store, found, "")


def _print_life(console: Console, store: Store, found: Life, indent: str) -> None:
    last = found.events[-1].row
    for name in ("instruction", "response", "text"):
        if last.get(name):
            _line(console, f"{indent}{name}: {last[name]}")
    for name in COLUMNS:
        if last.get(name) not in (None, [], ""):
            _line(console, f"{indent}{name}: {_plain(last[name])}", "dim")
    for verdict in last.get("verdicts") or []:
        _line(console, f"{indent}{_verdict(verdict)}", VERDICT_STYLES.get(verdict["verdict"], ""))
    for event in found.events:
        _line(console, f"{indent}· {event.stage}: {event.fate}{_reason(event)}  ({event.written_at})")
        for edit in (event.row.get("edits") or []) if event.stage == "cleaning" else []:
            changed = f"{edit['rule']} changed {edit['column']}: {edit['before']} → {edit['after']}"
            _line(console, f"{indent}    {changed}", "dim")
        for decided in (event.row.get("reviews") or []) if event.stage == "review" else []:
            _line(console, f"{indent}    {_decision(decided)}", "cyan")
    for parent in found.parents:
        source = parent.events[-1].row
        kind = next(iter(source)).removesuffix("_id")
        console.print(f"{indent}[bold]made from {kind} {parent.row_id}[/]", soft_wrap=True)
        if "raw_sha256" in source and "offsets" in source:
            _print_evidence(console, store, last, source, indent + "  ")
        if "raw_bytes" in source and "example_id" in last:
            _print_record(console, store, last, source, indent + "  ")
        _print_life(console, store, parent, indent + "  ")


def _print_evidence(console: Console, store: Store, row: Row, chunk: Row, indent: str) -> None:
    """The raw text behind each span of the row's evidence in this passage, and where in the document it stands."""
    spans = [span for span in row.get("evidence") or [] if span["chunk_id"] == chunk["chunk_id"]]
    if not spans:
        return
    data = store.raw(chunk["raw_sha256"])
    try:
        whole = read(data, chunk["media_type"], chunk["path"], chunk["record"], chunk["field"])
    except (Unreadable, BadInput) as problem:
        _line(console, f"{indent}evidence: {chunk['path']} cannot be read here: {problem}")
        return
    if whole.encoding != chunk["encoding"]:
        changed = f"read again by {whole.encoding}; the build read it by {chunk['encoding']}, so places may differ"
        _line(console, f"{indent}{chunk['path']}: {changed}")
    for span in spans:
        start, end = raw_span(chunk, span["start"], span["end"])
        at = whole.location(start, end) if whole.location else f"characters {start}–{end}"
        _line(console, f"{indent}evidence: {at} of {chunk['path']}, sha256 {chunk['raw_sha256'][:12]}")
        _line(console, f"{indent}  {whole.text[start:end].strip()}", "green")


def _print_record(console: Console, store: Store, row: Row, file: Row, indent: str) -> None:
    """The record of a dataset file that an imported row was read from."""
    from tasks.containers import blocks
    from tasks.imports.datasets.stage import container_in

    if row.get("record") is None or not (container := container_in(file.get("media_type"))):
        return
    where = f"{indent}record {row['record']} of {file['path']}, sha256 {file['raw_sha256'][:12]}"
    for block in blocks(store.raw_path(file["raw_sha256"]), container):
        offset = row["record"] - block.first
        if 0 <= offset < len(block.values):
            _line(console, f"{where}, line {block.line(offset)}")
            _line(console, f"{indent}  {block.values[offset]}", "green")
            return


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(visible(text), style=style), soft_wrap=True)


def _reason(event: Event) -> str:
    row = event.row
    if event.fate == "rejected":
        return f", {row['reason']}{': ' + row['detail'] if row.get('detail') else ''}"
    return f", {row['error']}" if event.fate == "failed" else ""


def _verdict(verdict: Row) -> str:
    """What one verifier said: "judge: fail, score 0.35, by openai/gpt-5: accuracy 1 (the date is wrong)"."""
    score = "" if verdict["score"] is None else f", score {verdict['score']:.2f}"
    model = f", by {verdict['model']}" if verdict["model"] else ""
    return f"verified by {verdict['verifier']}: {verdict['verdict']}{score}{model}: {verdict['why']}"


def _decision(review: Row) -> str:
    """What one person decided: "edited by ada, 2026-11-29T10:00: 4f2a… → 9c01…, accuracy 2, guideline 77d0…: shorter"."""
    levels = [f"{name} {level}" for name, level in json.loads(review["criteria"] or "{}").items()]
    state = review["before"][:8] + (f" → {review['after'][:8]}" if review["after"] else "")
    guideline = [f"guideline {review['guideline'][:8]}"] if review["guideline"] else []
    reasons = filter(None, (review["reason"], review["preferred"]))
    said = ", ".join([state, *reasons, *levels, *guideline])
    note = f": {review['note']}" if review["note"] else ""
    return f"{DECIDED[review['word']]} by {review['reviewer']}, {review['at']}: {said}{note}"


def _plain(value: Any) -> str:
    return " › ".join(map(str, value)) if isinstance(value, list) else str(value)
