"""A final number that its steps never come to, planted in GSM8K's solutions and found; none of its own is refused."""

import json
import random
from pathlib import Path

import pyarrow as pa
import pytest

from tasks.core.outcome import Tools
from tasks.core.schema import VERIFIED, conform
from tasks.verification.execution.derivation import underived
from tasks.verification.execution.mathematics import Mathematics, compute
from tasks.verification.verifier import VerifierContext


@pytest.mark.parametrize(
    ("solution", "number"),
    [
        ("He has 50 + 70 = 120 apples.\n#### 120", None),
        ("He has 50 + 70 = 120 apples.\n#### 140", "140"),
        ("He has 50 + 70 = $120. The answer is $140.", "$140"),
        ("So we get \\boxed{7}.", "7"),
        ("That is 12 000 + 6 000 = 18 000.\n#### 18,000", None),
        ("It stores 2400 / 200 = 12 200-kilobyte videos.\n#### 12", None),
        ("Each costs 2 / 8 = $0.25.\n#### 25", None),
        ("It grew to 8 * 2 = 16 feet after three days.\n#### 3", None),
        ("The loss is 5 - 9 = -4.\n#### -4", None),
        ("Her share is 1 / 2 + 1 / 3 of it.\n#### x + 1", None),
        ("Answer: 4\nWe count two plus two, 1 + 1 = 2, so four.", None),
        ("There is no answer here.", None),
    ],
)
def test_whether_the_steps_come_to_the_final_number(solution: str, number: str | None) -> None:
    assert underived(solution) == number


def test_a_reference_that_was_cut_from_the_solution_proves_nothing(tmp_path: Path) -> None:
    row = {"example_id": "a", "instruction": "How many?", "response": "50 + 70 = 120\n#### 140", "reference": "140"}
    rows = conform(pa.Table.from_pylist([row]), VERIFIED)
    [verdict] = compute(rows, Mathematics(), VerifierContext(None, None, Tools("key", tmp_path))).rows.values()
    assert (verdict.word, verdict.reason) == ("fail", "underived_answer")


def test_planted_in_solutions_of_people(shared: Path) -> None:
    chance, found, refused = random.Random(3), 0, 0
    lines = (shared / "benchmarks/gsm8k/test.jsonl").read_text("utf-8").splitlines()
    for solution in (json.loads(line)["answer"] for line in lines):
        steps, _, answer = solution.rpartition("####")
        other = int(answer.replace(",", "")) + chance.choice([-10, -1, 1, 2, 10])
        refused += underived(solution) is not None
        found += underived(f"{steps}#### {other}") is not None
    assert refused == 0
    assert found >= 0.9 * len(lines)
