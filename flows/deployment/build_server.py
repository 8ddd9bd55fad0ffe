"""The Prefect server that builds of one store share. It ends by itself when none has used it for a while.

    python -P build_server.py PORT LOCK USERS IDLE_SECONDS TEMPLATE

LOCK    number of an open file whose lock is held as long as this process lives; the process's number is written to it
USERS   file on which every build holds a shared lock while it uses the server; the kernel drops that lock if the build dies.
        Beside it, with the suffix .json, stands how to reach the server; that file is removed at the end
TEMPLATE  database without a row, of this version of Prefect; made if it is missing. Copying it takes no time, migrating a new
        database 4 s of processor time, more than half of what starting a server costs

It stands alone, without the rest of the house: what it imports delays its first answer.
"""

import gc

gc.disable()  # a third of the time that imports take goes into looking for garbage among what stays

import asyncio  # noqa: E402
import fcntl  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sqlite3  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from contextlib import closing, suppress  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING, Final  # noqa: E402

if TYPE_CHECKING:
    import uvicorn

GRACE_SECONDS: Final = 8.0
"""Between asking the server to end and ending the process."""
SQLITE: Final = "sqlite+aiosqlite:///"


def main(port: int, lock: int, users: Path, idle: float, template: Path) -> None:
    """Serve until stopped or unused."""
    # go on as a process of its own, which nobody waits for
    child = os.fork()
    if child:
        os.write(lock, str(child).encode())
        os._exit(0)
    os.setsid()
    import uvicorn
    from prefect.server.api.server import create_app

    _prepare_database(template)
    app = create_app(final=True)
    settings = uvicorn.Config(
        app, "127.0.0.1", port, log_level="warning", timeout_keep_alive=5, timeout_graceful_shutdown=3
    )
    server = uvicorn.Server(settings)
    threading.Thread(target=_end_when_unused, args=(server, users, idle), daemon=True).start()
    gc.enable()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn ends at one, and then sends it again
    server.run()
    users.with_suffix(".json").unlink(missing_ok=True)


def _prepare_database(template: Path) -> None:
    """Bring the database up to date, from the template if there is none yet; Prefect does it itself for other than files."""
    from prefect.server.database import provide_database_interface
    from prefect.settings import get_current_settings

    address = str(get_current_settings().server.database.connection_url.get_secret_value())  # type: ignore[union-attr]
    file = Path(address.removeprefix(SQLITE))
    if not address.startswith(f"{SQLITE}/") or file.exists():
        return
    with suppress(OSError, sqlite3.Error):  # without a template it takes longer, no more
        if not template.exists():
            template.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            asyncio.run(provide_database_interface().create_db())
            _copy(file, template)
        else:
            _copy(template, file)


def _copy(source: Path, target: Path) -> None:
    """A whole copy of a database under its name, or none."""
    half = target.with_name(f"{target.name}.{os.getpid()}")
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as database:
        database.execute("VACUUM INTO ?", (str(half),))
    half.chmod(0o600)
    with suppress(FileExistsError):
        os.link(half, target)
    half.unlink()


def _end_when_unused(server: "uvicorn.Server", users: Path, idle: float) -> None:
    """End the server when nobody has used it for `idle` seconds, or when its store was removed."""
    with users.open("a") as file:
        used = time.monotonic()
        while _same(file.fileno(), users):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                used = time.monotonic()
            else:
                if time.monotonic() - used >= idle:
                    break  # with the lock in hand: whoever comes now waits for our end, and starts another server
                fcntl.flock(file, fcntl.LOCK_UN)
            time.sleep(0.5)
        server.should_exit = True
        time.sleep(GRACE_SECONDS)
        users.with_suffix(".json").unlink(missing_ok=True)
        os._exit(0)


def _same(opened: int, path: Path) -> bool:
    """Whether the file that was opened still stands under its name."""
    try:
        return os.path.samestat(os.fstat(opened), path.stat())
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]), Path(sys.argv[5]))
    os._exit(0)  # threads of the database's driver would be waited for
