"""`instructory up` and `down`: a Prefect server, a worker, and pages of reports and review on this machine, that outlive the
command.

Each holds the lock of its file for as long as it lives, so whether it runs is the kernel's knowledge, not a number in a file.
"""

import fcntl
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from flows.deployment import ports, server
from flows.deployment.background import process_of, stop
from tasks.core.errors import BadInput, InstructoryError
from tasks.store.files import private_folder
from tasks.store.locations import address_of

POOL: Final = "instructory"
PORT: Final = 4200
PAGES: Final = {"reports": (80, "serve-reports"), "review": (90, "review")}
"""What is served beside the UI: its port is that of the UI and so much more, 4280 and 4290, unless something listens there; and the
command that serves it."""
HEARTBEAT_SECONDS: Final = "30"
"""Prefect's shortest; the automation that finds runs whose worker died counts on it."""

_SERVER: Final = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
    "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
    "PREFECT_UI_API_URL": "/api",  # else the UI looks for the API on port 4200, whatever the server's port
}
_WORKER: Final = {
    "DO_NOT_TRACK": "1",
    "PREFECT_WORKER_QUERY_SECONDS": "5",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": HEARTBEAT_SECONDS,
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
}


@dataclass(frozen=True)
class InstallationFiles:
    """What `up` keeps beside a store."""

    folder: Path

    @classmethod
    def of(cls, store: Path) -> "InstallationFiles":
        """That of a store; its folder is made, and only its owner can enter."""
        return cls(private_folder(store.absolute() / "prefect"))

    def lock(self, role: str) -> Path:
        """The file whose lock is held while `role` (server or worker) lives; it holds the process's number."""
        return self.folder / f"{role}.lock"

    def log(self, role: str) -> Path:
        """Where `role` writes what happens to it."""
        return self.folder / f"{role}.log"

    @property
    def port(self) -> int | None:
        """The port of the server that was started last."""
        return self._ports().get("port")

    def port_of(self, page: str) -> int | None:
        """The port at which a page of PAGES was served last."""
        return self._ports().get(page)

    def keep_ports(self, **ports: int) -> None:
        """Write down where something is about to listen."""
        (self.folder / "up.json").write_text(json.dumps(self._ports() | ports), "utf-8")

    def _ports(self) -> dict[str, int]:
        with suppress(OSError, ValueError):
            return dict(json.loads((self.folder / "up.json").read_text("utf-8")))
        return {}

    @property
    def password(self) -> str:
        """`user:password` of the UI and the API; drawn once, readable by its owner only."""
        file = self.folder / "password"
        with suppress(FileExistsError):
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as written:
                written.write(f"admin:{secrets.token_urlsafe(18)}")
        return file.read_text("utf-8").strip()


def up(store: Path, port: int, pool: str) -> None:
    """Start what does not run yet of server, pages and worker, wait until they answer, and print where they are."""
    files = InstallationFiles.of(store)
    for kept in server.BuildServer.all_of(store):
        kept.stop_unless_used()  # one database, one server
    if process_of(files.lock("server")) is None:
        _start_server(files, port)
    elif files.port != port and port != PORT:
        raise BadInput(
            f"the server of {address_of(store)} runs on port {files.port}; `instructory down` first to move it to {port}"
        )
    for page in PAGES:
        if process_of(files.lock(page)) is None:
            _start_page(files, store, page)
    reports = f"http://127.0.0.1:{files.port_of('reports')}"
    if process_of(files.lock("worker")) is None:
        chosen = {"INSTRUCTORY_REPORTS_URL": os.environ.get("INSTRUCTORY_REPORTS_URL", reports)}
        _start_worker(files, pool, {**joined(store), **chosen, "INSTRUCTORY_STORE": address_of(store.absolute())})
    click.echo(f"Prefect's UI:  http://127.0.0.1:{files.port}")
    click.echo(f"reports:       {reports}")
    click.echo(
        f"review:        http://127.0.0.1:{files.port_of('review')}   (`instructory reviewers add NAME` lets somebody in)"
    )
    click.echo(f"sign in with:  {files.password}   (kept in {files.folder / 'password'})")
    click.echo(f"worker:        takes runs from the pool {pool!r}; logs in {files.folder}")
    where = "" if store == Path(".instructory") else f" --store {address_of(store)}"
    click.echo(f"next:          instructory deploy{where}")


def down(store: Path) -> None:
    """Stop the worker first, then what it reports to, and say what was stopped. What a running build has finished is kept."""
    files = InstallationFiles.of(store)
    stopped = [role for role in ("worker", *PAGES, "server") if stop(files.lock(role))]
    if any(kept.stop_unless_used() for kept in server.BuildServer.all_of(store)):
        stopped.append("the server kept for builds")
    click.echo(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")


def joined(store: Path) -> dict[str, str]:
    """The variables by which Prefect's client finds the server of `up`; those already set win. Empty if it does not run."""
    if os.environ.get("PREFECT_API_URL") or not (store / "prefect" / "up.json").exists():
        return {}
    files = InstallationFiles.of(store)
    if process_of(files.lock("server")) is None:
        return {}
    return {
        "PREFECT_API_URL": f"http://127.0.0.1:{files.port}/api",
        "PREFECT_API_AUTH_STRING": files.password,
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true",
        "PREFECT_HOME": str(files.folder),
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": HEARTBEAT_SECONDS,
    }


def join(store: Path) -> None:
    """Let this process report to the server of `up`, if it runs. Call before Prefect is imported."""
    os.environ.update(joined(store))


def _start_server(files: InstallationFiles, port: int) -> None:
    if ports.is_taken(port):
        raise BadInput(f"port {port} is in use; stop what listens there, or name another with --port")
    files.keep_ports(port=port)
    url = f"http://127.0.0.1:{port}"
    command = ("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
    process = _start(
        files,
        "server",
        command,
        {
            **_SERVER,
            "PREFECT_SERVER_API_AUTH_STRING": files.password,
            "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": f"{url},http://localhost:{port}",
            "PREFECT_API_AUTH_STRING": files.password,
        },
    )
    server.await_health(f"{url}/api", lambda: process.poll() is None, files.log("server"))


def _start_page(files: InstallationFiles, store: Path, page: str) -> None:
    above, name = PAGES[page]
    wanted = (files.port or PORT) + above
    port = ports.free_port() if wanted > 65535 or ports.is_taken(wanted) else wanted
    files.keep_ports(**{page: port})
    keys = {key: value for key, value in os.environ.items() if key.startswith("AWS_")}  # of a store on S3
    surroundings = {**keys, "PREFECT_SERVER_API_AUTH_STRING": files.password}
    command = ("flows.cli", name, "--store", address_of(store.absolute()), "--port", str(port))
    process = _start(files, page, command, surroundings)
    deadline = time.monotonic() + server.START_SECONDS
    while not ports.is_taken(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise InstructoryError(f"the {page} page is not served; the log: {files.log(page)}")
        time.sleep(0.1)


def _start_worker(files: InstallationFiles, pool: str, surroundings: Mapping[str, str]) -> None:
    named = ("--pool", pool, "--type", "process", "--name", "worker-1", "--install-policy", "never")
    command = ("prefect", "worker", "start", *named)
    chosen = {name: os.environ.get(name, value) for name, value in _WORKER.items()}
    process = _start(files, "worker", command, {**chosen, **surroundings})
    ready = files.log("worker").stat().st_size
    deadline = time.monotonic() + server.START_SECONDS
    while b"started!" not in files.log("worker").read_bytes()[ready:]:
        if process.poll() is not None or time.monotonic() > deadline:
            raise InstructoryError(f"the worker did not start; its log: {files.log('worker')}")
        time.sleep(0.1)


def _start(
    files: InstallationFiles, role: str, command: tuple[str, ...], settings: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    """`command`, a module and its arguments, as a process that holds the lock of `role` by an open file it inherits, until it
    ends in whatever way."""
    with files.lock(role).open("w", encoding="utf-8") as lock, files.log(role).open("ab") as output:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InstructoryError(f"another `instructory up` is starting the {role}; wait for it") from None
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={
                **(os.environ if role == "worker" else server.environment_without_secrets()),
                "PREFECT_HOME": str(files.folder),
                **settings,
            },
            start_new_session=True,
            pass_fds=[lock.fileno()],
        )
        lock.write(str(process.pid))
    return process
