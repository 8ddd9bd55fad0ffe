"""A process that has everything imported and forks the `instructory` command from itself, so that starting it costs a tenth of
a second: `python -m tests.cli.forge SOCKET`.

What runs in the fork is the whole command line, Prefect included; only the imports and some models are shared. The forge itself
stays on one thread and runs nothing of Prefect, so that its forks begin as clean as a new process.
"""

import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.torture.kernel import Judge, Supervisor, watched

PRELOADED = (
    "flows.build", "flows.steps", "flows.recipe_checks", "flows.cli.begin", "flows.cli.build", "flows.cli.errors",
    "flows.cli.importing", "flows.cli.intake", "flows.cli.main", "flows.cli.operate", "flows.cli.pricing",
    "flows.cli.read", "flows.cli.review", "flows.cli.review_exchange", "flows.cli.run", "flows.cli.showing",
    "flows.cli.upkeep", "flows.cli.verifying", "tasks.stages", "tasks.clusters.topics",
    "tasks.filters.personal_data.presidio", "tasks.teachers.teacher", "tasks.release.publish",
    "tasks.release.report.sections", "tasks.release.report.summary", "expectations.engine", "expectations.run",
    "openai", "anthropic", "httpx2", "fastapi", "great_expectations", "bertopic", "presidio_analyzer", "wordllama",
    "bm25s", "datasketch", "spacy.lang.en", "spacy.pipeline.factories", "matplotlib.figure",
    "matplotlib.backends.backend_svg", "pyarrow.dataset", "sklearn.cluster", "scipy.stats",
    "anyio._backends._asyncio", "prefect.artifacts", "prefect.events.worker", "prefect.flow_engine",
    "prefect.task_engine", "prefect.telemetry.run_telemetry", "prefect.utilities.visualization",
)  # fmt: skip

_NUMBERS = count(1)


@dataclass
class Running:
    """One command on its way."""

    pid: int
    out: Path
    connection: socket.socket
    supervisor: Supervisor | None

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, seconds: float = 240) -> int:
        """The exit code; negative: the signal that ended it."""
        self.connection.settimeout(seconds)
        with self.connection:
            code = int(self.connection.recv(64) or -99)
        if self.supervisor:
            self.supervisor.join()
        return code

    @property
    def said(self) -> str:
        """Everything it printed."""
        return self.out.read_text("utf-8", "replace")

    @property
    def json(self) -> dict[str, Any]:
        """What `--json` printed, wherever it stands among the lines for a person."""
        found: dict[str, Any] = json.loads(next(line for line in self.said.splitlines() if line.startswith("{")))
        return found


@dataclass
class Forge:
    """Starts commands; `serve` is the other end."""

    address: Path
    folder: Path
    surroundings: Mapping[str, str] = field(default_factory=dict)
    """Variables of every command."""

    def start(
        self,
        *arguments: str | Path,
        env: Mapping[str, str | None] | None = None,
        judge: Judge | None = None,
        names: Sequence[str] = (),
        cwd: Path | None = None,
        apart: bool = False,
    ) -> Running:
        """`instructory ARGUMENTS`, its system calls `names` put before `judge`. `env` adds variables, or removes with None;
        `apart`: standard error goes to a file of its own."""
        out = self.folder / f"{next(_NUMBERS)}.txt"
        err = out.with_suffix(".err") if apart else out
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.address))
        order = {
            "arguments": [str(a) for a in arguments],
            "env": {**self.surroundings, **(env or {})},
            "names": list(names),
            "out": str(out),
            "err": str(err),
            "cwd": str(cwd or Path.cwd()),
        }
        connection.sendall(json.dumps(order).encode() + b"\n")
        said, handles, _, _ = socket.recv_fds(connection, 64, 1)
        pid = int(said)
        supervisor = Supervisor(handles[0], pid, judge) if judge else None
        return Running(pid, out, connection, supervisor)

    def run(self, *arguments: str | Path, env: Mapping[str, str | None] | None = None) -> Running:
        """The command, ended well."""
        running = self.start(*arguments, env=env)
        code = running.wait()
        assert code == 0, running.said
        return running


@contextmanager
def forge(folder: Path) -> Iterator[Forge]:
    """A forge whose commands print into `folder`."""
    address = folder / "forge"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, "-m", "tests.cli.forge", str(address)], env=environment) as process:
        try:  # a test that times out here would else wait for the forge, which ends at no time
            while not address.exists():
                assert process.poll() is None, "the forge did not start"
                time.sleep(0.02)
            yield Forge(address, folder)
        finally:
            process.kill()


def serve(address: str) -> None:
    """Fork a command for every order, for ever."""
    load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are not waited for
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{address}.new")
        server.listen(16)
        Path(f"{address}.new").rename(address)
        while True:
            connection, _ = server.accept()
            if os.fork() == 0:
                server.close()
                _keep(connection)
            connection.close()


def load() -> None:
    """Import what commands import, and read the models that most builds use."""
    for name in PRELOADED:
        importlib.import_module(name)
    from tasks.filters.toxicity import network, packaged
    from tasks.text import embeddings, nlp

    nlp.parse(["A lever turns."])
    embeddings.packaged_tokenizer()
    packaged.weights()
    network.network()


def _keep(connection: socket.socket) -> None:
    """Fork the command, wait for it, say how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    order = json.loads(connection.makefile().readline())
    pid = os.fork()
    if pid == 0:
        _run(connection, order)
    connection.send(b" " + str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
    os._exit(0)


def _run(connection: socket.socket, order: Mapping[str, Any]) -> None:
    """Be the command."""
    code = 70
    try:
        for standard, place in ((1, order["out"]), (2, order["err"])):
            os.dup2(os.open(place, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), standard)
        os.chdir(order["cwd"])
        os.environ.update({name: value for name, value in order["env"].items() if value is not None})
        for name in (name for name, value in order["env"].items() if value is None):
            os.environ.pop(name, None)
        supervisor = watched(tuple(order["names"])) if order["names"] else None
        socket.send_fds(connection, [str(os.getpid()).encode()], [] if supervisor is None else [supervisor])
        connection.close()
        if supervisor is not None:
            os.close(supervisor)
        sys.argv = ["instructory", *order["arguments"]]
        from flows.cli.main import main

        try:
            main()
            code = 0
        except SystemExit as error:
            code = int(error.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
