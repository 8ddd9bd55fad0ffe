"""Names of people, places and organisations, found by the packaged spaCy model in this process and in one beside it.

The model keeps one core busy for minutes where rows are many, so a second process takes every other batch. It is a program of
its own that reads batches from its standard input, because a copy of this process (`multiprocessing`) would run the caller's
script again or inherit its locks. What is found depends on the texts alone, not on who read them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from threading import Lock
from typing import Final

Found = list[tuple[str, int, int]]
"""Label, start and end of every name in a text."""

_BATCH: Final = 256
"""Texts."""
_WORTH_A_PROCESS: Final = 400_000
"""Characters: about five seconds of work, and the process needs two to begin."""


def names(texts: Sequence[str], workers: int = 2) -> list[Found]:
    """spaCy's entities in each text, with its own labels (PERSON, GPE, ORG, …). Equal texts are read once."""
    distinct = list(dict.fromkeys(texts))
    helpers = min(workers - 1, sum(map(len, distinct)) // _WORTH_A_PROCESS)
    if helpers < 1:
        found = _read(distinct)
    else:
        batches = [distinct[at : at + _BATCH] for at in range(0, len(distinct), _BATCH)]
        found = [names for batch in _shared(batches, helpers) for names in batch]
    known = dict(zip(distinct, found, strict=True))
    return [known[text] for text in texts]


def _shared(batches: list[list[str]], helpers: int) -> list[list[Found]]:
    """What is in each batch, read by this process and `helpers` others, each taking the next one when it is free.

    A helper that ends before it has answered leaves its batch to this process.
    """
    results: dict[int, list[Found]] = {}
    waiting, lock = count(), Lock()

    def mine() -> Iterator[int]:
        while True:
            with lock:
                at = next(waiting)
            if at >= len(batches):
                return
            yield at

    def help_out() -> None:
        with _helper() as process, suppress(BrokenPipeError):
            for at in mine():
                if (answer := _asked(process, batches[at])) is None:
                    return
                results[at] = answer

    with ThreadPoolExecutor(helpers) as pool:
        for _ in range(helpers):
            pool.submit(help_out)
        for at in mine():
            results[at] = _read(batches[at])
    return [results[at] if at in results else _read(batch) for at, batch in enumerate(batches)]


def _helper() -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )


def _asked(process: "subprocess.Popen[bytes]", batch: list[str]) -> list[Found] | None:
    """The helper's answer; None if it gave none."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(batch).encode() + b"\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    return [[(label, start, end) for label, start, end in text] for text in json.loads(answer)] if answer else None


def _read(texts: list[str]) -> list[Found]:
    from tasks.text.nlp import entities

    return [[(name.label, name.start, name.end) for name in found] for found in entities(texts)]


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_read(json.loads(line))), flush=True)
