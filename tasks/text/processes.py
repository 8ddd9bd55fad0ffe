"""A slow function of texts, worked off by this process and by others beside it.

What holds the interpreter's lock gains nothing from threads. The other processes are programs of their own that read batches
from their standard input, because a copy of this process (`multiprocessing`) would run the caller's script again or inherit
its locks. What comes back depends on the texts alone, not on who read them.
"""

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

Read = Callable[[list[str]], list[Any]]
"""Stands in a module under its name; one result per text, of what JSON can hold (a tuple comes back as a list)."""

_BATCH: Final = 256
"""Texts."""


def each(read: Read, texts: Sequence[str], helpers: int, batch: int = _BATCH) -> list[Any]:
    """What `read` says of each text, in their order; equal texts are read once. `helpers` processes take part."""
    distinct = list(dict.fromkeys(texts))
    batches = [distinct[at : at + batch] for at in range(0, len(distinct), batch)]
    said = chain.from_iterable(shared(read, batches, min(helpers, len(batches) - 1)))
    known = dict(zip(distinct, said, strict=True))
    return [known[text] for text in texts]


def shared(read: Read, batches: list[list[str]], helpers: int) -> list[list[Any]]:
    """What is in each batch, read by this process and `helpers` others, each taking the next one when it is free.

    A helper that ends before it has answered leaves its batch to this process.
    """
    if helpers < 1:
        return [_as_json(read(batch)) for batch in batches]
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
        with helper(read) as process, suppress(BrokenPipeError):
            for at in mine():
                if (answer := asked(process, batches[at])) is None:
                    return
                results[at] = answer

    with ThreadPoolExecutor(helpers) as pool:
        for _ in range(helpers):
            pool.submit(help_out)
        for at in mine():
            results[at] = _as_json(read(batches[at]))
    return [results[at] if at in results else _as_json(read(batch)) for at, batch in enumerate(batches)]


def helper(read: Read) -> "subprocess.Popen[bytes]":
    """A process that answers each line of JSON texts with a line of what `read` says of them."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
        [sys.executable, "-m", __name__, read.__module__, read.__qualname__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )


def asked(process: "subprocess.Popen[bytes]", batch: list[str]) -> list[Any] | None:
    """The helper's answer; None if it gave none."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(batch).encode() + b"\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    return list(json.loads(answer)) if answer else None


def _as_json(said: list[Any]) -> list[Any]:
    """What a helper would have sent."""
    return list(json.loads(json.dumps(said)))


def _serve(module: str, name: str) -> None:
    read: Read = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        print(json.dumps(read(json.loads(line))), flush=True)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
