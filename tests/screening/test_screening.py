"""Instructions that are not worth an answer are refused before it is paid for; rows with an answer go through."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.filters.decontamination.contamination import Contamination
from tasks.filters.duplicates.near_duplicates import NearDuplicates
from tasks.filters.heuristics.feasibility import Feasibility
from tasks.filters.heuristics.length import Length
from tasks.pipeline import ledger
from tasks.screening.stage import REASONS, Screening, compute
from tests.filters.test_near_duplicates import released

BENCHMARK = (
    "Janet has sixteen ducks that lay eggs every day and she eats three for breakfast, how many are left for her?"
)
LONG = "Please explain how the parser of the language reads a nested list from a file"
DEFAULT = Screening()
GOOD = "How does the tide depend on the moon?"


def rows(*asked: str | tuple[str, str | None], name: str = "") -> pa.Table:
    """Instructions, alone or with a response; ids are `name` and their numbers."""
    pairs = [(one, None) if isinstance(one, str) else one for one in asked]
    return pa.Table.from_pylist(
        [
            {"example_id": f"{name}{n}", "parent_id": "p", "instruction": a, "response": r}
            for n, (a, r) in enumerate(pairs)
        ],
        schema=EXAMPLE,
    )


def screened(table: pa.Table, folder: Path, params: Screening = DEFAULT, before: Any = None, **changed: Any) -> Outcome:
    given_ = {
        "length": Length(),
        "feasibility": Feasibility(),
        "contamination": Contamination(rephrased=False),
        "near_duplicates": NearDuplicates(),
    }
    outcome = compute(table, before, params, *(given_ | changed).values(), Tools("key", folder))
    ledger.balance("screening", table, outcome, REASONS)
    return outcome


def refused(outcome: Outcome) -> dict[str, str]:
    found = outcome.rejected.select(["example_id", "reason"]).to_pylist()
    return {row["example_id"]: row["reason"] for row in found}


def test_each_check_refuses_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text(json.dumps({"question": BENCHMARK, "answer": "13"}) + "\n", "utf-8")
    table = rows(
        GOOD, "Why?", "Describe this photo for me.", "Summarize the passage above.", "What is it?",
        f"Please answer. {BENCHMARK}", LONG, f"{LONG}, please?", "long " * 40,
    )  # fmt: skip
    strict = Length(max_instruction_words=30)
    names = Contamination(benchmarks=(tmp_path / "b.jsonl",), rephrased=False)
    outcome = screened(table, tmp_path / "store", length=strict, contamination=names)
    assert refused(outcome) == {
        "1": "too_short", "2": "unfeasible", "3": "unresolved_pointer", "4": "no_subject", "5": "contaminated",
        "7": "near_duplicate", "8": "too_long",
    }  # fmt: skip
    assert outcome.rejected["detail"].to_pylist()[-2].startswith("6 ")
    assert outcome.facts["screened"] == 9
    assert sum(outcome.facts["checks"].values()) == 7
    assert outcome.facts["rejected_of_screened"] == round(7 / 9, 4)
    assert screened(table, tmp_path / "store", Screening(enabled=False)).kept.equals(table)


def test_rows_with_a_response_go_through_and_count_as_asked(tmp_path: Path) -> None:
    table = rows(("Why?", "Because."), f"{LONG}, please", (LONG, "It reads tokens."), GOOD)
    outcome = screened(table, tmp_path)
    assert refused(outcome) == {"1": "near_duplicate"}
    assert outcome.facts["screened"] == 2
    assert outcome.kept["response"].to_pylist() == ["Because.", "It reads tokens.", None]


def test_what_an_earlier_release_asks_is_not_asked_again(tmp_path: Path) -> None:
    name = released(
        rows((LONG, "An answer of the release, which has other words."), (GOOD, "Much."), name="old"), tmp_path
    )
    near = NearDuplicates(against_previous=(name,))
    table = rows("Is there life on other planets?", "And another thing entirely?", LONG)
    for _ in range(2):  # made, then found in the store
        outcome = screened(table, tmp_path, near_duplicates=near)
        assert refused(outcome) == {"2": "near_duplicate"}
        assert outcome.rejected["detail"][0].as_py().startswith(f"{name}/old0 ")
    unchanged = rows(LONG, GOOD, name="old")
    assert not refused(screened(unchanged, tmp_path, near_duplicates=near)), "the same rows under the same ids stay"


@pytest.mark.parametrize("off", ["length", "feasibility", "vagueness", "near_duplicates"])
def test_a_check_can_be_left_out(tmp_path: Path, off: Any) -> None:
    table = rows("Why?", "Describe this photo for me.", "Summarize the passage above.", LONG, f"{LONG}, please")
    reasons = {"0": "length", "1": "feasibility", "2": "vagueness", "4": "near_duplicates"}
    found = refused(screened(table, tmp_path, Screening(off=(off,))))
    back = {number for number, check in reasons.items() if check == off} - set(found)
    assert back or (off == "length" and found["0"] == "no_subject")
    assert len(found) >= 3


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["", "Why?", GOOD, LONG, f"{LONG}!", "Explain it."]), st.booleans())))
def test_every_row_leaves_once_and_in_order(tmp_path: Path, asked: list[tuple[str, bool]]) -> None:
    table = rows(*((text, "An answer." if answered else "") for text, answered in asked))
    outcome = screened(table, tmp_path)
    kept = [int(number) for number in outcome.kept["example_id"].to_pylist()]
    assert kept == sorted({*range(len(asked))} - {int(number) for number in refused(outcome)})
    assert {number for number, (_, answered) in enumerate(asked) if answered} <= set(kept)
    assert len({asked[number][0].rstrip("!") for number in kept if not asked[number][1]}) == len(
        [number for number in kept if not asked[number][1]]
    )
