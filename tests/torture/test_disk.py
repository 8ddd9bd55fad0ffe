"""A disk that is full, that fails, that may not be written to: one clear line, nothing published, and a clean resume."""

import errno
import random
from pathlib import Path

import pytest

from tasks.core.outcome import Tools
from tasks.store.store import Store
from tasks.teachers import open_teacher, summary
from tests.cli.forge import Forge
from tests.servers.models import ModelServer
from tests.teachers.asked import questions, settings_for, texts
from tests.torture import works
from tests.torture.commits import commit, read
from tests.torture.conftest import Note, times
from tests.torture.kernel import NUMBERS, WRITES, from_the, supervised
from tests.torture.works import CONCURRENCY, Made

pytestmark = [pytest.mark.usefixtures("kernel_answers"), pytest.mark.timeout(1800)]

SYNCS = ("fsync", "fdatasync")
MAKES = tuple(
    name for name in ("mkdir", "mkdirat", "rename", "renameat", "renameat2", "link", "linkat") if name in NUMBERS
)
TROUBLES = {
    "no space left": (errno.ENOSPC, WRITES),
    "EIO on fsync": (errno.EIO, SYNCS),
    "a read-only folder": (errno.EROFS, MAKES),
}


@pytest.mark.parametrize("kind", TROUBLES)
def test_every_step_of_a_commit_that_fails_is_told_and_resumed(tmp_path: Path, kind: str, note: Note) -> None:
    number, names = TROUBLES[kind]
    steps: list[str] = []
    commit(tmp_path / "whole", 1)
    assert supervised(lambda: commit(tmp_path / "whole", 2), lambda call: steps.append(call.name), names) == 0
    assert steps
    for nth in range(len(steps)):
        root, told = tmp_path / str(nth), tmp_path / f"{nth}.txt"
        commit(root, 1)
        judge = from_the(nth, number, lambda call, root=root: f"{root}/" in call.path)
        assert supervised(lambda root=root: commit(root, 2), judge, names, told) == 1, told.read_text()
        clear(told.read_text())
        assert read(root) == 1, "a release came of a write that failed"
        commit(root, 2)
        assert read(root) == 2
    note(f"{kind}, at each of the {len(steps)} steps of a commit that can meet it", "one line, no release, resumed")


def clear(said: str) -> None:
    """One line that says what failed and what to do."""
    assert "\n" not in said.strip(), said
    assert "cannot be written" in said or "cannot be opened" in said or "cannot write" in said, said
    assert "run again" in said or "--store" in said or "choose a store" in said, said


@pytest.mark.parametrize("kind", TROUBLES)
def test_a_journal_that_cannot_be_written_loses_nothing_that_it_holds(
    tmp_path: Path, model_server: ModelServer, kind: str, dice: random.Random, note: Note
) -> None:
    import openai  # the forks below share it

    assert openai.__version__
    number, names = TROUBLES[kind]
    settings, root = settings_for(model_server, "openai", concurrency=CONCURRENCY), tmp_path / "store"
    count = times(40, 200)

    def ask() -> None:
        with open_teacher(settings, Tools("key", root)) as teacher:
            texts(teacher.ask(questions(count)))

    kept = -1
    tries = times(3, 40)
    for attempt in range(tries):
        told = tmp_path / f"{attempt}.txt"
        before = model_server.repeats
        judge = from_the(dice.randrange(20), number, lambda call: "journal.sqlite" in call.path)
        code = supervised(ask, judge, names, told)
        assert code in (0, 1), told.read_text()
        if code:
            clear(told.read_text())
        assert model_server.repeats - before <= CONCURRENCY
        now = _answered(root)
        assert now >= kept, "answers that were in the journal are gone"
        kept = now
    ask()
    assert _answered(root) == count
    assert model_server.repeats <= tries * CONCURRENCY
    note(f"{kind}, in the journal at a random moment", f"{tries} tries, nothing lost, {model_server.repeats} repeats")


def _answered(root: Path) -> int:
    return sum(one.answered for one in summary(root))


@pytest.mark.parametrize("kind", TROUBLES)
def test_a_whole_build_that_meets_it_ends_in_one_line_and_goes_on_from_there(
    the_forge: Forge, model: ModelServer, tmp_path: Path, dice: random.Random, kind: str, note: Note
) -> None:
    number, names = TROUBLES[kind]
    recipe, store = works.recipe(tmp_path, model), tmp_path / "store"
    tries, lines = times(1, 10), 0
    for _ in range(tries):
        judge = from_the(dice.randrange(60), number, lambda call: str(store) in call.path)
        running = the_forge.start("build", recipe, "--store", store, judge=judge, names=names)
        code = running.wait()
        if code == 0:
            break
        assert code in (1, 2), running.said
        assert "Traceback" not in running.said
        assert "unexpected" not in running.said, running.said
        said = [line for line in running.said.splitlines() if line.startswith("instructory: ")]
        assert len(said) == 1, running.said
        clear(said[0])
        assert not list(store.glob("refs/*/*.json"))
        lines += 1
    the_forge.run("build", recipe, "--store", store)
    the_forge.run("verify", "--store", store)
    assert model.repeats <= tries * CONCURRENCY
    assert Made.of(Store(store)).rows > 0
    note(f"{kind}, in a whole build from a random write on", f"{lines} builds ended in one line; the next finished")
