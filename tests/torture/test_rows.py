"""Ten thousand rows, killed near the end; and a minute of 429 to four teachers at once."""

import json
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.core.outcome import Tools
from tasks.teachers import Completion, Patience, export, open_teacher
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen
from tests.teachers.asked import question, settings_for
from tests.teachers.asker import asker
from tests.torture.conftest import LONG, Note, times

pytestmark = pytest.mark.timeout(900)


def test_rows_answered_before_a_kill_near_the_end_are_free(
    model_server: ModelServer, tmp_path: Path, note: Note
) -> None:
    count = times(600, 10_000)
    last = count * 99 // 100
    model_server.delay, model_server.keep = 0.01, False
    model_server.reply = lambda _seen: Reply(delay=60 if model_server.requests > last else None)
    settings = settings_for(model_server, "openai", concurrency=64)
    with asker(settings, tmp_path, count) as process:
        while model_server.requests - model_server.in_flight < last:
            assert process.poll() is None, "it was over before it was killed"
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
    model_server.reply = lambda _seen: Reply()
    first = model_server.requests
    kept = export(tmp_path)["status"].to_pylist().count("ok")
    assert kept >= last - settings.concurrency
    began = time.monotonic()
    with asker(settings, tmp_path, count) as process:
        assert process.stdout is not None
        assert len(json.loads(process.stdout.read())) == count
    seconds = time.monotonic() - began
    asked = model_server.requests - first
    assert asked == count - kept
    assert model_server.repeats <= settings.concurrency
    note(
        f"{count:,} rows, killed near {last:,}",
        f"{count - asked:,} replayed free, {model_server.repeats} repeats, rerun {seconds:.1f} s",
    )


@pytest.mark.parametrize("again", range(times(1, 3)))
def test_a_rerun_with_nothing_to_do_sends_nothing(model_server: ModelServer, tmp_path: Path, again: int) -> None:
    settings = settings_for(model_server, "openai", concurrency=64)
    for _ in range(2):
        with asker(settings, tmp_path, 100) as process:
            assert process.wait() == 0
    assert model_server.requests == 100


SCALE = 1.0 if LONG else 0.02
"""The short form is a fiftieth of a minute."""
STORM = 60 * SCALE


def test_every_row_survives_a_storm_of_429(tmp_path: Path, note: Note) -> None:
    kinds = {"0": 0.0, "2": 2 * SCALE, "90": 90 * SCALE, "absent": None}
    with ThreadPoolExecutor(len(kinds)) as pool:
        found = dict(zip(kinds, pool.map(lambda kind: storm(tmp_path / kind, kinds[kind]), kinds), strict=True))
    for kind, (per_row, back) in found.items():
        note(
            f"429 for {STORM:.0f} s at 80 %, Retry-After {kind}",
            f"{per_row:.2f} requests per row, back after {back:.0f} s",
        )


def storm(store: Path, retry_after: float | None) -> tuple[float, float]:
    """Requests per row, and seconds from the storm's end until a twelfth of a minute went by at 80 % of the full rate."""
    rows, delay, slot = times(80, 900), 1.0 * SCALE, 5 * SCALE
    rng, answered, start = random.Random(store.name), Counter[int](), time.monotonic()

    def reply(_seen: Seen) -> Reply:
        age = time.monotonic() - start
        if age < STORM and rng.random() < 0.8:
            return Reply(status=429, retry_after=retry_after, delay=delay / 20)
        answered[int(age // slot)] += 1
        return Reply()

    patience = Patience(
        backoff_seconds=0.5 * SCALE, longest_backoff_seconds=30 * SCALE, longest_retry_after_seconds=120 * SCALE
    )
    with ModelServer(reply=reply, delay=delay, keep=False) as server:
        settings = settings_for(server, "openai", patience=patience, concurrency=16)
        with open_teacher(settings, Tools("key", store)) as teacher:
            answers = teacher.ask([question(f"row {i}") for i in range(rows)])
        assert all(isinstance(answer, Completion) for answer in answers)
        per_row = server.requests / rows
    assert per_row <= 1.5
    full = slot * settings.concurrency / delay
    back = [number * slot for number, count in answered.items() if count >= 0.8 * full and (number + 1) * slot > STORM]
    if LONG:
        assert back, "the full rate never came back"
        assert min(back) <= STORM + 60
    return per_row, max(0.0, min(back, default=STORM) - STORM)
