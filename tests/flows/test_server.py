"""The server that builds start for themselves, share, and leave running for a while."""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.deployment import operating, ports, server
from flows.deployment.background import process_of
from tasks.core.errors import BadInput, InstructoryError
from tests.servers.loopback import answering

BUILD = """
import sys
from pathlib import Path
from flows.deployment import server
store = Path(sys.argv[1])
server.prepare(store)
with server.serving(store, meanwhile=lambda: print("started", flush=True)) as url:
    print(url, server._post(url + "/flows/filter", {}), flush=True)
    sys.stdin.read()
"""


@contextmanager
def building(store: Path, idle: float) -> Iterator["subprocess.Popen[str]"]:
    """A process that uses the server of `store` until its standard input ends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    process = subprocess.Popen(
        [sys.executable, "-c", BUILD, str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**kept, server.IDLE: str(idle), "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def address(build: "subprocess.Popen[str]") -> str:
    """The address of the server that the build uses, once it has answered to the build's password."""
    assert build.stdout is not None
    assert build.stdout.readline() == "started\n"
    url, records = build.stdout.readline().split(maxsplit=1)
    assert records == "[]\n"
    return url


def end(build: "subprocess.Popen[str]") -> None:
    assert build.stdin is not None
    build.stdin.close()
    assert build.wait(30) == 0


def the_server(store: Path) -> server.BuildServer:
    [found] = server.BuildServer.all_of(store)
    return found


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_builds_share_a_server_that_ends_when_none_has_used_it_for_a_while(tmp_path: Path) -> None:
    with building(tmp_path, idle=3) as first, building(tmp_path, idle=3) as second:
        url = address(first)
        assert url == address(second)
        found = the_server(tmp_path)
        record = json.loads(found.users.with_suffix(".json").read_text("utf-8"))
        assert url == f"http://127.0.0.1:{record['port']}/api"
        assert re.fullmatch("instructory:.{30,}", record["password"])
        process = process_of(found.lock)
        assert process is not None
        assert found.users.with_suffix(".json").stat().st_mode & 0o777 == 0o600
        end(first)
        second.kill()  # -9: what it held is free all the same
    with building(tmp_path, idle=3) as third:
        address(third)
        assert process_of(found.lock) == process
        time.sleep(4)
        assert process_of(found.lock) == process  # in use
        assert not found.stop_unless_used()
        end(third)
    until(lambda: process_of(found.lock) is None)
    assert not found.users.with_suffix(".json").exists()


def test_what_a_dead_server_left_is_not_believed_and_a_hung_one_is_replaced(tmp_path: Path) -> None:
    with building(tmp_path, idle=60) as build:
        address(build)
        end(build)
    found = the_server(tmp_path)
    killed = process_of(found.lock)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: process_of(found.lock) is None)
    record = found.users.with_suffix(".json")
    assert record.exists()  # names a port that is anybody's now
    with building(tmp_path, idle=60) as build:
        address(build)
        hung = process_of(found.lock)
        assert hung not in (None, killed)
        end(build)
    assert hung is not None
    os.kill(hung, signal.SIGSTOP)
    os.utime(record, (0, 0))  # it has had the time to start
    with building(tmp_path, idle=60) as build:
        address(build)
        assert process_of(found.lock) != hung
        end(build)
    operating.down(tmp_path)
    assert process_of(found.lock) is None


def test_without_idle_time_the_server_ends_with_the_build(tmp_path: Path) -> None:
    with building(tmp_path, idle=0) as build:
        address(build)
        end(build)
    assert process_of(the_server(tmp_path).lock) is None


def test_a_server_whose_store_was_removed_ends(tmp_path: Path) -> None:
    with building(tmp_path / "store", idle=60) as build:
        address(build)
        process = process_of(the_server(tmp_path / "store").lock)
        assert process is not None
        shutil.rmtree(tmp_path / "store")
        until(lambda: not _alive(process))


def test_other_settings_of_prefect_get_another_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = server.BuildServer.of(tmp_path)
    assert server.BuildServer.of(tmp_path) == before
    monkeypatch.setenv("PREFECT_SERVER_EPHEMERAL_ENABLED", "false")
    assert server.BuildServer.of(tmp_path) != before


def test_an_idle_time_that_is_no_number_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL")
    monkeypatch.setenv(server.IDLE, "5m")
    refused = pytest.raises(BadInput, match="INSTRUCTORY_SERVER_IDLE_SECONDS=5m: give seconds")
    with refused, server.serving(tmp_path, lambda: None):
        pass


def test_servers_of_one_store_start_one_after_the_other(tmp_path: Path) -> None:
    found = server.BuildServer.of(tmp_path)
    with (found.folder / "starting.lock").open("a") as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        with building(tmp_path, idle=0):
            time.sleep(1)
            assert server.BuildServer.all_of(tmp_path) == []


def test_a_server_that_stops_while_starting_is_told_with_its_log(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{ports.free_port()}/api"
    with pytest.raises(InstructoryError, match=r"stopped while starting; its log: .*builds\.log"):
        server.await_health(url, lambda: False, tmp_path / "builds.log")


def test_modules_are_imported_until_the_server_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["needed_first", "needed_second", "needed_last"]
    for name in names:
        (tmp_path / f"{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    with answering(lambda _: (200 if "needed_second" in sys.modules else 503, b"")) as url:
        server.await_health(f"{url}/api", lambda: True, tmp_path / "server.log", sooner=names)
    assert [name for name in names if name in sys.modules] == ["needed_first", "needed_second"]


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
