"""A disk that is really full, and files that may not grow: a write that ends in its middle leaves no torn object, and the same
command goes on once there is room, without paying twice."""

import os
import random
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.core.errors import InstructoryError
from tasks.store.store import Store
from tests.cli.forge import Forge
from tests.servers.models import ModelServer
from tests.torture import works
from tests.torture.commits import commit, read
from tests.torture.conftest import Note, times
from tests.torture.test_disk import clear
from tests.torture.works import CONCURRENCY, Made

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Gives a file system in memory so many kilobytes, more or less than it had. Skips where none may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], capture_output=True, check=False
    ).returncode:
        pytest.skip("no file system may be mounted here")

    def sized(kilobytes: int) -> Path:
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(folder)], check=True)
        return folder

    yield sized
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_build_on_a_full_disk_goes_on_when_there_is_room(
    the_forge: Forge, model: ModelServer, tmp_path: Path, disk: Callable[[int], Path], dice: random.Random, note: Note
) -> None:
    recipe, size, tries, lines = works.recipe(tmp_path, model, machines=times(6, 40)), 64, times(2, 12), 0
    for _ in range(tries):
        store = disk(size) / "store"
        running = the_forge.start("build", recipe, "--store", store)
        if running.wait() == 0:
            break
        assert "Traceback" not in running.said
        said = [line for line in running.said.splitlines() if line.startswith("instructory: ")]
        assert len(said) == 1, running.said
        clear(said[0])
        assert not list(store.glob("refs/*/*.json"))
        lines += 1
        size += dice.randrange(40, 400)
    assert lines
    store = disk(200 << 10) / "store"
    the_forge.run("build", recipe, "--store", store)
    the_forge.run("verify", "--store", store)
    assert model.repeats <= lines * CONCURRENCY
    whole = tmp_path / "whole"
    the_forge.run("build", recipe, "--store", whole)
    made, alone = Made.of(Store(store)), Made.of(Store(whole))
    assert (made.content, made.rows, made.ledgers) == (alone.content, alone.rows, alone.ledgers)
    note(
        "a disk that is really full, a little larger each time", f"{lines} builds ended in one line; the next finished"
    )


def test_a_file_that_may_not_grow_leaves_nothing_torn(tmp_path: Path, note: Note) -> None:
    """A write that is cut in its middle, as on a full disk: the rest is refused."""
    limits = [0, 1, 40, 200, 500, 900, 2000, 5000]
    refused = 0
    for limit in limits:
        root, told = tmp_path / str(limit), tmp_path / f"{limit}.txt"
        commit(root, 1)
        code = limited(limit, lambda root=root: commit(root, 2), told)
        assert code in (0, 1), told.read_text()
        if code:
            clear(told.read_text())
            assert read(root) == 1
            refused += 1
        commit(root, 2)
        assert read(root) == 2
    assert refused >= 5
    note(
        "files that may not grow beyond some bytes, in a commit",
        f"{refused} of {len(limits)} refused in one line, nothing torn, resumed",
    )


def limited(size: int, work: Callable[[], None], told: Path) -> int:
    """The exit code of `work` in a forked process whose files may have so many bytes; what stopped it is in `told`."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            work()
            code = 0
        except InstructoryError as error:
            os.write(writer, str(error).encode())
            code = 1
        except BaseException as error:
            os.write(writer, repr(error).encode())
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as said:
        told.write_text(said.read())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
