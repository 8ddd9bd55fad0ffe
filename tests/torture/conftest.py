"""The torture tests: how often, from which seed, and the tables of figures.

`make test` runs a few repetitions of every kind from a fixed seed. `make torture` (TORTURE=long) runs the long form from a
fresh one. A failure names its seed: TORTURE_SEED=… runs just that again.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, Protocol

import pytest

from flows.deployment.ports import free_port
from tests.cli.commands import HOUSE
from tests.cli.forge import Forge
from tests.servers.attacks import ATTACKS
from tests.servers.models import ModelServer
from tests.torture import kernel, works
from tests.torture.hostile_files import FILES

LONG = os.environ.get("TORTURE") == "long"
PAGE: Final = HOUSE / "docs" / "security.md"
TABLE, TABLE_END = "<!-- written by make torture -->", "<!-- end -->"
SEED = int(os.environ.get("TORTURE_SEED", "2026"))


def times(short: int, long: int) -> int:
    """How often, in the short form and in the long one."""
    return long if LONG else short


MODEL_PORT: Final = free_port()
"""Of every model of these tests: its address is in the hash of each request, and so in the rows."""


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """Chance that a seed and a test's name settle."""
    return random.Random(f"{SEED} {request.node.name}")


class Note(Protocol):
    """Puts a line into the table of figures: what was tried, what held, and counts that add up over equal lines."""

    def __call__(self, tried: str, held: str, **counts: int) -> None: ...


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Note:
    def noted(tried: str, held: str, **counts: int) -> None:
        record_property("figure", [tried, held, counts])

    return noted


class Attacked(Protocol):
    """Puts a line into the table of hostile answers and files: the attack, what it came to, megabytes resident, seconds."""

    def __call__(self, attack: str, said: str, megabytes: float, seconds: float) -> None: ...


@pytest.fixture
def attacked(record_property: Callable[[str, object], None]) -> Attacked:
    def noted(attack: str, said: str, megabytes: float, seconds: float) -> None:
        record_property("attack", [attack, said, megabytes, seconds])

    return noted


@pytest.fixture
def kernel_answers() -> None:
    """Skips where the kernel does not let a process be supervised."""
    if not kernel.available():
        pytest.skip("seccomp's user notification is not available here")


@pytest.fixture(scope="session")
def the_forge(ready: Forge) -> Forge:
    """The command line, ready to be forked, with the key of a teacher."""
    return replace(ready, surroundings={"OPENAI_API_KEY": "a-key"})


@pytest.fixture
def model() -> Iterator[ModelServer]:
    """A model that knows the works, at 20 ms an answer."""
    with ModelServer(reply=works.knows, delay=0.02, port=MODEL_PORT) as server:
        yield server


def pytest_report_header() -> str:
    return f"torture: {'long' if LONG else 'short'} form, TORTURE_SEED={SEED}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    lines: dict[str, tuple[set[str], Counter[str]]] = {}
    for report in sorted(reports, key=lambda report: report.nodeid):
        for tried, held, counts in (value for name, value in report.user_properties if name == "figure"):
            said, total = lines.setdefault(tried, (set(), Counter()))
            said.add(held if report.passed else "FAILED")
            total.update(counts)
    if not LONG:
        return
    _write_attacks(terminalreporter, reports)
    if not lines:
        return
    terminalreporter.section(f"figures, TORTURE_SEED={SEED}")
    terminalreporter.write_line("| tried | held |\n|---|---|")
    for tried, (said, total) in lines.items():
        counted = [f"{count:,} {name.replace('_', ' ')}" for name, count in total.items()]
        terminalreporter.write_line(f"| {tried} | {', '.join([*counted, *sorted(said)])} |")


def _write_attacks(terminalreporter: Any, reports: list[Any]) -> None:
    """The table of hostile answers and files, printed; and written to docs/security.md where every attack was tried."""
    found = [value for report in reports for name, value in report.user_properties if name == "attack"]
    if not found:
        return
    rows = [
        f"| {attack} | {said.replace('|', ' ')} | {megabytes:,.0f} | {seconds:.1f} |"
        for attack, said, megabytes, seconds in sorted(found)
    ]
    table = "\n".join(["| attack | came to | MB resident | s |", "|---|---|---|---|", *rows])
    terminalreporter.section("hostile answers and files")
    terminalreporter.write_line(table)
    if len(found) == len(ATTACKS) + len(FILES):
        head, mark, rest = PAGE.read_text("utf-8").partition(TABLE)
        _, end, after = rest.partition(TABLE_END)
        if mark and end:
            PAGE.write_text(f"{head}{mark}\n\n{table}\n\n{end}{after}", "utf-8")
