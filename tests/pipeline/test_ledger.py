import pyarrow as pa
import pytest

from tasks.core.errors import IntegrityError
from tasks.core.outcome import Outcome
from tasks.core.schema import EXAMPLE, conform
from tasks.pipeline import ledger


def rows(*ids: str, parent: str | None = None, **columns: list[str]) -> pa.Table:
    return pa.table({"example_id": list(ids), "parent_id": pa.array([parent] * len(ids), pa.string()), **columns})


ENTERED = conform(rows("a", "b", "c"), EXAMPLE)


def test_kept_rejected_and_failed_balance() -> None:
    outcome = Outcome.of(
        EXAMPLE, rows("a"), rows("b", reason=["too_short"], detail=["response: 1"]), rows("c", error=["no answer"])
    )
    account = ledger.balance("s", ENTERED, outcome)
    assert (account.rows_in, account.kept, account.rejected, account.failed, account.created, account.used) == (
        3, 1, 1, 1, 0, 0,
    )  # fmt: skip


def test_a_row_that_lives_on_in_its_children_is_accounted_for() -> None:
    outcome = Outcome.of(EXAMPLE, pa.concat_tables([rows("x", parent="a"), rows("y", parent="b"), rows("c")]))
    account = ledger.balance("s", ENTERED, outcome)
    assert (account.created, account.used, account.kept) == (2, 2, 3)


def test_a_lost_row_is_named() -> None:
    with pytest.raises(IntegrityError, match="1 rows entered and were not accounted for, first c"):
        ledger.balance("s", ENTERED, Outcome.of(EXAMPLE, rows("a", "b")))


def test_a_doubled_row_is_named() -> None:
    with pytest.raises(IntegrityError, match="row b left the stage twice"):
        ledger.balance("s", ENTERED, Outcome.of(EXAMPLE, rows("a", "b", "c"), rows("b", reason=["empty"], detail=[""])))


def test_a_row_from_nowhere_is_named() -> None:
    with pytest.raises(IntegrityError, match="row z was made here and names no parent"):
        ledger.balance("s", ENTERED, Outcome.of(EXAMPLE, rows("a", "b", "c", "z")))


def test_a_reason_outside_the_vocabulary_is_refused() -> None:
    outcome = Outcome.of(EXAMPLE, rows("a", "b"), rows("c", reason=["bad_hair"], detail=[""]))
    with pytest.raises(IntegrityError, match="'bad_hair' is not a reason"):
        ledger.balance("s", ENTERED, outcome)
