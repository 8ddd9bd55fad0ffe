"""A log of builds as JSON lines; off unless INSTRUCTORY_LOG names a file, or - for standard error.

Every line has at, level, event, run (the flow run's id), build, dataset and, where there is one, stage; lines about rows have
row. No line holds a secret, nor the text of a row: ids lead to it, by `instructory why`.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from flows.observability.artifacts import Listeners
from tasks.core.errors import BadInput
from tasks.core.redaction import masked
from tasks.pipeline.build import Build, Listener, StageDone
from tasks.store.manifest import GateVerdict

VARIABLE: Final = "INSTRUCTORY_LOG"
ROWS: Final = 1000
"""The most failed rows of a stage that get a line each."""


_stage: ContextVar[str] = ContextVar("stage", default="")
"""The stage at work here; stages that run side by side each have a context of their own."""


@contextmanager
def write_log(build: Build, run: str) -> Iterator[None]:
    """Log what a build does, if the environment asks for it; other listeners stay."""
    target = os.environ.get(VARIABLE, "")
    if not target:
        yield
        return
    with _opened(target) as file:
        lines = LogWriter(build, run, file)
        build.listener = Listeners(build.listener, lines)
        others = LibraryLogHandler(lines)
        logging.getLogger().addHandler(others)
        lines.write("info", "build-began")
        try:
            yield
        except BaseException as error:
            lines.write("error", "build-stopped", error=type(error).__name__, message=str(error))
            raise
        else:
            lines.write("info", "build-ended")
        finally:
            logging.getLogger().removeHandler(others)


class LogWriter(Listener):
    """A listener that writes JSON lines."""

    def __init__(self, build: Build, run: str, file: IO[str]) -> None:
        self.build, self.run, self.file = build, run, file

    def write(self, level: str, event: str, **more: Any) -> None:
        """Write one line: the members that every line has, then `more`."""
        stage = {"stage": _stage.get()} if _stage.get() else {}
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": level,
            "event": event,
            "run": self.run,
            "build": self.build.name,
            "dataset": self.build.dataset,
            **stage,
            **more,
        }
        self.file.write(masked(json.dumps(line, ensure_ascii=True, default=str)) + "\n")
        self.file.flush()

    def began(self, stage: str) -> None:
        """A stage is about to run or to be found in the store."""
        _stage.set(stage)
        self.write("info", "stage-began")

    def ended(self, done: StageDone) -> None:
        """A stage ended: its account, its spending, and a line for every row that failed."""
        manifest = done.manifest
        figures = manifest.ledger.model_dump() | manifest.spending.model_dump()
        figures |= {"reasons": manifest.reasons, "cached": done.cached, "seconds": round(done.seconds, 3)}
        self.write("info", "stage-ended", key=manifest.key, **figures)
        parts = manifest.tables["failed"]
        if parts and not done.cached:
            table = self.build.store.whole(parts).slice(0, ROWS)
            for row, error in zip(table.column(0).to_pylist(), table.column("error").to_pylist(), strict=True):
                self.write("warning", "row-failed", row=row, message=error)

    def judged(self, verdict: GateVerdict) -> None:
        """A gate has a result: a line for it, for each check that failed, and for each of that check's rows."""
        self.write("info" if verdict.passed else "error", "gate", passed=verdict.passed, checks=len(verdict.checks))
        for check in verdict.checks:
            if not check.passed:
                failed = {"expectation": check.expectation, "column": check.column, "expected": check.expected}
                self.write("error", "check-failed", **failed)
                for row in check.failing_ids:
                    self.write("error", "row-stops-gate", **failed, row=row)

    def warned(self, message: str) -> None:
        """A warning."""
        self.write("warning", "warning", message=message)

    def noted(self, message: str) -> None:
        """A note."""
        self.write("info", "note", message=message)


class LibraryLogHandler(logging.Handler):
    """Writes the log records of libraries, from warnings up, as lines."""

    def __init__(self, lines: LogWriter) -> None:
        super().__init__(logging.WARNING)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """One record as one line."""
        try:
            self.lines.write(record.levelname.lower(), "log", logger=record.name, message=record.getMessage())
        except Exception:
            self.handleError(record)


def _opened(target: str) -> Any:
    if target == "-":
        return nullcontext(sys.stderr)
    try:
        handle = os.open(Path(target), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise BadInput(
            f"{VARIABLE}={target} cannot be written: {error.strerror}; name a file, or - for stderr"
        ) from None
    return os.fdopen(handle, "a", encoding="utf-8")
