"""docker-compose.yml without containers: each service's own command and environment, as a process on loopback.

    python -m tests.operating.topology      starts everything, prints the address and password, stops on Enter

PostgreSQL and Redis are those of the machine (Debian: apt-get install postgresql redis-server).
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import yaml

from flows.deployment.ports import free_port

HOUSE = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((HOUSE / "docker-compose.yml").read_text("utf-8"))


def missing() -> str:
    """What this machine lacks for the topology; empty if nothing."""
    absent = [name for name in ("postgres", "initdb", "redis-server", "redis-cli") if found(name) is None]
    return f"no {', '.join(absent)} on this machine (Debian: postgresql, redis-server)" if absent else ""


def found(name: str) -> str | None:
    """A program, also where Debian keeps PostgreSQL's."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(beside[-1]) if beside else None)


@dataclass
class Topology:
    """Where the services of the compose file listen here."""

    folder: Path
    secrets: dict[str, str]
    ports: dict[str, int]
    processes: dict[str, "subprocess.Popen[bytes]"]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ports['4200']}"

    def here(self, text: str) -> str:
        """A value of the compose file, for this machine: secrets filled in, hosts and folders replaced."""
        text = re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda m: self.secrets.get(m[1], m[2] or ""), text)
        for host in ("postgres", "redis", "server", "127.0.0.1", "0.0.0.0"):
            for port, ours in self.ports.items():
                text = text.replace(f"@{host}:{port}", f"@127.0.0.1:{ours}").replace(
                    f"//{host}:{port}", f"//127.0.0.1:{ours}"
                )
        text = re.sub(r"^(\d+)$", lambda m: str(self.ports.get(m[1], m[1])), text)
        return re.sub(r"^/(store|tmp)\b", lambda m: str(self.folder / m[1]), text).replace("0.0.0.0", "127.0.0.1")

    def environment(self, service: str) -> dict[str, str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "INSTRUCTORY_"))}
        given = {name: self.here(str(value)) for name, value in COMPOSE["services"][service]["environment"].items()}
        return {**bare, **given, "PYTHONPATH": str(HOUSE)}

    def command(self, service: str) -> list[str]:
        words = [self.here(str(word)) for word in COMPOSE["services"][service]["command"]]
        return [sys.executable, "-m", *words] if words[0] == "prefect" else [found(words[0]) or words[0], *words[1:]]

    def run(self, *command: str, service: str = "worker") -> "subprocess.CompletedProcess[str]":
        """What `docker compose run --rm SERVICE COMMAND` would do."""
        words = [sys.executable, "-c", "from flows.cli.main import main; main()", *command]
        return subprocess.run(words, env=self.environment(service), cwd=self.folder, capture_output=True, text=True)

    def start(self, service: str, command: list[str] | None = None, **more: Any) -> None:
        with (self.folder / f"{service}.log").open("ab") as log:
            self.processes[service] = subprocess.Popen(
                command or self.command(service),
                env=more.pop("env", None) or self.environment(service),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **more,
            )

    def healthy(self, service: str) -> bool:
        """Whether the compose file's own health check passes."""
        kind, *words = COMPOSE["services"][service]["healthcheck"]["test"]
        words = [self.here(word) for word in words]
        env = self.environment(service)
        if kind == "CMD-SHELL":
            words = ["sh", "-c", words[0].replace("redis-cli", f"redis-cli -p {self.ports['6379']}")]
        elif words[0] == "python":
            words[0] = sys.executable
        return subprocess.run(words, env=env, capture_output=True).returncode == 0

    def await_health(self, service: str, seconds: float = 120) -> None:
        self._await(lambda: self.healthy(service), service, seconds)

    def _await(self, holds: Callable[[], bool], service: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            log = (self.folder / f"{service}.log").read_text("utf-8")[-2000:]
            assert self.processes[service].poll() is None, f"{service} ended: {log}"
            assert time.monotonic() < deadline, f"{service} is not healthy: {log}"
            time.sleep(0.2)


@contextmanager
def standing() -> Iterator[Topology]:
    """PostgreSQL, Redis, migration, API server, background services and worker, until the block ends."""
    folder = Path(mkdtemp(prefix="topology-"))
    printed = subprocess.run(
        [sys.executable, "-c", "from flows.cli.main import main; main()", "secrets"],
        capture_output=True, text=True, check=True, cwd=HOUSE,
    ).stdout  # fmt: skip
    secrets = dict(line.split("=", 1) for line in printed.split())
    ports = {name: free_port() for name in ("5432", "6379", "4200", "8080")}
    topology = Topology(folder, secrets, ports, {})
    for name in ("store", "tmp"):
        (folder / name).mkdir(mode=0o700)
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        ending.callback(_stop, topology)
        _start_postgres(topology)
        topology.start("redis", [*topology.command("redis"), "--port", str(ports["6379"]), "--bind", "127.0.0.1"])
        migrate = subprocess.run(
            topology.command("migrate"), env=topology.environment("migrate"), cwd=folder, capture_output=True, text=True
        )
        assert migrate.returncode == 0, migrate.stderr[-2000:]
        topology.await_health("redis")
        topology.start("server")
        topology.start("services")
        topology.await_health("server")
        health = {"PREFECT_WORKER_WEBSERVER_PORT": str(ports["8080"])}
        topology.start("worker", env={**topology.environment("worker"), **health})
        for service in ("services", "worker"):
            topology.await_health(service)
        yield topology


def _start_postgres(topology: Topology) -> None:
    data, port = topology.folder / "database", topology.ports["5432"]
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to be root
        owner = pwd.getpwnam("postgres")
        data.mkdir()
        os.chown(data, owner.pw_uid, owner.pw_gid)
        topology.folder.chmod(0o711)
        account = {"user": owner.pw_uid, "group": owner.pw_gid}
    word = data.parent / "word"
    word.write_text(topology.secrets["POSTGRES_PASSWORD"])
    word.chmod(0o644)
    options = ["-D", str(data), "-U", "prefect", "-A", "scram-sha-256", "--pwfile", str(word), "--no-sync"]
    done = subprocess.run([found("initdb") or "", *options], capture_output=True, text=True, cwd=data.parent, **account)
    assert done.returncode == 0, done.stderr
    word.unlink()
    settings = ["-c", f"unix_socket_directories={data}", "-c", "fsync=off"]
    command = [found("postgres") or "", "-D", str(data), "-p", str(port), "-h", "127.0.0.1", *settings]
    topology.start("postgres", command, env=dict(os.environ), **account)
    uri = {"PGPASSWORD": topology.secrets["POSTGRES_PASSWORD"]}
    ask = [found("psql") or "psql", "-h", "127.0.0.1", "-p", str(port), "-U", "prefect", "-d", "postgres", "-c"]

    def made() -> bool:
        return (
            subprocess.run([*ask, "create database prefect"], env={**os.environ, **uri}, capture_output=True).returncode
            == 0
        )

    topology._await(made, "postgres", 60)


def _stop(topology: Topology) -> None:
    """End every process, PostgreSQL last. It gives shared memory back; others have nothing to put in order."""
    for service in reversed(topology.processes):
        process = topology.processes[service]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT if service == "postgres" else signal.SIGKILL)
        process.wait(20)


if __name__ == "__main__":
    with standing() as running:
        urllib.request.urlopen(f"{running.address}/api/health")
        print(running.address, running.secrets["PREFECT_AUTH"], flush=True)
        sys.stdin.readline()
