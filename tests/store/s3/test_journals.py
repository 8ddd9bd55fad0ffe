"""What one machine paid for, no other pays for again."""

import gzip
import json
import sqlite3
import time
from pathlib import Path

import pytest

from tasks.core.errors import IntegrityError
from tasks.core.outcome import Tools
from tasks.store.store import Store
from tasks.teachers import begin_build, open_teacher, summary
from tasks.teachers.shared_journal import SharedJournal
from tests.servers.models import ModelServer
from tests.servers.relay import PASS, REFUSE, Relay
from tests.store.s3.conftest import Machine, Shared, process
from tests.teachers.asked import questions, settings_for, texts


def asked(root: Path, server: ModelServer, count: int = 12, first: int = 0) -> list[str]:
    """The answers to some questions, on the machine of a working copy."""
    begin_build(root, "works@1")
    with open_teacher(settings_for(server, "openai"), Tools("key", root)) as teacher:
        return texts(teacher.ask(questions(first + count)[first:]))


def test_another_machine_finds_what_was_paid_for(model_server: ModelServer, machine: Machine) -> None:
    model_server.reply = lambda seen: seen.prompt.upper()
    a, b = machine("a"), machine("b")
    with SharedJournal(Store(a)).synchronised():
        said = asked(a, model_server)
    assert model_server.requests == 12
    with SharedJournal(Store(b)).synchronised():
        assert asked(b, model_server) == said
        assert model_server.requests == 12, "an answer was paid for twice"
        asked(b, model_server, count=15)
    assert model_server.requests == 15
    SharedJournal(Store(a)).import_others()
    asked(a, model_server, count=15)
    assert model_server.requests == 15
    assert [one.requests for one in summary(a)] == [one.requests for one in summary(b)] == [15], "spending counts once"


def test_nothing_is_sent_twice_and_nothing_read_twice(
    shared_store: Shared, model_server: ModelServer, machine: Machine
) -> None:
    a, b = Store(machine("a")), Store(machine("b"))
    asked(a.root, model_server)
    for _ in range(3):
        SharedJournal(a).upload()
        SharedJournal(b).import_others()
        SharedJournal(b).upload()
    (sent,) = shared_store.names("journals/")
    held = json.loads(gzip.decompress(shared_store.read(sent)))
    assert len(held["attempts"]) == 12
    assert not list(b.root.glob("journals/*/*"))
    asked(a.root, model_server, count=15)
    SharedJournal(a).upload()
    (more,) = shared_store.names("journals/") - {sent}
    assert len(json.loads(gzip.decompress(shared_store.read(more)))["attempts"]) == 3


def test_answers_that_could_not_be_sent_are_sent_the_next_time(
    model_server: ModelServer, between: Relay, through: Machine, machine: Machine
) -> None:
    a = Store(through("a"))
    asked(a.root, model_server)
    between.judge = lambda asked: REFUSE if "/journals/" in asked.path else PASS
    with pytest.raises(Exception, match="run again"):
        SharedJournal(a).upload()
    between.judge = lambda _: PASS
    SharedJournal(a).upload()
    b = machine("b")
    SharedJournal(Store(b)).import_others()
    asked(b, model_server)
    assert model_server.requests == 12


def test_a_killed_machine_loses_to_the_others_only_what_it_had_not_sent(
    shared_store: Shared, model_server: ModelServer, machine: Machine
) -> None:
    a, b = machine("a"), machine("b")
    asked(a, model_server, count=10)
    SharedJournal(Store(a)).upload()
    model_server.delay = 0.02
    child = process(shared_store, ask_for_long, a, model_server.port)
    deadline = time.monotonic() + 30
    while model_server.requests < 40:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.kill()
    child.join(10)
    model_server.delay = 0
    before = model_server.requests
    SharedJournal(Store(b)).import_others()
    asked(b, model_server, count=10)
    assert model_server.requests == before
    with SharedJournal(Store(a)).synchronised():
        pass  # its next build, or command, sends the rest
    with sqlite3.connect(a / "journal.sqlite") as db:
        answered = db.execute("SELECT count(*) FROM attempts WHERE status = 'ok'").fetchone()[0]
    db.close()
    SharedJournal(Store(b)).import_others()
    with sqlite3.connect(b / "journal.sqlite") as db:
        assert db.execute("SELECT count(*) FROM attempts WHERE status = 'ok'").fetchone()[0] >= answered > 10
    db.close()


def ask_for_long(root: Path, port: int) -> None:
    asked(root, ModelServer(port=port), count=400, first=10)


def test_an_open_batch_is_fetched_by_whoever_comes_next(model_server: ModelServer, machine: Machine) -> None:
    a, b = Store(machine("a")), Store(machine("b"))
    SharedJournal(a).import_others()
    asked(a.root, model_server, count=1)
    with sqlite3.connect(a.root / "journal.sqlite") as db:
        db.execute("INSERT INTO batches VALUES ('batch-7', 'works@1', 'openai', 'm', 'open', '[]', 1.0)")
    db.close()
    SharedJournal(a).upload()
    SharedJournal(b).import_others()
    assert states(b) == {"batch-7": "open"}
    with sqlite3.connect(b.root / "journal.sqlite") as db:
        db.execute("UPDATE batches SET state = 'fetched'")
    db.close()
    SharedJournal(b).upload()
    SharedJournal(a).import_others()
    assert states(a) == {"batch-7": "fetched"}
    SharedJournal(a).upload()
    SharedJournal(b).import_others()
    assert states(b) == {"batch-7": "fetched"}


def states(store: Store) -> dict[str, str]:
    with sqlite3.connect(store.root / "journal.sqlite") as db:
        found = dict(db.execute("SELECT id, state FROM batches").fetchall())
    db.close()
    return found


def test_a_damaged_journal_is_not_read(shared_store: Shared, model_server: ModelServer, machine: Machine) -> None:
    a, b = Store(machine("a")), Store(machine("b"))
    asked(a.root, model_server)
    SharedJournal(a).upload()
    (key,) = shared_store.names("journals/")
    data = bytearray(shared_store.read(key))
    data[30] ^= 1
    shared_store.write(key, bytes(data))
    with pytest.raises(IntegrityError, match=r"journals/.* is damaged"):
        SharedJournal(b).import_others()


def test_a_folder_shares_nothing(model_server: ModelServer, tmp_path: Path) -> None:
    asked(tmp_path, model_server, count=1)
    with SharedJournal(Store(tmp_path)).synchronised():
        pass
    assert not (tmp_path / "journals").exists()
