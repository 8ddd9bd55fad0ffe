"""No document, parent or near-duplicate is on two sides, no row ever changes sides, and sides have the share asked for."""

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import CLUSTERED, conform
from tasks.evaluation.stage import compute as evaluation
from tasks.split import Split, compute
from tasks.split.assignment import assigned
from tasks.split.grouping import grouped, shared_by_sides

HALF = Split(validation=0.25, test=0.25)
WORDS = "amber basalt cedar delta ember fjord glade heath islet jetty karst ledge marsh nook orchard pond quarry ridge".split()  # noqa: SIM905


def rows(number: int, **columns: Any) -> list[dict[str, Any]]:
    """Rows of different words, three of each document."""
    return [
        {
            "example_id": f"row{i:04}",
            "parent_id": f"chunk{i // 3}",
            "instruction": f"Tell me about {WORDS[i % 18]} {WORDS[i // 18 % 18]} number {i}, in {WORDS[i * 7 % 18]} words.",
            "response": " ".join(Random(i).choices(WORDS, k=20)) + f" and {i}.",
            "source": "a" if i % 5 else "b",
            "method": "templates",
            **columns,
        }
        for i in range(number)
    ]


def divided(
    given: list[dict[str, Any]],
    params: Split = HALF,
    before: pa.Table | None = None,
    evaluated: pa.Table | None = None,
) -> Outcome:
    table = conform(pa.Table.from_pylist(given, schema=CLUSTERED), CLUSTERED)
    chunks = sorted({row["parent_id"] for row in given if row.get("parent_id")})
    passages = pa.table({"chunk_id": chunks, "document_id": [f"doc of {chunk}" for chunk in chunks]})
    return compute(table, before, evaluated, passages, params, Tools(key="k", store_root=Path()))


def sides(outcome: Outcome) -> dict[str, str]:
    return dict(zip(outcome.kept["example_id"].to_pylist(), outcome.kept["split"].to_pylist(), strict=True))


def released(outcome: Outcome) -> pa.Table:
    return outcome.kept.select(["example_id", "split"])


@settings(max_examples=200)
@given(
    st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=3), max_size=30),
    st.dictionaries(st.integers(0, 30), st.sampled_from(["train", "validation", "test"]), max_size=12),
)
def test_nothing_is_shared_and_what_was_released_stays(
    given_keys: list[list[int]], released_sides: dict[int, str]
) -> None:
    ids = [f"id{n}" for n in range(len(given_keys))]
    own = [[f"1 row {row}", *(f"0 key {key}" for key in keys)] for row, keys in zip(ids, given_keys, strict=True)]
    fresh, _, none_left_out = grouped(own, ids, {})
    assert none_left_out == {}
    first = assigned(fresh, ["s"] * len(ids), {}, HALF)
    at_first = [first[group or ""] for group in fresh]
    assert shared_by_sides(own, at_first) == 0

    before = {ids[n]: at_first[n] for n in released_sides if n < len(ids)}  # a release that held some of these rows
    groups, known, left_out = grouped(own, ids, before)
    later = assigned(groups, ["s"] * len(ids), {g: s for g, s in known.sides.items() if known.of(g) == g}, HALF)
    stayed = [n for n, group in enumerate(groups) if group is not None]
    now = {n: before.get(ids[n], later[groups[n] or ""]) for n in stayed}
    assert all(now[n] == before[ids[n]] for n in stayed if ids[n] in before)
    assert not any(ids[n] in before for n in left_out)
    assert shared_by_sides([own[n] for n in stayed], [now[n] for n in stayed]) == 0


def test_documents_stay_whole_and_each_source_has_its_share() -> None:
    found = divided(rows(600), Split(validation=0.1, test=0.1))
    by_document = {row["parent_id"]: set[str]() for row in found.kept.to_pylist()}
    for row in found.kept.to_pylist():
        by_document[row["parent_id"]].add(row["split"])
    assert all(len(one) == 1 for one in by_document.values())
    assert (found.facts["shared_keys"], found.facts["overlaps_left"], found.rejected.num_rows) == (0, 0, 0)
    assert found.facts["rows"] == pytest.approx({"train": 480, "validation": 60, "test": 60, "evaluation": 0}, abs=3)
    for stratum in found.facts["strata"]:
        assert stratum["test"] == pytest.approx(
            0.1 * sum(stratum[side] for side in ("train", "validation", "test")), abs=6
        )


def test_a_row_stays_on_its_side_in_later_releases() -> None:
    first = divided(rows(300))
    grown = rows(600)[30:]  # some went, many came
    second = divided(grown, before=released(first))
    assert all(sides(second)[row] == side for row, side in sides(first).items() if row in sides(second))
    assert second.facts["rows"]["test"] == pytest.approx(0.25 * second.kept.num_rows, abs=4)
    # and where nothing is known of the release before, nearly all groups are drawn alike
    anew = sides(divided(grown))
    assert sum(anew[row] == side for row, side in sides(second).items()) > 0.85 * len(anew)


def test_a_new_row_that_joins_two_sides_is_refused() -> None:
    first = divided(rows(60))
    one, other = (next(row for row, side in sides(first).items() if side == wanted) for wanted in ("train", "test"))
    chunk = {row["example_id"]: row["parent_id"] for row in rows(60)}
    both = {
        **rows(61)[60],
        "example_id": "zz",
        "evidence": [{"chunk_id": chunk[r], "start": 0, "end": 1} for r in (one, other)],
    }
    second = divided([*rows(60), both], before=released(first))
    assert sides(second) == sides(first)
    assert second.rejected.select(["example_id", "reason", "detail"]).to_pylist() == [
        {"example_id": "zz", "reason": "joins_sides", "detail": "test and train"}
    ]


def test_what_was_made_from_a_row_goes_with_it_and_so_does_its_like() -> None:
    given = rows(90, method="imported")
    harder = [
        {**row, "example_id": f"harder{n}", "parent_id": row["example_id"], "method": "evol_instruct",
         "instruction": f"Explain {WORDS[n % 18]} differently, case {n}", "response": f"In other words {n}"}
        for n, row in enumerate(given)
    ]  # fmt: skip
    like = [{**row, "example_id": f"like{n}", "response": row["response"] + " Yes."} for n, row in enumerate(given)]
    found = sides(divided([*given, *harder, *like], Split(validation=0.2, test=0.2, by="row")))
    assert {found[f"row{n:04}"] == found.get(f"harder{n}") == found.get(f"like{n}") for n in range(90)} == {True}
    assert len(set(found.values())) == 3, "rows of one imported file are not one group"


def test_a_training_row_with_the_text_of_a_test_row_is_refused() -> None:
    given = rows(60)
    first = divided(given)
    held = next(row for row in given if sides(first)[row["example_id"]] == "test")
    long = f"As the handbook says: {held['response']} " + " ".join(f"w{n}" for n in range(60))
    copied = {**rows(61)[60], "example_id": "zz", "parent_id": "elsewhere", "response": long}
    tables = [copied if row["example_id"] == "zz" else row for row in [*given, copied]]
    second = divided(tables, Split(validation=0.25, test=0.25), before=pa.concat_tables([
        released(first), pa.table({"example_id": ["zz"], "split": ["train"]})]))  # fmt: skip
    assert second.rejected["reason"].to_pylist() == ["held_out_overlap"]
    assert second.rejected["example_id"].to_pylist() == ["zz"]
    assert held["example_id"] in second.rejected["detail"][0].as_py()
    assert second.facts["overlaps_left"] == 0


def test_evaluation_rows_are_new_ones_and_never_come_back() -> None:
    asked = Split(validation=0.1, test=0.1, evaluation=0.2)
    learnt = [row["example_id"] for row in rows(300)]
    undivided = pa.table({"example_id": learnt, "split": pa.nulls(300, pa.string())})
    grown = divided(rows(600), asked, before=undivided)
    held = grown.rejected.filter(pc.equal(grown.rejected["reason"], "held_for_evaluation"))
    assert set(held["split"].to_pylist()) == {"evaluation"}
    assert held.num_rows == grown.facts["rows"]["evaluation"] == pytest.approx(120, abs=4)
    assert not {*held["example_id"].to_pylist()} & {*learnt}, "models may have learnt what was released"
    assert (grown.facts["overlaps_left"], grown.facts["shared_keys"], grown.facts["refused_share"]) == (0, 0, 0)

    later = divided(rows(600), Split(validation=0.1, test=0.1), before=released(grown), evaluated=held)
    again = later.rejected.filter(pc.equal(later.rejected["reason"], "held_for_evaluation"))
    assert again["example_id"].to_pylist() == held["example_id"].to_pylist()
    assert sides(later) == sides(grown)
    dataset = evaluation(later.rejected, Tools(key="k", store_root=Path())).kept
    assert (dataset["example_id"].to_pylist(), set(dataset["split"].to_pylist())) == (
        held["example_id"].to_pylist(),
        {"test"},
    )


def test_a_new_training_row_with_the_text_of_an_evaluation_row_is_refused() -> None:
    first = divided(rows(60), Split(validation=0, test=0, evaluation=0.3))
    held = first.rejected.to_pylist()[0]
    copied = {**rows(61)[60], "parent_id": "elsewhere", "response": f"As it says: {held['response']} " + "word " * 60}
    found = divided([*rows(60), copied], Split(evaluation=0.3), released(first), first.rejected)
    (refused,) = (row for row in found.rejected.to_pylist() if row["reason"] == "held_out_overlap")
    assert refused["example_id"] == copied["example_id"]
    assert held["example_id"] in refused["detail"]


def test_topics_are_kept_whole() -> None:
    given = [{**row, "topic": f"topic {n % 20}"} for n, row in enumerate(rows(200))]
    found = divided(
        [{**row, "parent_id": row["example_id"]} for row in given], Split(validation=0.2, test=0.2, by="topic")
    )
    pairs = Counter((row["topic"], row["split"]) for row in found.kept.to_pylist())
    assert len(pairs) == 20
    assert {side for _, side in pairs} == {"train", "validation", "test"}


def test_too_few_rows_are_said_and_shares_are_bounded() -> None:
    assert divided(rows(3)).facts["empty_sides"] >= 1
    with pytest.raises(ValidationError, match="leave no rows to train on"):
        Split(validation=0.5, test=0.5)
