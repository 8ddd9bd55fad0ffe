"""A suite of expectations, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Threshold:
    """A number a recipe may override, and why it is what it is."""

    value: float
    why: str


@dataclass(frozen=True)
class Check:
    """One expectation: a class of `great_expectations.expectations` and what it is given."""

    expectation: str
    given: Mapping[str, Any]
    why: str
    on: Literal["rows", "summary"] = "rows"
    """`rows`: the rows the stage kept, with `<column>_words` and `<column>_count` beside text and list columns.
    `summary`: one row: rows_in, created, kept, rejected, failed, their shares, and the stage's numeric facts by dotted name."""


Thresholds = Mapping[str, float]


@dataclass(frozen=True)
class Suite:
    """What must hold after one stage."""

    stage: str
    required: tuple[str, ...]
    """Columns that must exist and hold a value in every row; the first is the rows' identity and must be unique."""
    thresholds: Mapping[str, Threshold]
    checks: Callable[[Thresholds], tuple[Check, ...]]
    group: str = ""
    """A name under which a recipe overrides the thresholds of several stages at once: generation."""

    def resolved(self, overrides: Thresholds) -> dict[str, float]:
        """The thresholds in force; KeyError for one the suite doesn't have."""
        for name in overrides:
            if name not in self.thresholds:
                raise KeyError(name)
        return {name: float(overrides.get(name, threshold.value)) for name, threshold in self.thresholds.items()}

    def all_checks(self, overrides: Thresholds) -> tuple[Check, ...]:
        """The suite's own checks behind those that every suite has.

        An empty suite, an empty table and an all-null column satisfy most expectations, so a minimum of rows, the
        existence of columns and their values are always checked, and checked first.
        """
        resolved = self.resolved(overrides)
        least = resolved.get("min_rows", 1)
        always = [
            Check(
                "ExpectTableRowCountToBeBetween",
                {"min_value": int(least)},
                "an empty stage would pass every other check",
            ),
            *(Check("ExpectColumnToExist", {"column": name}, "the next stage reads it") for name in self.required),
            *(Check("ExpectColumnValuesToNotBeNull", {"column": name}, "every row has one") for name in self.required),
            Check(
                "ExpectColumnValuesToBeUnique",
                {"column": self.required[0]},
                "two rows with one id cannot be told apart",
            ),
        ]
        return (*always, *self.checks(resolved))


def share(column: str, *, at_most: float, why: str) -> Check:
    """A share of the summary must stay at or below a threshold."""
    return Check(
        "ExpectColumnValuesToBeBetween", {"column": column, "min_value": 0.0, "max_value": at_most}, why, "summary"
    )


def at_least(column: str, least: float, why: str) -> Check:
    """A figure of the summary must reach a threshold."""
    return Check("ExpectColumnValuesToBeBetween", {"column": column, "min_value": least}, why, "summary")


def one_of(column: str, values: tuple[str, ...], why: str) -> Check:
    """Every value stands in a closed vocabulary."""
    return Check("ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(values)}, why)
