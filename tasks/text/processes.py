"""Calls a slow function of texts in this process and in helper processes at once.

Code that holds the interpreter's lock gains nothing from threads. Helpers are processes that read batches from their standard
input. Results do not depend on which process computed them.
"""

import atexit
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain, count
from threading import Lock
from typing import Any, Final

from tasks.core import interpreter

TextFunction = Callable[[list[str]], list[Any]]
"""A function at the top level of a module, with one result per text, as JSON data (a tuple comes back as a list)."""

_BATCH: Final = 256
"""Texts sent to a helper at a time."""

_ahead: Final[dict[str, "subprocess.Popen[bytes]"]] = {}
"""Helpers that were started before there was work for them, by the name of the function."""


def map_texts(function: TextFunction, texts: Sequence[str], helpers: int, batch: int = _BATCH) -> list[Any]:
    """The results of `function` for `texts`, in their order; equal texts are passed once. `helpers` processes take part."""
    distinct = list(dict.fromkeys(texts))
    batches = [distinct[at : at + batch] for at in range(0, len(distinct), batch)]
    results = chain.from_iterable(map_batches(function, batches, min(helpers, len(batches) - 1)))
    known = dict(zip(distinct, results, strict=True))
    return [known[text] for text in texts]


def map_batches(function: TextFunction, batches: list[list[str]], helpers: int) -> list[list[Any]]:
    """The results of each batch, computed by this process and `helpers` others; each takes the next batch when it is free.

    The batch of a helper that ends without an answer is computed by this process.
    """
    if helpers < 1:
        return [_as_json(function(batch)) for batch in batches]
    results: dict[int, list[Any]] = {}
    waiting, lock = count(), Lock()

    def mine() -> Iterator[int]:
        while True:
            with lock:
                at = next(waiting)
            if at >= len(batches):
                return
            yield at

    def help_out() -> None:
        with _taken(function) as process, suppress(BrokenPipeError):
            for at in mine():
                if (answer := answer_of(process, batches[at])) is None:
                    return
                results[at] = answer

    with ThreadPoolExecutor(helpers) as pool:
        for _ in range(helpers):
            pool.submit(help_out)
        for at in mine():
            results[at] = _as_json(function(batches[at]))
    return [results[at] if at in results else _as_json(function(batch)) for at, batch in enumerate(batches)]


def start_ahead(function: TextFunction) -> None:
    """Start a helper that loads what `function` needs while this process does something else. It ends with this process, or after
    the work that it was started for."""
    if _name(function) not in _ahead and (os.cpu_count() or 1) > 1:
        process = _ahead[_name(function)] = helper(function)
        assert process.stdin is not None
        process.stdin.write(b"[]\n")
        process.stdin.flush()


def waits(function: TextFunction) -> bool:
    """Whether a helper was started ahead for `function`."""
    return _name(function) in _ahead


def _taken(function: TextFunction) -> "subprocess.Popen[bytes]":
    """The helper that was started ahead, as soon as it has loaded what it needs; else a new one."""
    process = _ahead.pop(_name(function), None)
    if process is None:
        return helper(function)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _name(function: TextFunction) -> str:
    return f"{function.__module__}.{function.__qualname__}"


@atexit.register
def _end() -> None:
    """End helpers that nobody had work for."""
    for process in _ahead.values():
        process.kill()
        process.communicate()
    _ahead.clear()


def helper(function: TextFunction) -> "subprocess.Popen[bytes]":
    """A process that reads lines, each a JSON list of texts, and answers each with a line of the function's results."""
    return interpreter.started(__name__, function.__module__, function.__qualname__)


def answer_of(process: "subprocess.Popen[bytes]", batch: list[str]) -> list[Any] | None:
    """The helper's results for a batch; None if it has ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(batch).encode() + b"\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    return list(json.loads(answer)) if answer else None


def _as_json(results: list[Any]) -> list[Any]:
    """The results as they would come from a helper."""
    return list(json.loads(json.dumps(results)))


def _serve(module: str, name: str) -> None:
    function: TextFunction = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        print(json.dumps(function(json.loads(line))), flush=True)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
