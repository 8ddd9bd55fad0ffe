"""A suite of expectations, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal


@dataclass(frozen=True)
class Threshold:
    """A number a recipe may override, and why it is what it is."""

    value: float | None
    """None: nothing is expected unless a recipe asks for it."""
    why: str


FEW: Threshold = Threshold(
    30,
    "of fewer rows a share says little: at 30, a half is known to ±18 points; so it is not judged, unless a recipe states it",
)
"""The threshold `few_rows` of suites with checks that are `of_many`."""


@dataclass(frozen=True)
class Check:
    """One expectation: a class of `great_expectations.expectations` and what it is given."""

    expectation: str
    given: Mapping[str, Any]
    why: str
    on: Literal["rows", "summary"] = "rows"
    """`rows`: the rows the stage kept, with `<column>_words` and `<column>_count` beside text and list columns.
    `summary`: one row: rows_in, created, kept, rejected, failed, their shares, and the stage's numeric facts by dotted name."""
    least: str = ""
    """The threshold that is its `min_value`."""
    most: str = ""
    """The threshold that is its `max_value`."""
    of_many: bool = False
    """Not judged on fewer rows than the threshold `few_rows`, unless the recipe states its own threshold."""
    spares_one: bool = False
    """A share of rows that is not judged where one row alone makes it up, unless the recipe states its threshold."""
    if_measured: bool = False
    """Not judged where nothing was measured, unless the recipe states its threshold. Any other figure that is not there, and a
    column that is null in every row, fails."""
    key: str = ""
    """What a recipe writes to override its threshold, `gates.mix.min_rows`; filled in by `Suite.all_checks`."""
    few_rows: int = 0
    """Rows below which it is not judged; filled in by `Suite.all_checks`."""

    @property
    def column(self) -> str:
        """The column or the figure of the summary that is looked at, "" for none."""
        return str(self.given.get("column", self.given.get("column_A", "")))


Thresholds = Mapping[str, float]
EMPTY: Thresholds = {}


@dataclass(frozen=True)
class Suite:
    """What must hold after one stage."""

    stage: str
    required: tuple[str, ...]
    """Columns that must exist and hold a value in every row; the first is the rows' identity and must be unique."""
    thresholds: Mapping[str, Threshold]
    checks: tuple[Check, ...] = ()
    group: str = ""
    """A name under which a recipe overrides the thresholds of several stages at once: generation."""

    def all_checks(self, overrides: Thresholds, asked: Thresholds = EMPTY) -> tuple[Check, ...]:
        """The suite's own checks behind those that every suite has, with their thresholds: those that a recipe states in
        `overrides`, or that follow from what it `asked` of stages, or the suite's own. KeyError for one the suite doesn't have.

        An empty suite, an empty table and an all-null column satisfy most expectations, so a minimum of rows, the
        existence of columns and their values are always checked, and checked first.
        """
        for name in (*overrides, *asked):
            if name not in self.thresholds:
                raise KeyError(name)
        always = (
            Check(
                "ExpectTableRowCountToBeBetween", {}, "an empty stage would pass every other check", least="min_rows"
            ),
            *(Check("ExpectColumnToExist", {"column": name}, "the next stage reads it") for name in self.required),
            *(Check("ExpectColumnValuesToNotBeNull", {"column": name}, "every row has one") for name in self.required),
            Check(
                "ExpectColumnValuesToBeUnique",
                {"column": self.required[0]},
                "two rows with one id cannot be told apart",
            ),
        )
        found = (self._resolved(check, overrides, asked) for check in (*always, *self.checks))
        return tuple(check for check in found if check is not None)

    def _resolved(self, check: Check, overrides: Thresholds, asked: Thresholds) -> Check | None:
        """`check` with its threshold in place; None if nothing is expected."""
        if not (name := check.least or check.most):
            return check
        limit = overrides.get(name, asked.get(name, self.thresholds[name].value))
        if limit is None:
            return None
        bound = "mostly" if check.expectation == "ExpectColumnValuesToNotBeNull" else "min_value"
        given = {
            **check.given,
            bound if check.least else "max_value": int(limit) if name == "min_rows" else float(limit),
        }
        found = replace(check, given=given, key=f"gates.{self.stage}.{name}")
        if name in overrides:
            return replace(found, of_many=False, spares_one=False, if_measured=False)
        return replace(found, few_rows=int(overrides.get("few_rows", FEW.value or 0)) if check.of_many else 0)


_ROUND: Final = "-round-"


def in_round(stage: str, number: int) -> str:
    """The name under which a build in rounds runs a stage on the rows of one round: `pool`, `pool-round-2`."""
    return stage if number == 1 else f"{stage}{_ROUND}{number}"


def round_one(stage: str) -> str:
    """The stage's name in the first round: `pool` of `pool-round-2`."""
    name, _, number = stage.rpartition(_ROUND)
    return name if name and number.isdigit() else stage


def between(column: str, why: str, **bounds: float) -> Check:
    """Every value of a column of the rows lies between `min_value` and `max_value`; nulls are passed over."""
    return Check("ExpectColumnValuesToBeBetween", {"column": column, **bounds}, why)


def figure(column: str, why: str, **settings: Any) -> Check:
    """A figure of the summary reaches the threshold `least`, or stays within the threshold `most`."""
    return Check("ExpectColumnValuesToBeBetween", {"column": column}, why, "summary", **settings)


def share(column: str, most: str, why: str) -> Check:
    """The share of rows that were rejected or failed, or of documents that could not be read, stays within the threshold `most`."""
    return figure(column, why, most=most, spares_one=True)


def one_of(column: str, values: tuple[str, ...], why: str) -> Check:
    """Every value stands in a closed vocabulary."""
    return Check("ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(values)}, why)
