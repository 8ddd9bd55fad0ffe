"""Everything a vendor can do wrong, over many rows and both protocols: no bad row is kept, and every row is accounted for."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from tasks.answers.rag import Rag, answer
from tasks.core.errors import BadInput, TeacherDown
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, stable_id
from tasks.pipeline import ledger
from tasks.teachers import TeacherSettings, open_teacher
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen
from tests.teachers.asked import settings_for
from tests.torture.conftest import Note, times

pytestmark = pytest.mark.timeout(900)

ROWS = times(60, 1000)
SINGLE = {
    "500": Reply(status=500),
    "cut body": Reply(cut=25),
    "malformed JSON": Reply(body='{"choices": [{"message": {"content": "Thing'),
    "HTML 200": Reply(body="<html><body>Please sign in." + " and wait" * 99, content_type="text/html"),
    "silent end of stream": Reply(silent=True),
    "no finish reason": Reply(text='{"abstain": false, "answer": "Thing', finish=None),
    "slow drip": Reply(drip=0.5),
}
"""Faults that some requests meet: some once, some every time they are asked."""
OUTAGES = {
    "529": (Reply(status=529, error="overloaded_error"), TeacherDown),
    "quota": (Reply(status=429, error="insufficient_quota", message="You exceeded your current quota"), BadInput),
    "refused connection": (None, TeacherDown),
}
"""Faults that everybody meets, from some moment on until somebody mends them."""


def said(number: int) -> str:
    return f"Thing {number} is made of steel, weighs {number * 7} kilograms and stands in hall {number % 9}."


def good(seen: Seen) -> dict[str, object]:
    return {"abstain": False, "answer": f"{said(asked(seen))} [1]", "citations": [1]}


def asked(seen: Seen) -> int:
    turns = " ".join(
        str(turn["content"]) for turn in seen.body["messages"]
    )  # the last one may only ask for better JSON
    return int(re.findall(r"What is thing (\d+)\?", turns)[0])


def questions(count: int) -> pa.Table:
    named = [{"example_id": stable_id(str(i)), "parent_id": f"chunk {i}", "licence": "MIT"} for i in range(count)]
    rows = [{**row, "instruction": f"What is thing {i}?"} for i, row in enumerate(named)]
    return pa.Table.from_pylist(rows, schema=EXAMPLE)


def answered(settings: TeacherSettings, store: Path, seeds: pa.Table) -> Outcome:
    """The stage's work on all of `seeds`, and its balance."""
    passages = [[(f"chunk {i}", said(i), "Things")] for i in range(seeds.num_rows)]
    tools = Tools("key", store)
    with open_teacher(settings, tools) as teacher:
        outcome = answer(seeds, passages, Rag(), teacher, tools)
    account = ledger.balance("answers", seeds, outcome)
    assert account.kept + account.rejected + account.failed == seeds.num_rows
    return outcome


def none_is_bad(outcome: Outcome) -> None:
    for row in outcome.kept.select(["instruction", "response"]).to_pylist():
        number = int(row["instruction"].split()[-1][:-1])
        assert row["response"] == said(number)


@pytest.mark.parametrize("kind", SINGLE)
def test_what_some_requests_meet(
    model_server: ModelServer, provider: str, tmp_path: Path, kind: str, note: Note
) -> None:
    every, timeout = (50, 4.0) if kind == "slow drip" else (10, 30.0)
    times_asked: Counter[int] = Counter()

    def reply(seen: Seen) -> Reply | dict[str, object]:
        number = asked(seen)
        times_asked[number] += 1
        once, always = number % every == 0 and times_asked[number] == 1, number % every == 2
        return SINGLE[kind] if once or always else good(seen)

    model_server.reply = reply
    outcome = answered(
        settings_for(model_server, provider, timeout_seconds=timeout, concurrency=32), tmp_path / "s", questions(ROWS)
    )
    none_is_bad(outcome)
    assert outcome.failed.num_rows == sum(number % every == 2 for number in range(ROWS))
    assert outcome.kept.num_rows == ROWS - outcome.failed.num_rows
    note(
        f"{kind}, {provider}: {ROWS:,} rows, some meet it once and some always",
        f"{outcome.kept.num_rows:,} kept, {outcome.failed.num_rows} failed, 0 bad, {model_server.requests:,} requests",
    )


@pytest.mark.parametrize("kind", OUTAGES)
def test_what_everybody_meets(model_server: ModelServer, provider: str, tmp_path: Path, kind: str, note: Note) -> None:
    fault, error = OUTAGES[kind]
    settings = settings_for(model_server, provider, concurrency=32)
    seeds, trouble = questions(ROWS), ROWS * 6 // 10

    def reply(seen: Seen) -> Reply | dict[str, object]:
        if model_server.requests <= trouble:
            return good(seen)
        return fault or Reply(silent=True)

    def stops(store: Path) -> None:
        with pytest.raises(error):
            answered(settings, store, seeds)

    model_server.reply = reply
    stopped(model_server, fault is None, lambda: stops(tmp_path / "s"))
    received, first = min(trouble, model_server.requests), model_server.requests
    model_server.reply = good
    outcome = answered(settings, tmp_path / "s", seeds)
    none_is_bad(outcome)
    assert outcome.kept.num_rows == ROWS
    assert model_server.requests - first == ROWS - received, "what was received was asked for again"
    note(
        f"{kind}, {provider}: {ROWS:,} rows, for all after {trouble}", f"reported, then {ROWS:,} kept, 0 received twice"
    )


def stopped(server: ModelServer, altogether: bool, ask: Callable[[], None]) -> None:
    """Ask; where the fault is that nobody listens, ask once more with the server gone."""
    ask()
    if altogether:
        server.__exit__()
        try:
            ask()
        finally:
            server.__enter__()
