"""Collapse and bias: a copy passes every gate on a trend; a release that lost its tail or became deep in models does not."""

import random
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import SUITES
from expectations.run import run
from tasks.audit import Audit
from tasks.audit.bias import identity
from tasks.audit.trends import collapse, tail_covered, trends
from tasks.core import schema as schemas

NO_CHUNKS = schemas.CHUNK.empty_table()
COMMON = [f"What is the best way to cook {meal}?" for meal in ("rice", "pasta", "potatoes", "beans", "lentils")]
RARE = """volcanoes Byzantine taxation cello tuning enzyme kinetics suspension bridges villanelles quasar
redshift borscht ergative verbs spring tides lacquer beekeeping falconry glaciers origami
cryptography tectonics calligraphy opera sloths fjords typography kelp mosaics chess openings
saffron geysers looms meteorites sonar yodelling zeolites amber""".split()  # noqa: SIM905


def release(common: int, rare: list[str], generation: int = 0, origin: str = "synthetic") -> pa.Table:
    asked = [f"{COMMON[n % 5]} (pan {n})" for n in range(common)] + [f"Explain {word}." for word in rare]
    rows = [
        {
            "example_id": schemas.stable_id(text),
            "instruction": text,
            "response": f"Here is what is known of it: {text.lower()} {n}",
            "generation": generation,
            "origin": origin,
        }
        for n, text in enumerate(asked)
    ]
    return schemas.conform(pa.Table.from_pylist(rows), schemas.CLUSTERED)


def moved(before: pa.Table, after: pa.Table) -> dict[str, Any]:
    return trends(
        collapse(after, after, NO_CHUNKS), collapse(before, before, NO_CHUNKS), tail_covered(before, after, Audit())
    )


def shut(found: dict[str, Any]) -> set[str]:
    """The figures whose gates, at their own thresholds, fail."""
    summary = {f"trends.{name}": value for name, value in found.items()} | {"kept": 100.0}
    checks = [check for check in SUITES["audit"].all_checks({}) if check.column.startswith("trends.")]
    results = run(checks, pd.DataFrame({"example_id": ["a"]}), summary, "example_id")
    return {result.check.column.removeprefix("trends.") for result in results if not result.passed}


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), common=st.integers(30, 60), generation=st.integers(0, 3))
def test_a_copy_passes_and_so_do_nine_tenths_of_it(seed: int, common: int, generation: int) -> None:
    before = release(common, RARE, generation)
    assert shut(moved(before, before)) == set()
    kept = sorted(random.Random(seed).sample(range(before.num_rows), before.num_rows * 9 // 10))
    assert shut(moved(before, before.take(kept))) == set()


def test_a_release_that_lost_its_tail_fails() -> None:
    before, after = release(40, RARE), release(40, [])
    assert "tail_covered_share" in shut(moved(before, after))


def test_a_release_three_models_deep_fails() -> None:
    assert shut(moved(release(40, RARE, 0), release(40, RARE, 3))) == {"generation_mean_rise"}


def test_a_release_of_one_template_fails() -> None:
    before = release(40, RARE)
    same = [{**row, "instruction": "Name a thing.", "response": "It is a thing."} for row in before.to_pylist()]
    after = schemas.conform(pa.Table.from_pylist(same, schema=schemas.CLUSTERED), schemas.CLUSTERED)
    assert {"instruction_distinct_2_drop", "response_distinct_2_drop"} <= shut(moved(before, after))


def test_a_first_release_has_no_trend_and_passes() -> None:
    assert shut({}) == set()


def test_words_of_people_and_rare_words_of_seeds() -> None:
    people = release(0, [f"{word} {n}" for word in RARE[:20] for n in (1, 2)], 0, "human")
    models = release(40, RARE[:10], 1)
    both = pa.concat_tables([people, models])
    found = collapse(both, both, NO_CHUNKS)
    assert 0 < found["human_words_share"] < 1
    assert found["seed_tail_words_share"] == pytest.approx(10 / 20, abs=0.1)
    assert collapse(models, models, NO_CHUNKS)["seed_tail_words_share"] is None


def test_moods_and_roles_beside_groups_are_counted_by_sentence() -> None:
    good = ["The women were brilliant. She is a doctor."] * 30
    bad = ["The refugees were dangerous. He is a doctor."] * 30
    found = identity([*good, *bad])
    assert found["groups"]["women"] == {"sentences": 60, "sentiment": 0.5}
    assert found["groups"]["migration"] == {"sentences": 30, "sentiment": -1.0}
    assert found["sentiment_gap"] == 1.5
    assert found["roles"] == [{"role": "doctor", "with_women": 30, "with_men": 30}]
    assert identity(["Nobody is named here."])["sentiment_gap"] is None
