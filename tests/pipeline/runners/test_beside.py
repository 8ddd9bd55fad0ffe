"""Processes beside the build make the same rows as the build alone; one that dies or fails loses nothing and hides nothing."""

import os
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import field_serializer

from tasks import cleaning
from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.core.params import Params
from tasks.core.schema import EXAMPLE
from tasks.filters import stage as filters
from tasks.filters.catalogue import Filters
from tasks.pipeline.runners.beside import Beside
from tests.pipeline.runners import toys

ROWS = toys.found(600, Tools("", Path())).kept
HERE = os.getpid()


def noted(rows: pa.Table, parent: int, what: str, tools: Tools) -> Outcome:
    """The rows as they are; `facts` say which process had them. A helper ends or fails, if `what` says so."""
    assert tools.workers == 1
    beside = os.getpid() != parent
    if beside and what == "dies":
        os._exit(1)
    if what == "fails" and rows["instruction"][-1].as_py() == ROWS["instruction"][-1].as_py():
        raise BadInput("the last rows are bad")
    return Outcome.of(EXAMPLE, rows, facts={"beside": beside, "rows": rows.num_rows})


def shared(what: str) -> list[Outcome]:
    tools = Tools("key", Path(), workers=2, row_runner=Beside(from_rows=100))
    return tools.map_rows(noted, ROWS, HERE, what, kept=EXAMPLE, multiple_of=7)


@pytest.mark.parametrize("what", ["works", "dies"])
def test_every_range_is_done_once_and_in_its_place(what: str) -> None:
    parts = shared(what)
    assert pa.concat_tables(part.kept for part in parts).combine_chunks().equals(ROWS.combine_chunks())
    assert len(parts) == 16
    assert all(part.facts["rows"] % 7 == 0 for part in parts[:-1])
    assert not (what == "dies" and any(part.facts["beside"] for part in parts))


def slow(rows: pa.Table, parent: int, tools: Tools) -> Outcome:
    """Leaves the others time to start: this process waits until another has begun, which a file says."""
    begun = tools.store_root / "begun"
    if os.getpid() != parent:
        begun.touch()
    else:
        while not begun.exists():
            pass
    return Outcome.of(EXAMPLE, rows, facts={"beside": os.getpid() != parent})


def test_another_process_takes_part(tmp_path: Path) -> None:
    tools = Tools("key", tmp_path, workers=2, row_runner=Beside(from_rows=100))
    parts = tools.map_rows(slow, ROWS, HERE, kept=EXAMPLE)
    assert {part.facts["beside"] for part in parts} == {True, False}
    assert pa.concat_tables(part.kept for part in parts).equals(ROWS)


def test_what_fails_is_said_once_by_the_build_itself(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadInput, match="the last rows are bad"):
        shared("fails")
    assert "Traceback" not in capfd.readouterr().err


def test_cleaning_and_filters_come_to_the_same() -> None:
    alone, beside = Tools("k", Path()), Tools("k", Path(), row_runner=Beside(from_rows=100))
    one, other = (cleaning.compute(ROWS, None, cleaning.Cleaning(), tools) for tools in (alone, beside))
    assert (one.kept, one.rejected, one.facts) == (other.kept, other.rejected, other.facts)
    first, second = (filters.compute(one.kept, None, toys.CHEAP, tools) for tools in (alone, beside))
    assert (first.kept, first.rejected, first.facts) == (second.kept, second.rejected, second.facts)
    assert first.rejected.num_rows > 40


class Opposite(Params):
    """Settings that do not come back from JSON as they went."""

    on: bool = False

    @field_serializer("on")
    def _turned(self, on: bool) -> bool:
        return not on


@pytest.mark.parametrize(
    ("settings", "known"),
    [
        (cleaning.Cleaning(numbers=True), True),
        (Filters.model_validate({"pii": {"action": "drop"}, "toxicity": {"endpoint": {"base_url": "http://[::1]/v1"}}}), True),
        (Filters.model_validate({"contamination": {"benchmarks": [__file__]}, "refusal": {"spare": ["behaviours"]}}), True),
        (Opposite(), False),
    ],
)  # fmt: skip
def test_settings_reach_the_other_process_as_they_are_or_not_at_all(settings: Params, known: bool) -> None:
    tools = Tools("key", Path(), workers=2, row_runner=Beside(from_rows=100))
    parts = tools.map_rows(described, ROWS, settings, HERE, kept=EXAMPLE)
    assert {part.facts["settings"] for part in parts} == {settings.model_dump_json()}
    assert known or not any(part.facts["beside"] for part in parts)


def described(rows: pa.Table, settings: Params, parent: int, tools: Tools) -> Outcome:
    """The rows as they are; `facts` hold the settings as this process has them."""
    return Outcome.of(EXAMPLE, rows, facts={"settings": settings.model_dump_json(), "beside": os.getpid() != parent})


def test_few_rows_stay_here() -> None:
    tools = Tools("key", Path(), workers=2, row_runner=Beside())
    [part] = tools.map_rows(noted_alone, ROWS, kept=EXAMPLE)
    assert part.facts["process"] == HERE


def noted_alone(rows: pa.Table, tools: Tools) -> Outcome:
    """All rows at once, with all of the build's workers."""
    return Outcome.of(EXAMPLE, rows, facts={"process": os.getpid(), "workers": tools.workers})
