"""Rules on rows that a person labelled: precision of each on real sources, and every finding has a label."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.verification.judges.substance import VERIFIER, Substance, compute, template_share
from tasks.verification.judges.substance_rules import RULES, Texts
from tasks.verification.verifier import VerifierContext
from tests.verification.conftest import Table

LABELS = [json.loads(line) for line in Path(__file__).with_name("labelled_rows.jsonl").read_text().splitlines()]
PAIRS = {
    "dolly": "dolly/dolly_3k.json", "alpaca": "alpaca/alpaca_5000.json", "alpagasus": "alpaca/alpagasus_random_9k.json",
    "raschka": "alpaca/raschka_instruction_data_1100.json", "code_alpaca": "evol-instruct/code_alpaca_2k.json",
    "evol": "evol-instruct/evol-codealpaca-2k-1.json", "lima": "lima/lima.json",
}  # fmt: skip
UNSEEN = {"alpagasus", "raschka", "evol", "lima", "glaive", "dpo", "oasst", "oasst_followup"}
"""Sources of which no row was read before the rules were written."""


def sources(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(source, instruction, response) of some 25,000 rows of open sets; turns of conversations without what was said before."""
    for name, file in PAIRS.items():
        for row in json.loads((folder / file).read_text("utf-8")):
            context = row.get("input") or ""
            yield name, row["instruction"] + (f"\n\n{context}" if context else ""), row["output"]
    shares = [json.loads(line) for line in lines(folder / "sharegpt" / "sharegpt_300.jsonl")]
    tools = json.loads((folder / "tool-use" / "glaive_toolcall_en_demo.json").read_text("utf-8"))
    for name, talks in (("sharegpt", shares), ("glaive", tools)):
        for talk in talks:
            turns = talk.get("conversations") or []
            for one, two in pairwise(turns):
                if one["from"] in ("human", "user") and two["from"] in ("gpt", "assistant"):
                    yield name, one["value"], two["value"]
    for row in json.loads((folder / "preference" / "dpo_en_demo.json").read_text("utf-8")):
        yield "dpo", row["conversations"][-1]["value"], row["chosen"]["value"]
    for line in lines(folder / "oasst" / "en_100_tree.jsonl"):
        tree = json.loads(line)
        yield from _asked(tree.get("prompt", tree), "oasst")


def lines(path: Path) -> list[str]:
    """The records of a file of JSON Lines, whose texts hold other line breaks."""
    return [line for line in path.read_text("utf-8").split("\n") if line]


def _asked(turn: dict[str, Any], name: str) -> Iterator[tuple[str, str, str]]:
    replies = turn.get("replies", [])
    for reply in replies[:1]:
        yield name, turn["text"], reply["text"]
    for reply in replies:
        for follow_up in reply.get("replies", []):
            yield from _asked(follow_up, "oasst_followup")


def row_hash(instruction: str, response: str) -> str:
    return hashlib.sha256(f"{instruction}\x00{response}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


@pytest.fixture(scope="module")
def findings(shared: Path) -> dict[str, list[tuple[str, str]]]:
    """By rule: source and hash of every row in which it finds something."""
    found = defaultdict(list)
    for source, instruction, response in sources(shared / "instructions"):
        for name, (rule, _) in RULES.items():
            if rule(Texts(instruction, response, False)):
                found[name].append((source, row_hash(instruction, response)))
    return found


def test_rules_that_reject_are_right_in_nine_of_ten(findings: dict[str, list[tuple[str, str]]]) -> None:
    labelled = {(one["source"], one["row"], one["rule"]): one["defect"] for one in LABELS if one["rule"]}
    for name, (_, effect) in RULES.items():
        rows = set(findings[name])
        unknown = {row for row in rows if (*row, name) not in labelled}
        assert not unknown, f"{name} finds rows that nobody has labelled: read them and add them to labelled_rows.jsonl"
        if effect == "fail" and rows:
            assert sum(labelled[*row, name] for row in rows) / len(rows) >= 0.9, name
        unseen = {row for row in rows if row[0] in UNSEEN}
        print(name, f"{sum(labelled[*row, name] for row in rows)}/{len(rows)}, unseen {len(unseen)}")


def test_what_the_rules_find_of_turns_that_need_their_conversation(findings: dict[str, list[tuple[str, str]]]) -> None:
    """They find few of them: the rules are made to be right, not to be complete."""
    bad = {one["row"] for one in LABELS if one["source"] == "oasst_followup" and one["defect"]}
    found = {row for rows in findings.values() for source, row in rows if source == "oasst_followup"}
    assert found <= bad
    assert len(found & bad) / len(bad) > 0.08


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"instruction": "What does the function above return?"}, "unresolved_pointer"),
        ({"instruction": "Summarize the following text."}, "unresolved_pointer"),
        ({"instruction": "Translate this, please."}, "unresolved_pointer"),
        ({"instruction": "Translate this: good morning to you all."}, None),
        ({"instruction": "How is the reflection of a lake above the treeline called?"}, None),
        ({"instruction": "continue"}, "no_subject"),
        ({"instruction": "What does it do?"}, "no_subject"),
        ({"instruction": "Why is it important to vote?"}, None),
        ({"instruction": "continue", "history": [{"role": "user", "content": "Tell me of Bach."}]}, None),
        ({"response": "See the documentation."}, "points_elsewhere"),
        ({"instruction": "Where are the limits listed?", "response": "See the documentation."}, None),
        ({"response": "It was founded in 1820. Since then it has been owned by the"}, "cut_off"),
        ({"response": "It was founded in 1820. Since then it has been owned by the state."}, None),
    ],
)
def test_a_row_fails_by_the_rule_that_it_breaks(
    rows: Table, context: VerifierContext, row: dict[str, Any], reason: str | None
) -> None:
    (verdict,) = compute(rows(row), Substance(), context).rows.values()
    assert verdict.reason == (reason or "")
    assert verdict.word == ("fail" if reason else "pass")
    if reason:
        off = Substance.model_validate({"off": [reason]})
        assert compute(rows(row), off, context).rows[0].word == "pass"


def test_what_is_not_sure_enough_is_said_and_rejects_nothing(rows: Table, context: VerifierContext) -> None:
    bare = {
        "instruction": "Tom has 3 bags with 12 apples each and eats 5. How many apples has he left?",
        "response": "31",
    }
    group = {
        "instruction": "What does `get` do?",
        "response": "\n".join(f"- `{name}`: x" for name in ("get", "a", "b", "c", "d")),
    }
    found = compute(rows(bare, group), Substance(), context)
    assert [found.rows[0].word, found.rows[1].word] == ["unsure", "unsure"]
    assert [found.rows[0].why, found.rows[1].why] == ["bare_answer: 31", "group_answer: get, a, b, c, d"]
    assert found.facts["findings"] == dict.fromkeys(RULES, 0) | {"bare_answer": 1, "group_answer": 1}


@given(st.text(max_size=120), st.text(max_size=200), st.booleans())
def test_rules_take_any_text_and_name_what_stands_there(instruction: str, response: str, before: bool) -> None:
    for rule, _ in RULES.values():
        assert isinstance(rule(Texts(instruction, response, before)), str)


def test_one_template_is_seen_through_its_names() -> None:
    made = [f"What is {name}?" for name in ("Bach", "`len`", "Rome", "2004")] + ["How do birds fly?"]
    assert template_share(made) == {"commonest_share": 0.8, "five_share": 1.0, "forms": 2}
    assert template_share([])["commonest_share"] is None


def test_every_rule_that_rejects_has_a_reason() -> None:
    assert set(VERIFIER.reasons) == {name for name, (_, effect) in RULES.items() if effect == "fail"}
