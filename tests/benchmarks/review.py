"""The review page under ten reviewers: how soon the queue of a large dataset opens, and how soon a decision is on disk.

`python -m tests.benchmarks.review [ROWS] [DECISIONS of each]`. The server is a process of its own; reviewers are threads of this
one, so their own work is in the figures too.
"""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import perf_counter

import numpy as np

from tasks.review.decisions import Decisions
from tasks.store.store import Store
from tests.review_page import stores
from tests.review_page.people import Forms, Person, people, serving

REVIEWERS = tuple(f"reviewer-{number}" for number in range(10))


@dataclass
class Figures:
    """Seconds of each request."""

    start: float
    open_queue: float
    find: float
    saves: list[float]
    rows: list[float]
    computing: float
    """Seconds that the server's processor needs for a row and its decision."""


def measure(root: Path, dataset: str, decisions: int, *options: str) -> Figures:
    """Ten reviewers at once, each with so many decisions on the rows of a dataset's queue; every one is on disk afterwards."""
    began = perf_counter()
    with serving(root, dataset, *options) as (address, process):
        start = perf_counter() - began
        began = perf_counter()
        team = people(root, address, dataset, REVIEWERS[0])  # the page after signing in is the queue's
        open_queue = perf_counter() - began
        team += people(root, address, dataset, *REVIEWERS[1:])
        began = perf_counter()
        team[0].open("find?words=generator loop")
        find = perf_counter() - began
        saves, rows = list[float](), list[float]()

        def work(person: Person) -> None:
            for _ in range(decisions):
                began = perf_counter()
                row_id = person.next()
                rows.append(perf_counter() - began)
                assert row_id
                form = Forms(person.page.text).found[f"/{dataset}/row/{row_id}"]
                began = perf_counter()
                answer = person.client.post(
                    f"/{dataset}/row/{row_id}", data={**form, "decide": "accept"}, follow_redirects=False
                )
                saves.append(perf_counter() - began)
                assert answer.status_code == 303, answer.text

        before = _computed(process.pid)
        threads = [Thread(target=work, args=(one,)) for one in team]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        computing = (_computed(process.pid) - before) / (len(REVIEWERS) * decisions)
    assert len(saves) == len(REVIEWERS) * decisions
    standing = Decisions(Store(root), dataset).standing()
    assert len(standing) == len({one.example_id for one in standing}) == len(saves)
    return Figures(start, open_queue, find, saves, rows, computing)


def _computed(process: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(rows: int = 100_000, decisions: int = 50) -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        stores.released(root, stores.rows(rows), raw=False)
        found = measure(root, "shop", decisions, "--sample", str(rows), "--double", "0")
    print(f"{rows:,} rows, all in the queue; {len(REVIEWERS)} reviewers, {decisions} decisions each")
    print(
        f"server started in {found.start:.1f} s, sign-in and queue opened {found.open_queue:.2f} s, search {found.find:.2f} s"
    )
    print(
        f"computing for a row shown and decided: {1000 * found.computing:.0f} ms; load of the machine {os.getloadavg()[0]:.0f}"
    )
    for name, seconds in (("a decision saved", found.saves), ("the next row shown", found.rows)):
        median, late, last = (1000 * value for value in np.quantile(seconds, (0.5, 0.95, 1.0)))
        print(f"{name}: median {median:.0f} ms, 95% within {late:.0f} ms, slowest {last:.0f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
