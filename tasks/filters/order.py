"""In which order the filters run: the one that is cheapest in expectation, among those that are allowed.

A filter that looks at one row at a time may run before or after any other of its kind: the same rows are kept in any order,
and only a row with several faults may be rejected for another of them. Filters that compare rows with each other, or rewrite
them, stay behind those, in the order of the table of contents.

What a filter rejects is measured on a trial slice of the very rows. What it costs is measured too, but kept beside the code
(costs.json): a clock read here would make the order, and with it the reasons of rows with several faults, different from
run to run. Both together give the same plan for the same rows on every machine.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

TRIAL_ROWS: Final = 1000
"""Rows, evenly spaced, on which every filter is tried: a share of one in a hundred is then known to within a half."""
PLAN_FROM: Final = 10_000
"""Rows from which trying pays; fewer are done by the time a plan would be."""
UNKNOWN: Final = 1000.0
"""Microseconds a row that a filter is taken to cost before it was ever measured: it runs last of its kind."""
_MOST: Final = 14
"""Filters up to which every order is weighed; of more, those that reject least for their cost are left for the end."""

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Step:
    """One filter in a plan."""

    filter: str
    cost_us: float
    """Microseconds a row."""
    rejected_share: float
    """Of the trial rows that reach it."""
    reached_share: float
    """Of all trial rows."""

    @property
    def expected_us(self) -> float:
        """Microseconds per row that enters the pipeline."""
        return self.cost_us * self.reached_share


@dataclass(frozen=True)
class Plan:
    """An order, what it is expected to cost, and what the order of the table of contents would."""

    steps: tuple[Step, ...]
    listed_us: float
    trial_rows: int

    @property
    def names(self) -> list[str]:
        """The filters in the order in which they run."""
        return [step.filter for step in self.steps]

    @property
    def expected_us(self) -> float:
        """Microseconds per row that enters."""
        return sum(step.expected_us for step in self.steps)

    def facts(self) -> dict[str, Any]:
        """As JSON data."""
        saved = 1 - self.expected_us / self.listed_us if self.listed_us else 0.0
        return {
            "trial_rows": self.trial_rows,
            "expected_us": round(self.expected_us, 2),
            "listed_us": round(self.listed_us, 2),
            "saved_share": round(saved, 4),
            "steps": [
                {
                    "filter": step.filter,
                    "cost_us": step.cost_us,
                    "rejected_share": round(step.rejected_share, 4),
                    "expected_us": round(step.expected_us, 2),
                }
                for step in self.steps
            ],
        }


@cache
def measured() -> dict[str, float]:
    """Filter → microseconds of processor time a row, as tests/benchmarks/filters_throughput.py measured them."""
    costs: dict[str, float] = json.loads((Path(__file__).parent / "costs.json").read_text("utf-8"))
    return costs


def cheapest(rejected: Mapping[str, Mask], costs: Mapping[str, float]) -> Plan:
    """The order of the filters in `rejected` that costs least in expectation.

    rejected: filter → which trial rows it rejects, bool (rows,), each tried on all of them; in the listed order.
    costs: microseconds a row. Ties go to the listed order.
    """
    listed = list(rejected)
    price = np.array([costs.get(name, UNKNOWN) for name in listed])
    reached = _Reached([rejected[name] for name in listed])
    order = _best(price, reached) if len(listed) <= _MOST else _greedy(price, reached)
    return Plan(
        tuple(_steps(listed, order, price, reached)),
        sum(step.expected_us for step in _steps(listed, range(len(listed)), price, reached)),
        reached.rows,
    )


class _Reached:
    """Which share of the trial rows is left once a set of filters, given as bits, has run."""

    def __init__(self, rejected: Sequence[Mask]) -> None:
        self.filters = len(rejected)
        self.rows = len(rejected[0]) if rejected else 0
        faults = np.zeros(self.rows, np.int64)
        for bit, mask in enumerate(rejected):
            faults |= mask.astype(np.int64) << bit
        self._faults, self._counts = np.unique(faults, return_counts=True)

    def __call__(self, done: int) -> float:
        left = self._counts[(self._faults & done) == 0].sum()
        return float(left) / self.rows if self.rows else 1.0


def _best(price: np.ndarray[tuple[int], np.dtype[np.float64]], reached: _Reached) -> list[int]:
    """The cheapest of all orders, by dynamic programming over the sets of filters that have run (Held and Karp 1962)."""
    filters = len(price)
    share = [reached(done) for done in range(1 << filters)]
    cost = [0.0] * (1 << filters)
    last = [0] * (1 << filters)
    for done in range(1, 1 << filters):
        # compared from the last filter to the first, and only better ones taken: ties leave the listed order
        options = [bit for bit in reversed(range(filters)) if done >> bit & 1]
        spent = [cost[done ^ (1 << bit)] + float(price[bit]) * share[done ^ (1 << bit)] for bit in options]
        cheapest_at = min(range(len(options)), key=lambda at: round(spent[at], 9))
        cost[done], last[done] = spent[cheapest_at], options[cheapest_at]
    order, done = [], (1 << filters) - 1
    while done:
        order.append(last[done])
        done ^= 1 << last[done]
    return order[::-1]


def _greedy(price: np.ndarray[tuple[int], np.dtype[np.float64]], reached: _Reached) -> list[int]:
    """Always next the filter that rejects most of the rows that are left for its price."""
    order: list[int] = []
    done = 0
    while len(order) < len(price):
        left = [bit for bit in range(len(price)) if bit not in order]
        order.append(
            max(left, key=lambda bit: ((reached(done) - reached(done | 1 << bit)) / price[bit], -price[bit], -bit))
        )
        done |= 1 << order[-1]
    return order


def _steps(
    listed: list[str],
    order: Sequence[int],
    price: np.ndarray[tuple[int], np.dtype[np.float64]],
    reached: _Reached,
) -> list[Step]:
    steps, done = [], 0
    for bit in order:
        before, after = reached(done), reached(done | 1 << bit)
        steps.append(Step(listed[bit], float(price[bit]), (before - after) / before if before else 0.0, before))
        done |= 1 << bit
    return steps
