"""`instructory why ID`: the life of a row, told from the bytes it came from to the release it stands in."""

from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from flows.cli.showing import open_store
from tasks.documents.resolve import raw_span, raw_text
from tasks.store.lineage import Event, Life, life
from tasks.store.store import Store
from tasks.text.visible import visible

TOLD: Final = (
    *("source", "path", "headings", "origin", "method", "answer_method", "operator", "teacher", "prompt", "licence"),
    *("generation", "constraints", "grounding", "contamination", "toxicity", "pii", "changes", "duplicates"),
    *("theme_label", "cluster"),
)
"""Columns worth telling, where they hold something."""


def tell(root: Path, row_id: str) -> None:
    """Print the life of a row."""
    store = open_store(root)
    console = Console(highlight=False)
    told = life(store, row_id)
    console.print(
        f"[bold]{told.row_id}[/] in {told.release.dataset}@{told.release.version}, published {told.release.published_at}"
    )
    _tell(console, store, told, "")


def _tell(console: Console, store: Store, told: Life, indent: str) -> None:
    last = told.events[-1].row
    for name in ("instruction", "response", "text"):
        if last.get(name):
            console.print(Text(visible(f"{indent}{name}: {last[name]}")), soft_wrap=True)
    for name in TOLD:
        if last.get(name) not in (None, [], ""):
            console.print(Text(visible(f"{indent}{name}: {_plain(last[name])}"), style="dim"), soft_wrap=True)
    for event in told.events:
        console.print(
            Text(visible(f"{indent}· {event.stage}: {event.fate}{_reason(event)}  ({event.written_at})")),
            soft_wrap=True,
        )
        if event.stage == "cleaning":
            _tell_edits(console, event.row, indent)
    for parent in told.parents:
        kind = next(iter(parent.events[-1].row)).removesuffix("_id")
        console.print(f"{indent}[bold]made from {kind} {parent.row_id}[/]", soft_wrap=True)
        _tell_evidence(console, store, last, parent, indent + "  ")
        if "raw_bytes" in parent.events[-1].row and "example_id" in last:
            _tell_record(console, store, last, parent.events[-1].row, indent + "  ")
        _tell(console, store, parent, indent + "  ")


def _tell_edits(console: Console, row: dict[str, Any], indent: str) -> None:
    """What cleaning changed, rule by rule; the text before stands in the stage before."""
    for edit in row.get("edits") or []:
        line = f"{indent}    {edit['rule']} changed {edit['column']}: {edit['before']} → {edit['after']}"
        console.print(Text(visible(line), style="dim"), soft_wrap=True)


def _tell_evidence(console: Console, store: Store, row: dict[str, Any], parent: Life, indent: str) -> None:
    """The raw bytes behind each span of the row's evidence in this parent."""
    chunk = parent.events[-1].row
    if "raw_sha256" not in chunk or "offsets" not in chunk:
        return
    raw = raw_text(
        store.raw(chunk["raw_sha256"]), chunk["encoding"], chunk["record"], chunk["field"], chunk["media_type"]
    )
    for span in row.get("evidence") or []:
        if span["chunk_id"] == chunk["chunk_id"]:
            start, end = raw_span(chunk, span["start"], span["end"])
            console.print(
                Text(
                    visible(
                        f"{indent}evidence: characters {start}–{end} of {chunk['path']}, sha256 {chunk['raw_sha256'][:12]}"
                    )
                )
            )
            console.print(Text(visible(f"{indent}  {raw[start:end].strip()}"), style="green"), soft_wrap=True)


def _tell_record(console: Console, store: Store, row: dict[str, Any], file: dict[str, Any], indent: str) -> None:
    """The record of a dataset file that an imported row was read from."""
    from tasks.imports.containers import blocks
    from tasks.imports.datasets.stage import container_in

    if row.get("record") is None or not (container := container_in(file.get("media_type"))):
        return
    where = f"{indent}record {row['record']} of {file['path']}, sha256 {file['raw_sha256'][:12]}"
    for block in blocks(store.raw_path(file["raw_sha256"]), container):
        place = row["record"] - block.first
        if 0 <= place < len(block.values):
            console.print(Text(visible(f"{where}, line {block.line(place)}")), soft_wrap=True)
            console.print(Text(visible(f"{indent}  {block.values[place]}")), style="green", soft_wrap=True)
            return


def _reason(event: Event) -> str:
    row = event.row
    if event.fate == "rejected":
        return f", {row['reason']}{': ' + row['detail'] if row.get('detail') else ''}"
    return f", {row['error']}" if event.fate == "failed" else ""


def _plain(value: Any) -> str:
    return " › ".join(map(str, value)) if isinstance(value, list) else str(value)
