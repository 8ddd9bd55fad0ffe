"""The server a build starts for itself."""

import fcntl
import subprocess
import sys
import time
from pathlib import Path

from tasks.core.files import private_folder

SERVING = """
import sys
from pathlib import Path
from flows.installation import server
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
