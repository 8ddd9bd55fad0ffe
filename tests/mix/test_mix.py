"""A mix keeps its word: no group over its share of the result, exact sizes where they can be met, a reason for each drop."""

from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.core import schema as schemas
from tasks.core.outcome import Outcome, Tools
from tasks.core.reasons import REASONS
from tasks.mix import LengthShares, Mix, compute
from tasks.mix.limits import columns, groups
from tasks.mix.preference import preference
from tasks.mix.selection import select


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """A CLUSTERED table; each row gets an id and a text of `words` words."""
    filled = [
        {
            "example_id": f"row{i:04}",
            "instruction": "one two three",
            "response": " ".join(["word"] * (row.get("words", 20) - 3)),
            "origin": "human",
            "theme": 0,
            "cluster": 0,
            **{name: value for name, value in row.items() if name != "words"},
        }
        for i, row in enumerate(rows)
    ]
    return schemas.conform(pa.Table.from_pylist(filled, schema=schemas.CLUSTERED), schemas.CLUSTERED)


def mixed(pool: list[dict[str, Any]], key: str = "key", **params: Any) -> Outcome:
    return compute(table(pool), Mix(**params), Tools(key=key, store_root=Path()))


def ids(outcome: pa.Table) -> list[str]:
    return outcome["example_id"].to_pylist()


def test_without_wishes_everything_stays_as_it_came() -> None:
    rows = [{"source": name, "theme": None, "cluster": None} for name in "abc"]
    outcome = mixed(rows)
    assert outcome.kept.equals(table(rows))
    assert outcome.rejected.num_rows == outcome.failed.num_rows == 0
    assert outcome.facts["because"] is None


def test_an_exact_number_of_rows_is_spread_over_themes_and_clusters() -> None:
    rows = [{"theme": 0, "cluster": i % 2} for i in range(90)]
    rows += [{"theme": 1, "cluster": 2} for _ in range(6)] + [{"theme": 2, "cluster": 3} for _ in range(4)]
    outcome = mixed(rows, rows=12)
    assert outcome.kept.num_rows == 12
    assert Counter(outcome.kept["theme"].to_pylist()) == {0: 4, 1: 4, 2: 4}
    assert Counter(outcome.kept["cluster"].to_pylist()) == {0: 2, 1: 2, 2: 4, 3: 4}
    assert set(outcome.rejected["reason"].to_pylist()) == {"over_target"}
    assert outcome.facts["because"] is None
    assert outcome.facts["clusters"] == {"pool": 4, "given": 4}
    assert ids(outcome.kept) == sorted(ids(outcome.kept)), "rows keep the order they came in"


def test_more_rows_than_there_are_is_a_clear_shortfall() -> None:
    facts = mixed([{}] * 3, rows=5).facts
    assert (facts["asked"], facts["given"], facts["because"]) == (5, 3, "the pool holds 3 rows")


def test_a_cap_is_a_share_of_the_result_not_of_the_pool() -> None:
    rows = [{"source": "big"}] * 80 + [{"source": "small"}] * 20
    outcome = mixed(rows, per_source_cap=0.5, always_allowed=0)
    assert Counter(outcome.kept["source"].to_pylist()) == {"big": 20, "small": 20}
    assert set(outcome.rejected["reason"].to_pylist()) == {"over_cap"}
    assert set(outcome.rejected["detail"].to_pylist()) == {"source big: 20 of 40 rows"}
    assert outcome.facts["because"] == "more rows would exceed a share; full are: source big at 20, source small at 20"


def test_a_trial_of_one_theme_is_not_emptied_by_a_cap() -> None:
    rows = [{"theme": 0, "theme_label": "generators"}] * 30
    assert mixed(rows, per_theme_cap=0.2).kept.num_rows == 10
    assert mixed(rows, per_theme_cap=0.2, always_allowed=0).kept.num_rows == 0


def test_outliers_and_rows_that_were_not_evolved_are_not_capped() -> None:
    rows = [{"theme": -1, "operator": None}] * 30
    assert mixed(rows, per_theme_cap=0.1, per_operator_cap=0.1, always_allowed=0).kept.num_rows == 30


def test_shares_of_human_and_synthetic_rows() -> None:
    rows = [{"origin": "human"}] * 80 + [{"origin": "synthetic"}] * 20
    outcome = mixed(rows, human_share=0.5, tolerance=0.0)
    assert Counter(outcome.kept["origin"].to_pylist()) == {"human": 21, "synthetic": 20}, "rounded up, not down to 20"
    assert set(outcome.rejected["reason"].to_pylist()) == {"share_exceeded"}
    wider = mixed(rows, human_share=0.5, tolerance=0.1)
    assert Counter(wider.kept["origin"].to_pylist()) == {"human": 30, "synthetic": 20}


def test_a_share_of_what_the_pool_does_not_hold_is_named_and_not_enforced() -> None:
    outcome = mixed([{"origin": "human"}] * 7, human_share=0.5)
    assert outcome.kept.num_rows == 7
    assert outcome.facts["notes"] == ["origin: the pool holds no synthetic rows, so the shares are those of the rest"]


def test_length_strata() -> None:
    rows = [{"words": 10}] * 50 + [{"words": 50}] * 20 + [{"words": 90}] * 10
    shares = LengthShares(short=0.4, medium=0.4, long=0.2)
    outcome = mixed(rows, length_shares=shares, tolerance=0.0)
    assert outcome.facts["dimensions"]["length"] == [
        {"group": "short", "pool": 50, "given": 21, "share": 0.4118},
        {"group": "medium", "pool": 20, "given": 20, "share": 0.3922},
        {"group": "long", "pool": 10, "given": 10, "share": 0.1961},
    ]
    assert set(outcome.rejected["reason"].to_pylist()) == {"stratum_full"}


def test_a_scarce_stratum_shrinks_the_mix_or_is_filled_up() -> None:
    pool = [{"words": 10}] * 2 + [{"words": 50}] * 50 + [{"words": 90}] * 50
    shares = LengthShares(short=0.4, medium=0.3, long=0.3)
    shrunk = mixed(pool, rows=60, length_shares=shares, tolerance=0.0)
    assert shrunk.kept.num_rows == 8, "2 short ones, and of the others 0.3 of 8 rounded up"
    assert shrunk.facts["because"].endswith("all rows are taken of: length short with 2")
    filled = mixed(pool, rows=60, length_shares=shares, tolerance=0.0, scarce="fill")
    assert [(g["group"], g["given"]) for g in filled.facts["dimensions"]["length"]] == [
        *[("long", 29), ("medium", 29), ("short", 2)]
    ]
    assert filled.facts["notes"] == ["length: only 2 short rows; the others fill the place of those that are missing"]


@pytest.mark.parametrize(("words", "stratum"), [(29, "short"), (30, "medium"), (69, "medium"), (70, "long")])
def test_bounds_of_the_strata(words: int, stratum: str) -> None:
    assert columns(table([{"words": words}]), Mix())["length"].to_pylist() == [stratum]


def test_words_of_empty_and_missing_texts() -> None:
    rows = table([{"instruction": None, "response": ""}, {"instruction": " a  b\n", "response": None}])
    assert columns(rows, Mix(short_below=2, long_from=3))["length"].to_pylist() == ["short", "medium"]


def test_two_caps_that_pull_apart_still_give_the_rows_asked_for() -> None:
    """Taking rows in order of preference alone ends with fewer: the solver finds the one mix that there is."""
    rows = [{"source": s, "method": m} for s, m in ["aa", "ab", "ba", "bb", "cc", "ca"] for _ in range(2)]
    limited = {"per_source_cap": 0.34, "per_method_cap": 0.5, "always_allowed": 0}
    outcome = mixed(rows, rows=12, **limited)
    assert outcome.kept.num_rows == max_by_trying(table(rows), Mix(rows=12, **limited))


def test_the_less_toxic_and_better_grounded_row_of_a_cluster_comes_first() -> None:
    rows = [{"toxicity": 0.9, "grounding": 1.0}, {"toxicity": 0.0, "grounding": 0.5}, {"toxicity": 0.0}]
    assert ids(mixed(rows, rows=1).kept) == ["row0002"]
    assert ids(mixed(rows, rows=2).kept) == ["row0001", "row0002"]


def test_another_seed_draws_other_rows_and_another_key_does_not() -> None:
    rows = [{}] * 100
    assert ids(mixed(rows, rows=10).kept) == ids(mixed(rows, rows=10, key="other").kept)
    assert ids(mixed(rows, rows=10).kept) != ids(mixed(rows, rows=10, seed=1).kept)


def test_a_new_row_displaces_at_most_one() -> None:
    rows = [{"example_id": f"id{i}"} for i in range(50)]
    before, after = mixed(rows, rows=20), mixed([*rows, {"example_id": "new"}], rows=20)
    assert len(set(ids(before.kept)) - set(ids(after.kept))) <= 1


def test_an_empty_table() -> None:
    outcome = mixed([], rows=5, human_share=0.5, per_source_cap=0.1)
    assert outcome.kept.num_rows == 0
    assert outcome.facts["because"] == "the pool holds 0 rows"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"length_shares": {"short": 0.5, "medium": 0.5, "long": 0.5}}, "add up to 1.5"),
        ({"short_below": 50, "long_from": 50}, "short_below .50. must be less than long_from .50."),
        ({"per_sorce_cap": 0.5}, "did you mean 'per_source_cap'"),
        ({"rows": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_wishes_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Mix(**params)


ROW = st.fixed_dictionaries(
    {
        "source": st.sampled_from("ab"),
        "theme": st.sampled_from([-1, 0, 1, 2]),
        "method": st.sampled_from("xyz"),
        "operator": st.sampled_from([None, "deepen", "constrain"]),
        "origin": st.sampled_from(["human", "synthetic", None]),
        "words": st.sampled_from([10, 50, 90]),
    }
)
CAP = st.none() | st.sampled_from([0.1, 0.2, 0.29, 0.34, 0.5, 0.7])
SHARES = st.sampled_from([(1.0, 0.0, 0.0), (0.3, 0.3, 0.4), (0.5, 0.25, 0.25)])
WISHES = st.fixed_dictionaries(
    {
        "rows": st.none() | st.integers(1, 9),
        "human_share": st.none() | st.sampled_from([0.0, 0.3, 0.5, 1.0]),
        "length_shares": st.none() | SHARES.map(lambda s: LengthShares(short=s[0], medium=s[1], long=s[2])),
        "tolerance": st.sampled_from([0.0, 0.05, 0.2]),
        "scarce": st.sampled_from(["shrink", "fill"]),
        "per_source_cap": CAP,
        "per_theme_cap": CAP,
        "per_method_cap": CAP,
        "per_operator_cap": CAP,
        "always_allowed": st.integers(0, 3),
    }
)


def exceeded(kept: pa.Table, params: Mix) -> list[str]:
    """The caps that `kept` breaks, counted afresh from the columns with exact fractions."""
    n, broken = kept.num_rows, []
    for name in ("source", "theme", "method", "operator"):
        cap = getattr(params, f"per_{name}_cap")
        for group, count in Counter(kept[name].to_pylist()).items():
            if (
                cap is not None
                and group not in (None, -1)
                and count > max(params.always_allowed, Fraction(str(cap)) * n)
            ):
                broken.append(f"{name} {group}: {count} of {n}")
    return broken


def feasible(rows: pa.Table, within: pa.Table, params: Mix) -> bool:
    limited = groups(columns(within, params), params)
    position = {row: i for i, row in enumerate(ids(within))}
    inside = limited.member[[position[row] for row in ids(rows)]]
    return all((inside == i).sum() <= limit.allowed(rows.num_rows) for i, limit in enumerate(limited.limits))


def max_by_trying(pool: pa.Table, params: Mix) -> int:
    """The size of the largest mix, found by looking at all of them."""
    for n in range(min(pool.num_rows, params.rows or pool.num_rows), 0, -1):
        if any(feasible(pool.take(list(some)), pool, params) for some in combinations(range(pool.num_rows), n)):
            return n
    return 0


@settings(max_examples=80)
@given(st.lists(ROW, max_size=9), WISHES)
@example([{"source": "a", "words": 10}] * 3, {"per_source_cap": 0.5, "always_allowed": 0})
def test_no_share_is_exceeded_and_no_mix_is_larger(rows: list[dict[str, Any]], wishes: dict[str, Any]) -> None:
    params, pool = Mix(**wishes), table(rows)
    outcome = compute(pool, params, Tools(key="k", store_root=Path()))
    assert exceeded(outcome.kept, params) == []
    assert feasible(outcome.kept, pool, params)
    assert outcome.kept.num_rows == max_by_trying(pool, params)
    assert sorted(ids(outcome.kept) + ids(outcome.rejected)) == ids(pool)
    assert set(outcome.rejected["reason"].to_pylist()) <= REASONS.keys()
    missing = outcome.kept.num_rows < (params.rows or pool.num_rows)
    assert (outcome.facts["because"] is not None) == missing
    if outcome.kept.num_rows < (params.rows or pool.num_rows):
        assert "over_target" not in outcome.rejected["reason"].to_pylist()


@settings(max_examples=80)
@given(st.lists(ROW, max_size=40), WISHES)
def test_without_the_solver_shares_hold_too(rows: list[dict[str, Any]], wishes: dict[str, Any]) -> None:
    params, pool = Mix(**wishes), table(rows)
    limited = groups(columns(pool, params), params)
    chosen = select(preference(pool, 0), limited, params.rows, nodes=0)
    kept = pool.take(chosen)
    assert exceeded(kept, params) == []
    assert feasible(kept, pool, params)
    assert kept.num_rows <= (params.rows or pool.num_rows)
