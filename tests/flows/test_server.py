"""The server a build starts for itself."""

import fcntl
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from flows.deployment import server
from tasks.store.files import private_folder

SERVING = """
import sys
from pathlib import Path
from flows.deployment import server
server.prepare(Path(sys.argv[1]))
print("about to start", flush=True)
with server.serving(Path(sys.argv[1]), meanwhile=lambda: None):
    pass
"""


def test_servers_of_one_store_start_one_after_the_other(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "prefect")
    with (folder / "starting.lock").open("a") as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        build = subprocess.Popen(
            [sys.executable, "-c", SERVING, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        )
        try:
            assert build.stdout is not None
            assert build.stdout.readline() == "about to start\n"
            time.sleep(0.5)
            assert build.poll() is None
            assert not (folder / "server.log").exists()
        finally:
            build.kill()
            build.wait()
            build.stdout.close()


def test_modules_are_imported_until_the_server_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["needed_first", "needed_second", "needed_last"]
    for name in names:
        (tmp_path / f"{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if "needed_second" in sys.modules else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    slow = HTTPServer(("127.0.0.1", 0), Health)
    Thread(target=slow.serve_forever, daemon=True).start()
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        url = f"http://127.0.0.1:{slow.server_port}/api"
        server.await_health(url, process, tmp_path / "server.log", sooner=names)
        process.kill()
    slow.shutdown()
    slow.server_close()
    assert [name for name in names if name in sys.modules] == ["needed_first", "needed_second"]
