"""The Prefect server a build reports to: the one PREFECT_API_URL names, or one of our own beside the store."""

import base64
import fcntl
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
from pathlib import Path
from typing import Any, Final

from tasks.core.errors import BadInput, InstructoryError
from tasks.core.redaction import environment_secrets, has_credentials, plain_address
from tasks.store.files import private_folder

START_SECONDS: Final = 90
"""A new database takes 11–13 s on two cores; a loaded machine several times that."""
RECORD_SECONDS: Final = 30

_OURS: Final = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
    # one build at a time reports here: nothing is scheduled, late, or waiting for a worker
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
    """The API's address, answering, for as long as the context lasts; a server that we started is stopped after it.

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
    log = private_folder(store.absolute() / "prefect") / "server.log"
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    with _speaking_to(url, password=f"instructory:{secrets.token_urlsafe(24)}"):
        with _starting_alone(store):
            process = start(port, log)
            try:
                meanwhile()
                await_health(url, process, log, sooner)
            except BaseException:
                stop(process)
                raise
        try:
            yield url
        finally:
            stop(process)


@contextmanager
def _starting_alone(store: Path) -> Iterator[None]:
    """Starting a server, one at a time for a store: of two that bring one database up to date at once, one would stop."""
    with (store.absolute() / "prefect" / "starting.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _speaking_to(url: str, password: str) -> Iterator[None]:
    """This process and the server it starts know a password that nobody else does: Prefect asks for none by itself, so any
    user of the machine, and any page open in its browsers, could write to the records."""
    ours = {"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": password, "PREFECT_SERVER_API_AUTH_STRING": password}
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


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server that `start` began."""
    assert process.stdin is not None
    process.stdin.close()
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    process.kill()


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


def start(port: int, log: Path) -> subprocess.Popen[bytes]:
    """A server process of our own on loopback, which ends when this process does; its output goes to `log`."""
    supervise = [sys.executable, str(Path(__file__).with_name("supervise.py"))]
    command = [
        *supervise,
        sys.executable,
        "-m",
        "prefect",
        "server",
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE,  # held open, never written to: its end tells that we are gone
            env=_surroundings(),
            start_new_session=True,  # Ctrl-C stops the build, and the server lives to record it
        )


def _surroundings() -> dict[str, str]:
    """The environment of our server: everything but the secrets that are none of its business."""
    foreign = {name for name in environment_secrets().values() if not name.startswith("PREFECT_")}
    return {name: value for name, value in os.environ.items() if name not in foreign} | _OURS


def await_health(url: str, process: subprocess.Popen[bytes], log: Path, sooner: Iterable[str] = ()) -> None:
    """Return when the API answers; InstructoryError with the log's place when it stops or does not answer in time. Until then
    the modules named in `sooner` are imported."""
    deadline = time.monotonic() + START_SECONDS
    modules = iter(sooner)
    while not answers(url):
        if process.poll() is not None:
            raise InstructoryError(
                f"the Prefect server stopped while starting (exit {process.returncode}); its log: {log}"
            )
        if time.monotonic() > deadline:
            raise InstructoryError(f"the Prefect server did not answer within {START_SECONDS} s; its log: {log}")
        if module := next(modules, None):
            importlib.import_module(module)
        else:
            time.sleep(0.1)


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
