"""Target shares of short, medium and long instructions: that they hold where they can, and why not where they cannot."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.core.outcome import Outcome
from tasks.generation.from_rows.evol_instruct.lengths import LENGTHS, InstructionLengths, Steering
from tasks.generation.from_rows.evol_instruct.params import EvolInstruct
from tasks.text.words import words
from tests.generation.making import made
from tests.servers.models import ModelServer
from tests.servers.wire import Seen
from tests.teachers.prompts.material import examples_of

THIRDS = {"short": 0.3, "medium": 0.4, "long": 0.3}


def sentence(count: int, mark: object) -> str:
    """A request of so many words, all of which depend on `mark`."""
    return " ".join(["Explain", *(f"{mark}x{number}" for number in range(count - 1))])


def evolving(added: int) -> Callable[[Seen], dict[str, Any]]:
    """A teacher that adds so many words in depth, and invents instructions of about the same length."""

    def reply(seen: Seen) -> dict[str, Any]:
        if "rewrite instructions" not in seen.system and "invent instructions" not in seen.system:
            return {"answer": f"Since {seen.hash[:8]} is so."}
        before = re.findall(r"<instruction-\w+>\n(.*?)\n</instruction", seen.prompt, re.DOTALL)[0]
        mark = f"n{seen.hash[:6]}"
        if "invent instructions" in seen.system:
            return {"instruction": sentence(len(words(before)), mark)}
        more = " ".join(f"{mark}y{number}" for number in range(added))
        return {"instruction": f"{before} {more}".strip()}

    return reply


def run(server: ModelServer, folder: Path, lengths: list[int], **params: Any) -> Outcome:
    rows = examples_of(*(sentence(count, f"p{number}") for number, count in enumerate(lengths)), response="R")
    settings = EvolInstruct.model_validate({"share": 1, "rounds": 4, "shares": THIRDS, **params})
    return made(server, folder, settings, rows)


def test_shares_hold_and_rounds_end_when_they_do(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = evolving(22)
    outcome = run(model_server, tmp_path, [8] * 40)
    found = outcome.facts["lengths"]
    assert found["hold"], found
    assert found["why"] == outcome.facts["warnings"] == []
    counted = [
        InstructionLengths(**THIRDS).length(len(words(text))) for text in outcome.kept["instruction"].to_pylist()
    ]
    assert {aim: round(counted.count(aim) / len(counted), 4) for aim in LENGTHS} == found["found"]
    assert len(counted) < 4 * 40, "not all rounds were needed"


def test_what_the_teacher_adds_is_learnt(model_server: ModelServer, tmp_path: Path) -> None:
    """Forty words in one step: from short to long. Medium ones come from parents that are medium already."""
    model_server.reply = evolving(40)
    outcome = run(model_server, tmp_path, [8] * 20 + [30] * 20)
    assert outcome.facts["lengths"]["hold"], outcome.facts["lengths"]


def test_too_few_parents_are_said(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = evolving(22)
    outcome = run(model_server, tmp_path, [50] * 10, rounds=2)
    assert not outcome.facts["lengths"]["hold"]
    assert any(
        why.startswith("too few parents of which a short instruction") for why in outcome.facts["lengths"]["why"]
    )
    assert outcome.facts["warnings"]


def test_operators_that_fail_are_said(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = evolving(0)
    outcome = run(model_server, tmp_path, [8] * 10, rounds=2, shares={"short": 0, "medium": 1, "long": 0})
    [why] = [why for why in outcome.facts["lengths"]["why"] if "medium" in why]
    assert why == "of 20 attempts at medium instructions 20 failed and 0 came out otherwise"
    assert outcome.kept.num_rows == 0


@given(
    lengths=st.lists(st.integers(2, 80), min_size=1, max_size=30),
    made=st.tuples(*[st.integers(0, 40)] * 3),
    cut=st.tuples(st.integers(0, 10), st.integers(0, 10)),
)
def test_a_plan_takes_a_root_once_and_aims_at_what_is_wanted(
    lengths: list[int], made: tuple[int, int, int], cut: tuple[int, int]
) -> None:
    low, high = sorted(cut)
    shares = InstructionLengths(short=low / 10, medium=(high - low) / 10, long=(10 - high) / 10)
    steering = Steering(shares, ["deepen", "breadth"])
    steering.made.update(dict(zip(LENGTHS, made, strict=True)))
    parents = {f"r{n}": [{"instruction": sentence(count, n)}] for n, count in enumerate(lengths)}
    chosen = steering.plan(parents, 0)
    assert len({choice.root for choice in chosen}) == len(chosen) <= len(parents)
    for choice in chosen:
        added = 0 if choice.operator == "breadth" else 20
        assert shares.length(len(words(choice.parent["instruction"])) + added) == choice.aim
        assert shares.wanted()[choice.aim] > 0


@pytest.mark.parametrize(
    ("given_shares", "said"),
    [
        (THIRDS | {"long": 0.5}, "add up to 1.2, not to 1"),
        (THIRDS | {"short_below": 45}, "short_below (45) must be below long_from (45)"),
    ],
)
def test_shares_that_cannot_be_are_refused(given_shares: dict[str, float], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        EvolInstruct.model_validate({"shares": given_shares})
    assert said in str(refused.value)
