"""An export for a trainer, written batch by batch: rows, those that were refused, and the files beside them."""

import json
import os
import secrets
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa

from tasks.core.errors import BadInput, InstructoryError
from tasks.core.schema import Row
from tasks.release.formats.conversation import RefusedError, conversation, rows_of, to_json
from tasks.release.formats.target import DATA, Build, Objective, Settings, Target
from tasks.release.formats.verifiers import TRIED, Checked, check

REFUSED: Final = "refused.jsonl"
"""Rows that the target cannot hold: example_id, reason, detail."""
BATCH: Final = 4096
"""Rows that are Python objects at a time."""


@dataclass
class Exported:
    """What became of every row."""

    rows: int = 0
    """Rows of the release."""
    lines: int = 0
    """Lines of the file: a row can give several."""
    refused: Counter[str] = field(default_factory=Counter)
    """Refused rows by reason."""
    notes: Counter[str] = field(default_factory=Counter)
    """What a trainer does to rows that one should know, with how many rows."""


class _Writer:
    """Writes rows and refusals to open files, and counts."""

    def __init__(self, build: Build, rows: BinaryIO, refused: BinaryIO, objective: Objective) -> None:
        self._build, self._rows, self._refused, self._rl = build, rows, refused, objective == "rl"
        self.exported = Exported()
        self._samples: defaultdict[str, list[Checked]] = defaultdict(list)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch of rows with the columns of `conversation.COLUMNS`."""
        lines: list[bytes] = []
        for row in rows_of(batch):
            try:
                made = self._lines(row)
            except RefusedError as error:
                self._refuse(row, error)
            else:
                lines += made
        self._rows.write(b"".join(lines))
        self.exported.rows += batch.num_rows
        self.exported.lines += len(lines)

    def check_verifiers(self) -> None:
        """Try every verifier that rows name. Raises BadInput where one is fooled."""
        for verifier, rows in self._samples.items():
            check(verifier, rows)

    def _lines(self, row: Row) -> list[bytes]:
        weight = row["weight"]
        if weight == 0:
            raise RefusedError("weight_0", "the row is not to be learnt")
        read = conversation(row)
        made = self._build(read)
        if weight is not None and weight != 1:
            read.notes.append("weights other than 0 and 1 count as 1: the file has no place for them")
        if read.notes:
            self.exported.notes.update(dict.fromkeys(read.notes, 1))
        if self._rl and len(sample := self._samples[made[0]["verifier"]]) < TRIED:
            tests = made[0].get("tests")
            sample.append(
                Checked(row["example_id"], row["instruction"] or "", row["response"] or "", row["reference"], tests)
            )
        return [to_json(line) + b"\n" for line in made]

    def _refuse(self, row: Row, error: RefusedError) -> None:
        self.exported.refused[error.reason] += 1
        self._refused.write(
            to_json({"example_id": row["example_id"], "reason": error.reason, "detail": error.detail}) + b"\n"
        )


def write_folder(
    batches: Iterable[pa.RecordBatch], target: Target, objective: Objective, settings: Settings, out: Path
) -> Exported:
    """Write the folder `out`: train.jsonl, refused.jsonl where rows were refused, export.json with the counts, and what the
    target needs beside them. Files of an earlier export there are replaced when all is written. Raises BadInput where nothing
    is left, or a verifier fails; InstructoryError where `out` cannot be written."""
    build = target.build_for(objective)
    temporary = out.with_name(f".{out.name}.{secrets.token_hex(6)}.tmp")
    try:
        temporary.mkdir(parents=True)
        try:
            with (temporary / DATA).open("xb") as rows, (temporary / REFUSED).open("xb") as refused:
                exported = _stream(batches, _Writer(build, rows, refused, objective))
            if not exported.refused:
                (temporary / REFUSED).unlink()
            for name, text in target.beside(objective, settings).items():
                (temporary / name).write_text(text, "utf-8")
            (temporary / "export.json").write_text(
                json.dumps(summary(exported, target, objective, settings), indent=2) + "\n"
            )
            _replace_files(temporary, out)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise InstructoryError(
            f"cannot write {out}: {error.strerror or error}; name another folder with --out"
        ) from error
    return exported


def write_stream(batches: Iterable[pa.RecordBatch], target: Target, objective: Objective, out: BinaryIO) -> Exported:
    """Write the rows to an open file and nothing else; rows for reinforcement learning when their verifiers were tried."""
    build = target.build_for(objective)
    with tempfile.TemporaryFile() as refused, tempfile.TemporaryFile() as kept:
        exported = _stream(batches, _Writer(build, kept if objective == "rl" else out, refused, objective))
        if objective == "rl":
            kept.seek(0)
            shutil.copyfileobj(kept, out)
    return exported


def _stream(batches: Iterable[pa.RecordBatch], writer: _Writer) -> Exported:
    for batch in batches:
        writer.write(batch)
    if not writer.exported.lines:
        why = ", ".join(f"{reason} {count:,}" for reason, count in writer.exported.refused.most_common(5))
        raise BadInput(f"no row is left: {why or 'the release has none'}")
    writer.check_verifiers()
    return writer.exported


def _replace_files(made: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(made.iterdir(), key=lambda path: path.name == "export.json"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.replace(out / path.name)
    refused = json.loads((out / "export.json").read_text("utf-8"))["refused"]
    if not refused:
        (out / REFUSED).unlink(missing_ok=True)


def summary(exported: Exported, target: Target, objective: Objective, settings: Settings) -> dict[str, Any]:
    """What export.json holds."""
    counts = asdict(exported) | {"refused": dict(exported.refused), "notes": dict(exported.notes)}
    return {"for": target.name, "objective": objective, **asdict(settings), **counts}
