"""A real Chromium, driven through its debugging protocol: what a page loads, runs and looks like."""

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars", "--remote-debugging-port=0",
)  # fmt: skip


def chromium() -> str | None:
    """The path of a Chromium or Chrome on this machine."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


class Page:
    """One tab. `events` collects everything the browser reported."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        self.number = 0
        for domain in ("Page", "Network", "Runtime", "Log", "Audits"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv(timeout=60))
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)
            if message.get("method") == "Page.javascriptDialogOpening":
                self.number += 1
                self.socket.send(
                    json.dumps({"id": self.number, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}})
                )

    def open(self, url: str, width: int, height: int, dark: bool = False) -> None:
        """Show `url` in a window of that size, in light or dark, and wait until it is loaded."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.events.clear()
        self.ask("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.evaluate("1")
            time.sleep(0.02)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)["result"].get(
            "value"
        )

    def seen(self, method: str) -> list[dict[str, Any]]:
        """What the browser reported under `method`."""
        return [event["params"] for event in self.events if event["method"] == method]

    def screenshot(self, path: Path, whole: bool = True) -> None:
        """The page as a PNG file."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=whole)["data"]))

    def pdf(self, path: Path) -> None:
        """The page as it is printed."""
        path.write_bytes(base64.b64decode(self.ask("Page.printToPDF", preferCSSPageSize=True)["data"]))


@contextmanager
def browser() -> Iterator[Page]:
    """A tab of a Chromium of its own, which ends with the block."""
    executable = chromium()
    assert executable is not None
    profile = Path(tempfile.mkdtemp(prefix="chromium-"))
    command = [executable, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        with connect(_address(profile, process), max_size=None, proxy=None, ping_interval=None) as socket:
            yield Page(socket)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


def _address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the first tab of the browser listens."""
    import http.client

    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"Chromium ended with {process.returncode} before it listened")
        lines = (
            (profile / "DevToolsActivePort").read_text().split() if (profile / "DevToolsActivePort").exists() else []
        )
        if lines:
            connection = http.client.HTTPConnection("127.0.0.1", int(lines[0]), timeout=10)
            connection.request("GET", "/json/list")
            tabs = [tab for tab in json.loads(connection.getresponse().read()) if tab["type"] == "page"]
            connection.close()
            if tabs:
                return str(tabs[0]["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise RuntimeError("Chromium did not listen within 30 s")
