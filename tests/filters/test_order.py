"""The cheapest order is found, and no order keeps other rows."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.outcome import Tools
from tasks.core.params import canonical_json
from tasks.filters import ROW_WISE, Filters, compute, order

NAMES = ["a", "b", "c", "d", "e"]


def cost_of(names: tuple[str, ...], rejected: dict[str, np.ndarray], costs: dict[str, float]) -> float:
    left, spent = np.ones(len(next(iter(rejected.values()))), bool), 0.0
    for name in names:
        spent += costs[name] * left.sum()
        left &= ~rejected[name]
    return spent / len(left)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=12),
    st.lists(st.floats(0.1, 500), min_size=5, max_size=5),
)
def test_no_order_is_cheaper_than_the_plan(faults: list[list[bool]], prices: list[float]) -> None:
    rejected = {name: np.array([row[k] for row in faults]) for k, name in enumerate(NAMES)}
    costs = dict(zip(NAMES, prices, strict=True))
    plan = order.cheapest(rejected, costs)
    best = min(cost_of(names, rejected, costs) for names in itertools.permutations(NAMES))
    assert plan.expected_us == pytest.approx(cost_of(tuple(plan.names), rejected, costs))
    assert plan.expected_us == pytest.approx(best)
    assert plan.listed_us == pytest.approx(cost_of(tuple(NAMES), rejected, costs))


def test_cheap_and_strict_comes_first_and_ties_keep_their_place() -> None:
    rejected = {"slow": np.array([1, 0, 0, 0], bool), "quick": np.array([1, 1, 1, 0], bool), "same": np.zeros(4, bool)}
    plan = order.cheapest(rejected, {"slow": 100.0, "quick": 1.0, "same": 100.0})
    assert plan.names == ["quick", "slow", "same"]
    assert plan.facts()["saved_share"] == pytest.approx(1 - (1 + 25 + 25) / (100 + 0.75 + 25), abs=1e-4)
    nothing = order.cheapest({name: np.zeros(4, bool) for name in NAMES}, dict.fromkeys(NAMES, 1.0))
    assert nothing.names == NAMES


def test_a_filter_nobody_measured_runs_late() -> None:
    strict = np.array([1, 1, 0, 0], bool)
    plan = order.cheapest({"new": strict, "known": strict}, {"known": 5.0})
    assert plan.names == ["known", "new"]
    assert plan.steps[1].cost_us == order.UNKNOWN


def test_many_filters_are_put_in_order_as_well() -> None:
    rejected = {f"f{n}": np.arange(40) % (n + 2) == 0 for n in range(18)}
    plan = order.cheapest(rejected, {f"f{n}": float(1 + n % 4) for n in range(18)})
    assert sorted(plan.names) == sorted(rejected)
    assert plan.expected_us <= plan.listed_us


ROWS = [
    {"instruction": "Why is the sky blue?", "response": "N/A"},
    {"instruction": "Describe this photo in ten words.", "response": "I'm sorry, but I cannot help with that."},
    {"instruction": "Say yes", "response": "Say yes"},
    {"instruction": "Why?", "response": "#+*~ " * 40},
    {"instruction": "What is it then, and why?", "response": "It is so because it is so, as far as anybody knows."},
    {"origin": "robot", "response": ""},
]


def test_the_same_rows_are_kept_in_any_order(examples, tools) -> None:
    rows = [{**ROWS[n % len(ROWS)], "system": f"number {n}"} for n in range(order.PLAN_FROM)]
    cheap = [name for name in ROW_WISE if name not in ("toxicity", "contamination", "grounding", "language")]
    settings = {name: {"enabled": name in cheap} for name in Filters.model_fields if name != "costs"}
    kept = []
    for turned in (cheap, cheap[::-1], cheap[4:] + cheap[:4]):
        costs = {name: float(1 + place) ** 3 for place, name in enumerate(turned)}
        outcome = compute(examples(*rows), None, Filters.model_validate({**settings, "costs": costs}), tools)
        assert outcome.kept.num_rows + outcome.rejected.num_rows == len(rows)
        ids = outcome.rejected["example_id"].to_pylist()
        assert ids == sorted(ids, key=lambda name: int(name[1:]))
        kept.append(outcome.kept["example_id"].to_pylist())
    assert kept[0] == kept[1] == kept[2] == [f"r{n}" for n in range(len(rows)) if n % len(ROWS) == 4]


def test_the_plan_is_a_fact_and_the_same_every_time(examples, tools) -> None:
    rows = [{**ROWS[n % len(ROWS)], "system": f"number {n}"} for n in range(order.PLAN_FROM)]
    only = {
        name: {"enabled": name in ("metadata", "length", "refusal", "placeholders")}
        for name in Filters.model_fields
        if name != "costs"
    }
    params = Filters.model_validate({**only, "costs": {"metadata": 400.0}})
    first, again = (
        compute(examples(*rows), None, params, Tools(key, Path(), workers=w)) for key, w in (("a", 1), ("b", 5))
    )
    assert canonical_json(first.facts) == canonical_json(again.facts)
    assert first.kept.equals(again.kept)
    assert first.rejected.equals(again.rejected)
    steps = [step["filter"] for step in first.facts["plan"]["steps"]]
    assert steps[-1] == "metadata"
    assert [fact["filter"] for fact in first.facts["filters"]] == steps
    assert first.facts["plan"]["saved_share"] > 0.3
