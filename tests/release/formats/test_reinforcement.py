"""Rows for reinforcement learning: nothing is written where a verifier is fooled; rewards are what the verifiers say."""

import io
import json

import pyarrow as pa
import pytest

from tasks.core.errors import BadInput
from tasks.core.schema import CLUSTERED, conform
from tasks.release.formats.catalogue import BY_NAME
from tasks.release.formats.conversation import COLUMNS
from tasks.release.formats.target import DATA, Settings
from tasks.release.formats.verifiers import Checked, check, passes, right
from tasks.release.formats.writing import write_folder, write_stream

TESTS = "assert double(2) == 4\nassert double(5) == 10"
PROGRAM = "```python\ndef double(n):\n    return 2 * n\n```"
DATABASE = json.dumps({"schema": "CREATE TABLE t (a INT);", "rows": "INSERT INTO t VALUES (5), (9);"})
STRINGS = json.dumps({"matches": ["ab", "aab"], "rejects": ["b", "abc"]})


def batches(*rows: dict) -> list[pa.RecordBatch]:
    named = [{"example_id": f"id{number}"} | row for number, row in enumerate(rows)]
    return conform(pa.Table.from_pylist(named, CLUSTERED), CLUSTERED).select(COLUMNS).to_batches()


def sum_row(one: int, other: int, **more: object) -> dict:
    passed = [{"verifier": "mathematics-2", "verdict": "pass"}]
    asked, said = f"What is {one} + {other}?", f"The answer is {one + other}."
    return {"instruction": asked, "response": said, "reference": str(one + other), "verdicts": passed} | more


def test_a_row_has_its_prompt_its_reference_and_its_verifier(tmp_path):
    write_folder(batches(sum_row(1, 2), sum_row(3, 4)), BY_NAME["trl"], "rl", Settings("demo"), tmp_path)
    first = json.loads((tmp_path / DATA).read_text().splitlines()[0])
    assert first == {
        "prompt": [{"role": "user", "content": "What is 1 + 2?"}],
        "reference": "3", "verifier": "mathematics", "tests": None, "example_id": "id0",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("verifier", "rows"),
    [
        (
            "mathematics",
            [Checked("a", "1 + 2?", "#### 3", "3", None), Checked("b", "3 + 4?", "The answer is 7.", "7", None)],
        ),
        ("code", [Checked("a", "Double a number.", PROGRAM, None, TESTS)]),
        ("sql", [Checked("a", "Largest a?", "```sql\nSELECT max(a) FROM t\n```", "SELECT max(a) FROM t", DATABASE)]),
        ("regular_expressions", [Checked("a", "a's, then b.", "`a+b`", None, STRINGS)]),
    ],
)
def test_every_verifier_tells_right_from_wrong_empty_and_gamed(verifier, rows):
    check(verifier, rows)
    assert all(passes(verifier, rows))


def test_nothing_is_written_where_a_verifier_does_not_pass_the_right_answer(tmp_path):
    rows, stream = batches(sum_row(1, 2), sum_row(3, 4, reference="8")), io.BytesIO()
    message = r"mathematics does not pass the right answer 'The answer is 7\.' to row id1"
    with pytest.raises(BadInput, match=message):
        write_folder(rows, BY_NAME["trl"], "rl", Settings("demo"), tmp_path / "out")
    with pytest.raises(BadInput, match=message):
        write_stream(rows, BY_NAME["trl"], "rl", stream)
    assert (list(tmp_path.iterdir()), stream.getvalue()) == ([], b"")


def test_tests_that_an_empty_program_passes_are_found_out():
    weak = Checked("a", "Do nothing.", "```python\nx = 1\n```", None, "assert True")
    with pytest.raises(BadInput, match="the verifier code"):
        check("code", [weak])


def test_the_reward_of_the_script_is_the_verifiers_word():
    assert right("The answer is 3.", "3", "mathematics", None)
    assert not right("The answer is 4.", "3", "mathematics", None)
