"""kill -9 between every step of a commit, with somebody reading meanwhile: the old release is seen, or the new one."""

import random
from pathlib import Path

import pytest

from tasks.store.store import Store
from tests.torture.commits import Reader, commit, read
from tests.torture.conftest import Note, times
from tests.torture.kernel import KILL, STEPS, WRITES, from_the, supervised

pytestmark = [pytest.mark.usefixtures("kernel_answers"), pytest.mark.timeout(1800)]


def steps_of(root: Path) -> list[str]:
    """The steps of the second release's commit."""
    steps: list[str] = []
    commit(root, 1)
    assert supervised(lambda: commit(root, 2), lambda call: steps.append(call.name), (*STEPS, *WRITES)) == 0
    return steps


def test_a_reader_sees_the_old_release_or_the_new(tmp_path: Path, dice: random.Random, note: Note) -> None:
    steps = steps_of(tmp_path / "whole")
    assert len(steps) > 30
    rounds = times(1, -(-240 // len(steps)))
    killed, saw_old, saw_new = 0, 0, 0
    for trial in range(rounds):
        for last in range(len(steps)):
            root = tmp_path / f"{trial}-{last}"
            commit(root, 1)
            with Reader(root) as reader:
                assert supervised(lambda root=root: commit(root, 2), from_the(last, KILL), (*STEPS, *WRITES)) == -9
                now = read(root)
            assert reader.seen == sorted(reader.seen), "a reader saw the new release and then the old one"
            assert set(reader.seen) <= {1, 2}
            killed, saw_old, saw_new = killed + 1, saw_old + (now == 1), saw_new + (now == 2)
            if dice.random() < 0.5:  # the next try may be killed as well
                supervised(lambda root=root: commit(root, 2), from_the(dice.randrange(20), KILL), STEPS)
            commit(root, 2)
            assert read(root) == 2
            assert Store(root).versions("d") == [1, 2]
    assert saw_old > 0
    assert saw_new > 0
    note(
        f"kill -9 before each of the {len(steps)} steps of a commit",
        f"{killed} kills: {saw_old} × old, {saw_new} × new release",
    )
