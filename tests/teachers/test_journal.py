"""The journal's file: private, whole, and honest about what is wrong with it."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from tasks.core.errors import BadInput, InstructoryError, IntegrityError
from tasks.core.outcome import Tools
from tasks.teachers import damage, export, open_teacher, summary
from tasks.teachers.journal import Journal, Writer
from tasks.teachers.journal_tables import ATTEMPT
from tasks.teachers.provider import Answer
from tests.servers.models import ModelServer
from tests.teachers.asked import question, questions, settings_for


def test_folder_and_file_are_the_users_alone(model_server: ModelServer, tools: Tools) -> None:
    with open_teacher(settings_for(model_server, "openai"), tools) as teacher:
        teacher.ask([question("q")])
        modes = {path.name: path.stat().st_mode & 0o777 for path in tools.store_root.iterdir()}
    assert tools.store_root.stat().st_mode & 0o777 == 0o700
    assert set(modes) >= {"journal.sqlite"}
    assert set(modes.values()) == {0o600}


def test_prompts_are_not_kept(model_server: ModelServer, tools: Tools) -> None:
    with open_teacher(settings_for(model_server, "openai"), tools) as teacher:
        teacher.ask([question("a very particular question")])
    assert b"particular" not in b"".join(path.read_bytes() for path in tools.store_root.iterdir())


def test_the_export_holds_every_attempt(model_server: ModelServer, tools: Tools) -> None:
    with open_teacher(settings_for(model_server, "openai"), tools) as teacher:
        answers = teacher.ask(questions(5))
    table = export(tools.store_root)
    assert table.schema == ATTEMPT
    assert set(table["request"].to_pylist()) == {answer.request_hash for answer in answers}
    assert table["status"].to_pylist() == ["ok"] * 5
    started, ended = table["started"].cast(pa.int64()), table["ended"].cast(pa.int64())
    assert all(a <= b for a, b in zip(started.to_pylist(), ended.to_pylist(), strict=True))


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    assert summary(tmp_path) == []
    assert export(tmp_path).num_rows == 0
    assert list(tmp_path.iterdir()) == []


def test_a_journal_killed_before_it_had_a_table_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").touch()
    assert summary(tmp_path) == []
    assert export(tmp_path).num_rows == 0


def test_a_file_that_is_no_journal_is_named(model_server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_text("this is not a database, " * 100)
    with (
        open_teacher(settings_for(model_server, "openai"), Tools("key", tmp_path)) as teacher,
        pytest.raises(IntegrityError, match=r"journal\.sqlite: the journal cannot be read"),
    ):
        teacher.ask([question("q")])
    assert model_server.requests == 0


@pytest.mark.parametrize(
    "answer", [Answer("a", "stop", 10**30, 1), Answer("\ud800", "stop", 1, 1), Answer("a", {}, 1, 1)]
)  # type: ignore[arg-type]
def test_what_cannot_be_written_is_no_reason_to_give_up_the_journal(tmp_path: Path, answer: Answer) -> None:
    """Whoever moved it away would pay for every answer again."""
    journal = Journal(tmp_path / "journal.sqlite")

    async def write() -> None:
        await journal.answered(journal.sent(Writer("b", "openai", "m"), "r", 1), answer, None)

    with pytest.raises(
        InstructoryError, match=r"a value cannot be written to the journal.*; the journal is whole"
    ) as caught:
        asyncio.run(write())
    assert not isinstance(caught.value, IntegrityError)
    journal.close()
    assert damage(tmp_path) == []


def test_a_store_that_cannot_be_written_is_bad_input_before_anything_is_sent(
    model_server: ModelServer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        open_teacher(settings_for(model_server, "openai"), Tools("key", tmp_path / "file" / "store")) as teacher,
        pytest.raises(BadInput, match="the journal cannot be opened"),
    ):
        teacher.ask([question("q")])
    assert model_server.requests == 0


def test_a_journal_that_fills_the_disk_stops_the_asking(model_server: ModelServer, tools: Tools) -> None:
    model_server.reply = lambda _seen: "x" * 20_000
    settings = settings_for(model_server, "openai")
    with open_teacher(settings, tools) as teacher:
        teacher.ask([question("q")])
        records = teacher._journal  # type: ignore[attr-defined]
        records._connection.execute("PRAGMA max_page_count = 60")
        with pytest.raises(Exception, match=r"the journal cannot be written .*full"):
            teacher.ask(questions(100))
    assert model_server.requests < 40
    kept = export(tools.store_root)["status"].to_pylist().count("ok")
    model_server.forget()
    with open_teacher(settings, tools) as teacher:
        teacher.ask(questions(100))
    assert model_server.requests == 100 + 1 - kept


def test_answers_survive_without_a_clean_end(model_server: ModelServer, tools: Tools) -> None:
    teacher = open_teacher(settings_for(model_server, "openai"), tools)
    teacher.ask(questions(3))
    copy = tools.store_root.parent / "copy"
    copy.mkdir()
    for path in tools.store_root.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    teacher.__exit__(None, None, None)
    assert summary(copy)[0].answered == 3
    with sqlite3.connect(copy / "journal.sqlite") as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()
    assert os.access(copy, os.W_OK)


def test_an_answer_that_changed_on_the_disk_is_found_and_asked_for_again(
    model_server: ModelServer, tools: Tools
) -> None:
    def ask() -> list[str | None]:
        with open_teacher(settings_for(model_server, "openai"), tools) as teacher:
            return [getattr(answer, "text", None) for answer in teacher.ask(questions(3))]

    said = ask()
    assert damage(tools.store_root) == []
    path = tools.store_root / "journal.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE attempts SET text = text || '.' WHERE id = (SELECT min(id) FROM attempts)")
    (found,) = damage(tools.store_root)
    assert "the next build asks for it again" in found
    asked = model_server.requests
    assert ask() == said
    assert model_server.requests == asked + 1
    assert ask() == said
    assert model_server.requests == asked + 1
    assert len(damage(tools.store_root)) == 1


def test_a_journal_from_before_there_were_seals_is_replayed(model_server: ModelServer, tools: Tools) -> None:
    with open_teacher(settings_for(model_server, "openai"), tools) as teacher:
        teacher.ask(questions(3))
    with closing(sqlite3.connect(tools.store_root / "journal.sqlite")) as db, db:
        db.execute("ALTER TABLE attempts DROP COLUMN seal")
    assert damage(tools.store_root) == []
    asked = model_server.requests
    with open_teacher(settings_for(model_server, "openai"), tools) as teacher:
        teacher.ask(questions(3))
    assert model_server.requests == asked
