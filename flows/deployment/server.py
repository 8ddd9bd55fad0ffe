"""The Prefect server a build reports to: the one PREFECT_API_URL names, or one of our own beside the store."""

import base64
import fcntl
import hashlib
import importlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from flows.deployment import ports
from flows.deployment.background import process_of, stop
from tasks.core.errors import BadInput, InstructoryError
from tasks.core.redaction import has_credentials, plain_address, secret_variables
from tasks.store.files import private_folder

START_SECONDS: Final = 90
"""A new database takes 11–13 s on two cores; a loaded machine several times that."""
RECORD_SECONDS: Final = 30
HUNG_SECONDS: Final = 10
"""A server that has had the time to start and does not answer for so long is replaced."""
IDLE: Final = "INSTRUCTORY_SERVER_IDLE_SECONDS"
IDLE_SECONDS: Final = 300.0
"""Somebody who looks at a report, changes the recipe and builds again takes minutes; the server takes 200 MB."""

_OURS: Final = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
    "PREFECT_UI_ENABLED": "false",  # of `instructory up`
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    # builds report here, and nobody else: nothing is scheduled, late, or waiting for a worker
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_REPOSSESSOR_ENABLED": "false",
}


def prepare(store: Path) -> None:
    """Settle Prefect's surroundings for this process. Call before Prefect is imported."""
    os.environ.setdefault("PREFECT_HOME", str(private_folder(store.absolute() / "prefect")))
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")  # our own console speaks to the person
    os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
    os.environ.setdefault("PREFECT_RESULTS_DEFAULT_SERIALIZER", "json")
    os.environ.setdefault("PREFECT_CLIENT_CSRF_SUPPORT_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")


@contextmanager
def serving(store: Path, meanwhile: Callable[[], object], sooner: Iterable[str] = ()) -> Iterator[str]:
    """The API's address, answering, for as long as the context lasts.

    Without PREFECT_API_URL that is a server of our own beside the store: one that an earlier build left running, or a new one. It
    ends when no build has used it for INSTRUCTORY_SERVER_IDLE_SECONDS (300; 0: with the last build that uses it).

    `meanwhile` is called while the server starts: the time to import what is slow to import. What is left of that time goes to
    modules that would else be imported when they are first needed: those named in `sooner`, one after another.
    """
    named = os.environ.get("PREFECT_API_URL", "")
    if named:
        if has_credentials(named):
            raise BadInput(
                f"PREFECT_API_URL holds a password; give {plain_address(named)} alone, and user:password in "
                "PREFECT_API_AUTH_STRING"
            )
        if not answers(named):
            raise BadInput(
                f"the Prefect server at {named} (PREFECT_API_URL) does not answer; start it, or unset the variable"
            )
        meanwhile()
        yield named
        return
    idle = idle_seconds()
    server = BuildServer.of(store)
    try:
        with server.in_use() as (url, password), _speaking_to(url, password):
            meanwhile()
            await_health(url, lambda: process_of(server.lock) is not None, server.log, sooner)
            yield url
    finally:
        if idle == 0:
            server.stop_unless_used()


def idle_seconds() -> float:
    """How long a server of our own stays without a build."""
    given = os.environ.get(IDLE, "")
    try:
        return max(0.0, float(given)) if given else IDLE_SECONDS
    except ValueError:
        raise BadInput(f"{IDLE}={given}: give seconds, such as 300; 0 ends the server with the build") from None


@dataclass(frozen=True)
class BuildServer:
    """The server that builds of one store share; see build_server.py for the process itself."""

    folder: Path
    name: str

    @classmethod
    def of(cls, store: Path) -> "BuildServer":
        """That of a store, for this machine, interpreter, version and settings of Prefect: others have another one."""
        prefix = "PREFECT_"
        settings = {name: value for name, value in os.environ.items() if name.startswith(prefix)}
        same = [socket.gethostname(), sys.executable, version("prefect"), _OURS, settings]
        digest = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:12]
        return cls(private_folder(store.absolute() / "prefect"), f"builds-{digest}")

    @classmethod
    def all_of(cls, store: Path) -> "list[BuildServer]":
        """Every one that was ever started beside a store."""
        folder = store.absolute() / "prefect"
        return [cls(folder, path.stem) for path in sorted(folder.glob("builds-*.lock"))]

    @property
    def lock(self) -> Path:
        """Locked while the server lives; see `background`."""
        return self.folder / f"{self.name}.lock"

    @property
    def users(self) -> Path:
        """Every build that uses the server holds a shared lock on this file."""
        return self.folder / f"{self.name}.users"

    @property
    def log(self) -> Path:
        """What the server has to say."""
        return self.folder / "builds.log"

    @contextmanager
    def in_use(self) -> Iterator[tuple[str, str]]:
        """Address and user:password of the server, found or started; it does not end before the context does."""
        with self.users.open("a") as using:
            with (self.folder / "starting.lock").open(
                "a"
            ) as starting:  # two that start at once would migrate one database
                fcntl.flock(starting, fcntl.LOCK_EX)
                fcntl.flock(using, fcntl.LOCK_SH)  # waits while a server that nobody used is ending: seconds
                port, password = self._found() or self._started()
            yield f"http://127.0.0.1:{port}/api", password

    def stop_unless_used(self) -> bool:
        """End the server if there is one and no build uses it; whether it was ended."""
        with self.users.open("a") as using:
            try:
                fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return stop(self.lock)

    def _found(self) -> tuple[int, str] | None:
        """Port and password of the server that runs. One that has had the time to start and does not answer is ended."""
        if process_of(self.lock) is None:
            return None
        record = self.users.with_suffix(".json")
        with suppress(OSError, ValueError, KeyError):
            found = json.loads(record.read_text("utf-8"))
            port, password = int(found["port"]), str(found["password"])
            until = max(record.stat().st_mtime + START_SECONDS, time.time() + HUNG_SECONDS)
            while process_of(self.lock) is not None and time.time() < until:
                if answers(f"http://127.0.0.1:{port}/api"):
                    return port, password
                time.sleep(0.1)
        stop(self.lock, seconds=1)
        return None

    def _started(self) -> tuple[int, str]:
        port, password = ports.free_port(), f"instructory:{secrets.token_urlsafe(24)}"
        record = self.users.with_suffix(".json")
        record.unlink(missing_ok=True)
        with os.fdopen(os.open(record, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"port": port, "password": password}, file)
        start(self, port, password)
        return port, password


def start(server: BuildServer, port: int, password: str = "") -> None:
    """Start the process of `server`, on loopback; it answers some seconds later."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "instructory"  # noqa: PTH111 - never raises
    template = cache / f"prefect-{version('prefect')}.db"
    program = [sys.executable, "-P", str(Path(__file__).with_name("build_server.py"))]
    with server.lock.open("a") as lock, server.log.open("ab") as output:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InstructoryError(f"the Prefect server before does not end; its log: {server.log}") from None
        lock.truncate(0)
        subprocess.run(  # noqa: S603 - returns at once: the program goes on as a process of its own
            [*program, str(port), str(lock.fileno()), str(server.users), str(idle_seconds()), str(template)],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment_without_secrets()
            | _OURS
            | ({"PREFECT_SERVER_API_AUTH_STRING": password} if password else {}),
            pass_fds=[lock.fileno()],
        )


@contextmanager
def _speaking_to(url: str, password: str) -> Iterator[None]:
    """This process and the server know a password that no other user does: Prefect asks for none by itself, so any user of the
    machine, and any page open in its browsers, could write to the records."""
    ours = {"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": password}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def await_records(url: str, flow_run: str) -> None:
    """Return when every log line, event and task run of a flow run has reached the server's records."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for sender in (EventsWorker, APILogWorker):  # what they still hold would be sent to a server that is gone
        sender.drain_all(timeout=RECORD_SECONDS, at_exit=False)
    deadline = time.monotonic() + RECORD_SECONDS
    while time.monotonic() < deadline:
        body = {"flow_runs": {"id": {"any_": [flow_run]}}}
        runs = _post(f"{url}/task_runs/filter", body)
        if runs is not None and all(
            run["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} for run in runs
        ):
            return
        time.sleep(0.2)


def environment_without_secrets() -> dict[str, str]:
    """The environment but for secrets, which are none of a server's business; a worker needs its model's key."""
    foreign = {name for name in secret_variables() if not name.startswith("PREFECT_")}
    return {name: value for name, value in os.environ.items() if name not in foreign}


def await_health(url: str, alive: Callable[[], bool], log: Path, sooner: Iterable[str] = ()) -> None:
    """Return when the API answers; InstructoryError with the log's path when it is no longer `alive` or does not answer in time.
    Until then the modules named in `sooner` are imported."""
    deadline = time.monotonic() + START_SECONDS
    modules = iter(sooner)
    while not answers(url):
        if not alive():
            raise InstructoryError(f"the Prefect server stopped while starting; its log: {log}")
        if time.monotonic() > deadline:
            raise InstructoryError(f"the Prefect server did not answer within {START_SECONDS} s; its log: {log}")
        if module := next(modules, None):
            importlib.import_module(module)
        else:
            time.sleep(0.05)


def answers(url: str) -> bool:
    """Whether a Prefect API answers at `url`."""
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _post(url: str, body: dict[str, Any]) -> list[dict[str, Any]] | None:
    headers = {"content-type": "application/json"}
    if password := os.environ.get("PREFECT_API_AUTH_STRING"):
        headers["authorization"] = f"Basic {base64.b64encode(password.encode()).decode()}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310
    with suppress(OSError, ValueError), urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        found: list[dict[str, Any]] = json.load(answer)
        return found
    return None
