"""Row-wise work on many rows: ranges of them are done by this process and by others like it on the same machine.

Repairing texts and judging them by rules is Python that holds the interpreter's lock, so that threads keep 1.2 of two cores busy.
Another process is sent the function once, then ranges of rows, and answers with their outcomes, through pipes: nothing is left
on a disk if the build is killed, and the process ends when its pipe does.
"""

import importlib
import json
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa

from tasks.core import interpreter
from tasks.core.outcome import Outcome, RowWise, Tools, run_in_process
from tasks.core.params import Params
from tasks.core.redaction import redact_logs

FROM_ROWS: Final = 50_000
"""Rows for which another process pays: it takes some seconds to start and to load what filters need, and 0.6 GB."""
RANGES: Final = 8
"""Ranges for each process, so that the quicker one does more of them."""


@dataclass(frozen=True)
class Beside:
    """A `RowRunner`: one outcome for each range of rows, by as many processes as the build has workers and the rows are worth."""

    from_rows: int = FROM_ROWS

    def __call__(
        self, function: RowWise, rows: pa.Table, others: Sequence[Any], tools: Tools, kept: pa.Schema, multiple_of: int
    ) -> list[Outcome]:
        """The outcomes of consecutive ranges of `rows`; one for all of them where these are too few."""
        multiples = -(-rows.num_rows // multiple_of)
        processes = min(tools.workers, rows.num_rows // self.from_rows + 1, multiples)
        if processes < 2:
            return run_in_process(function, rows, others, tools, kept, multiple_of)
        ranges = min(multiples, RANGES * processes)
        cuts = [min(at * multiples // ranges * multiple_of, rows.num_rows) for at in range(ranges + 1)]
        return _Shared(function, rows, others, tools).done(list(pairwise(cuts)), processes - 1)


class _Shared:
    """Ranges of rows that are taken by whoever is free."""

    def __init__(self, function: RowWise, rows: pa.Table, others: Sequence[Any], tools: Tools) -> None:
        self._function, self._rows, self._others, self._tools = function, rows, others, tools
        self._left: deque[tuple[int, int]] = deque()
        self._outcomes: dict[int, Outcome] = {}
        """By the row with which the range begins."""

    def done(self, ranges: list[tuple[int, int]], helpers: int) -> list[Outcome]:
        """The outcomes of all ranges, in their order. The range of a helper that ends without an answer is done by this process."""
        self._left.extend(ranges)
        with ThreadPoolExecutor(helpers) as pool:
            for _ in range(helpers):
                pool.submit(self._help)
            try:
                for start, stop in self._taken():
                    self._outcomes[start] = self._outcome(start, stop)
                    self._tools.progress(sum(b - a for a, b in ranges if a in self._outcomes), self._rows.num_rows)
            finally:
                self._left.clear()
        return [self._outcomes.get(start) or self._outcome(start, stop) for start, stop in ranges]

    def _taken(self) -> Iterator[tuple[int, int]]:
        with suppress(IndexError):
            while True:
                yield self._left.popleft()

    def _outcome(self, start: int, stop: int) -> Outcome:
        tools = replace(self._tools, workers=1, progress=lambda _done, _total: None)
        return self._function(self._rows[start:stop], *self._others, tools)

    def _help(self) -> None:
        """Have a helper do ranges until none is left or it ends."""
        with suppress(EOFError, BrokenPipeError), interpreter.started(__name__) as process:
            to, back = process.stdin, process.stdout
            assert to is not None
            assert back is not None
            _send_line(to, [_name(self._function), self._tools.key, str(self._tools.store_root), len(self._others)])
            for one in self._others:
                _send_argument(to, one)
            for start, stop in self._taken():
                _send(to, self._rows[start:stop])
                to.flush()
                kept, rejected, failed = (_received(back) for _ in range(3))
                self._outcomes[start] = Outcome(kept, rejected, failed, _received_line(back))


def _name(one: Any) -> str:
    """Where a function or a class stands, by which the other process imports it."""
    return f"{one.__module__}:{one.__qualname__}"


def _named(name: str) -> Any:
    module, _, qualified = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in qualified.split("."):
        found = getattr(found, part)
    return found


def _send_line(to: IO[bytes], data: Any) -> None:
    """JSON data, on a line."""
    to.write(json.dumps(data).encode() + b"\n")


def _received_line(back: IO[bytes]) -> Any:
    """The next line. EOFError where there is none."""
    if not (line := back.readline()):
        raise EOFError
    return json.loads(line)


def _send_argument(to: IO[bytes], one: Any) -> None:
    """A table, settings, or plain data, after a line that says which. EOFError for settings that JSON does not give back as they
    are: the helper is then not used."""
    if isinstance(one, pa.Table):
        _send_line(to, ["table", None])
        _send(to, one)
    elif isinstance(one, Params):
        data = one.model_dump(mode="json")
        if type(one).model_validate(data) != one:
            raise EOFError
        _send_line(to, [_name(type(one)), data])
    else:
        _send_line(to, ["data", one])


def _received_argument(back: IO[bytes]) -> Any:
    kind, data = _received_line(back)
    if kind == "table":
        return _received(back)
    return data if kind == "data" else _named(kind).model_validate(data)


def _send(to: IO[bytes], table: pa.Table) -> None:
    """A slice is sent without the rows around it."""
    with pa.ipc.new_stream(to, table.schema) as stream:
        stream.write_table(table)


def _received(back: IO[bytes]) -> pa.Table:
    """The next table. EOFError where there is none."""
    try:
        return pa.ipc.open_stream(back).read_all()
    except pa.ArrowInvalid as error:
        raise EOFError from error


def _serve(given: IO[bytes], to: IO[bytes]) -> None:
    """Answer each range until there are no more; of `tools` there are the key and the store's folder. Whatever fails here is done
    again by the process that asked, which says so if it fails there, too."""
    with suppress(Exception, KeyboardInterrupt):
        name, key, root, arguments = _received_line(given)
        function, others = _named(name), [_received_argument(given) for _ in range(arguments)]
        tools = Tools(key, Path(root), workers=1)
        while True:
            outcome = function(_received(given), *others, tools)
            for table in (outcome.kept, outcome.rejected, outcome.failed):
                _send(to, table)
            _send_line(to, outcome.facts)
            to.flush()


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    redact_logs()
    _serve(sys.stdin.buffer, answers)
