"""The account of a build's rounds: rows go through, and a sentence says how many there are and why no more."""

from pathlib import Path

import pyarrow as pa
import pytest

from tasks.core.outcome import Tools
from tasks.core.schema import VERIFIED, conform
from tasks.pipeline import ledger
from tasks.target.stage import BuildRounds, Ending, RoundAccount, RowTarget, compute


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ("reached", "3 of 2 rows after 2 rounds; the target is reached"),
        ("rounds", "3 of 9 rows after 2 rounds; exhausted: the recipe allows no more rounds"),
        ("nothing_new", "3 of 9 rows after 2 rounds; exhausted: the last round added nothing"),
        ("budget", "3 of 9 rows after 2 rounds; exhausted: the budget is spent; a larger one goes on from here"),
    ],
)
def test_the_note_says_how_many_and_why(tmp_path: Path, ended: Ending, said: str) -> None:
    rows = conform(pa.table({"example_id": ["a", "b", "c"]}), VERIFIED)
    accounts = (
        RoundAccount(made=6, kept=3, rejected={"near_duplicate": 2, "refusal": 1}, failed=0),
        RoundAccount(made=4, kept=0, rejected={"refusal": 2, "echo": 1, "too_long": 1}, failed=0),
    )
    outcome = compute(
        rows,
        RowTarget(rows=2 if ended == "reached" else 9),
        BuildRounds(accounts=accounts, ended=ended),
        Tools("k", tmp_path),
    )
    ledger.balance("target", rows, outcome)
    assert outcome.kept.equals(rows)
    lost = "" if ended == "reached" else "; most rows were lost as refusal (3), near_duplicate (2), echo (1)"
    assert outcome.facts["notes"] == [said + lost]
    assert outcome.facts["share"] == (1.0 if ended == "reached" else round(3 / 9, 4))
    assert [account["kept"] for account in outcome.facts["rounds"]] == [3, 0]
