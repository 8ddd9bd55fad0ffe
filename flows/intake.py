"""Logs of a chat service made into files that can be curated: nothing of what is read is kept before consent is known and personal
data is replaced. Neither a store nor a build is needed, so no byte of the logs reaches one."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

import pyarrow as pa

from tasks.containers import blocks, container_of
from tasks.containers.blocks import UnreadableRecord
from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.core.params import canonical_json
from tasks.core.schema import FILTERED, Row, stable_id
from tasks.filters.contract import FilterContext
from tasks.filters.personal_data import pii
from tasks.imports.example import Record, UnusableError
from tasks.imports.feedback_logs import IntakeRules, Use, candidate, permitted, scale_in
from tasks.text.spreadsheet_cells import LINE_BREAKS

BATCH: Final = 1000
"""Records looked at together."""
COLUMNS: Final = ("system", "history", "instruction", "response", "rejected")


def intake(logs: Path, out: Path, rules: IntakeRules, names: bool, tools: Tools) -> Counter[str]:
    """Write the rows of `logs` that may be used to `out`, and those with disliked answers beside it (`disliked_file`), as JSON
    Lines in the product's own columns, personal data replaced. Returns how many were liked, corrected and disliked, and how many
    were left out by reason.

    names: whether names of persons are replaced too. Raises BadInput for a file that is no table or JSON.
    """
    try:
        container = container_of(logs)
    except OSError as error:
        raise BadInput(f"{logs}: {error.strerror}") from error
    if not container:
        raise BadInput(f"{logs}: neither JSON, JSON Lines, CSV, TSV nor Parquet")
    counted: Counter[str] = Counter()
    with ExitStack() as opened:
        clean, apart = (
            opened.enter_context(path.open("w", encoding="utf-8", newline="")) for path in (out, disliked_file(out))
        )
        files: dict[Use, TextIO] = {"liked": clean, "corrected": clean, "disliked": apart}
        permitted_ones = _permitted(logs, container, rules, counted)
        first = list(islice(permitted_ones, BATCH))
        scale = scale_in(first)
        while first:
            found = list(_candidates(first, scale, counted))
            for use, row in zip(
                [use for use, _ in found], _replaced([row for _, row in found], names, tools), strict=True
            ):
                files[use].write(json.dumps(row, ensure_ascii=False).translate(LINE_BREAKS) + "\n")
                counted[use] += 1
            first = list(islice(permitted_ones, BATCH))
    return counted


def disliked_file(out: Path) -> Path:
    """Where the rows go whose answers people disliked: a dataset of its own, to be reviewed and never trained on as it is."""
    return out.with_name(f"{out.stem}.disliked{out.suffix}")


def _permitted(logs: Path, container: str, rules: IntakeRules, counted: Counter[str]) -> Iterator[Record]:
    for block in blocks(logs, container):
        for value in block.values:
            if isinstance(value, UnreadableRecord) or not isinstance(value, dict):
                counted["malformed_record"] += 1
                continue
            try:
                permitted(value, rules)
            except UnusableError as error:
                counted[error.reason] += 1
            else:
                yield value


def _candidates(records: Sequence[Record], scale: Any, counted: Counter[str]) -> Iterator[tuple[Use, Row]]:
    for record in records:
        try:
            use, example = candidate(record, scale)
        except UnusableError as error:
            counted[error.reason] += 1
            continue
        texts = {name: getattr(example, name) for name in COLUMNS}
        yield use, texts | {"score": example.score, "origin": example.origin or "synthetic"}


def _replaced(rows: list[Row], names: bool, tools: Tools) -> Iterator[Row]:
    """Rows with made-up values in place of personal data, and an id that follows from what is left: nothing else of the record."""
    table = pa.Table.from_pylist([row | {"pii": [], "changes": [], "edits": []} for row in rows], schema=FILTERED)
    wanted = pii.Pii(action="replace", names=("PERSON",) if names else (), actions={})
    for name, column in pii.compute(table, wanted, FilterContext(None, tools)).columns.items():
        table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), column)
    for row in table.select([*COLUMNS, "score", "origin"]).to_pylist():
        row["history"] = [
            {name: value for name, value in turn.items() if value is not None} for turn in row["history"] or ()
        ]
        yield {"example_id": stable_id("intake", canonical_json(row)), "content_hash": "", **row}
