"""Reads documents of strangers in a process of its own: what a library does on a damaged or hostile file (end the process, take all
memory, never return) costs that document, not the build.

The parent writes a line of JSON (media type, size) and the bytes; the child answers with lines of JSON: the locations it comes
to, then the pieces or the reason why there are none. The child limits itself: MOST_MEMORY of address space, and
SECONDS of CPU time for each page, slide, sheet or chapter. Where the system has no such limits, PATIENCE alone holds.
"""

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from typing import IO, Any, Final

from tasks.documents.blocks import Unreadable
from tasks.documents.readers.office.pieces import DocumentPieces, Piece

MOST_MEMORY: Final = 1 << 30
"""Bytes of address space."""
SECONDS: Final = 10
"""Of CPU time, for one page, slide, sheet, chapter or some hundred paragraphs."""
PATIENCE: Final = 60.0
"""Seconds of waiting for a sign of the child, for whatever reason it gives none."""
PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EPUB: Final = "application/epub+zip"
_MODULES: Final = {PDF: "pdf", DOCX: "docx", PPTX: "pptx", XLSX: "xlsx", EPUB: "epub"}
"""The module beside this one that reads a media type."""
_COSTLY: Final = (signal.SIGXCPU, signal.SIGKILL)


class ReaderProcess:
    """A child that reads one document after another; a new one takes over where one has ended."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._waiting = b""

    def read(self, raw: bytes, media_type: str) -> DocumentPieces:
        """The pieces of a document. Raises Unreadable."""
        child = self._child if self._child and self._child.poll() is None else self._start()
        assert child.stdin is not None
        assert child.stdout is not None
        location = "the beginning"
        try:
            _send(child.stdin, json.dumps([media_type, len(raw)]).encode() + b"\n")
            _send(child.stdin, raw)
            while answer := self._line(child.stdout):
                kind, value = json.loads(answer)
                if kind == "at":
                    location = value
                elif kind == "unreadable":
                    raise Unreadable(*value)
                else:
                    return DocumentPieces(
                        **value | {"pieces": [Piece(k, t, p, tuple(h)) for k, t, p, h in value["pieces"]]}
                    )
        except (BrokenPipeError, ConnectionResetError):
            pass
        raise Unreadable(*self._obituary(child, location))

    def _line(self, stream: IO[bytes]) -> bytes:
        """The child's next line; empty if it has ended or says nothing for too long."""
        while b"\n" not in self._waiting:
            part = os.read(stream.fileno(), 1 << 20) if select.select([stream], [], [], PATIENCE)[0] else b""
            if not part:
                return b""
            self._waiting += part
        line, _, self._waiting = self._waiting.partition(b"\n")
        return line

    def _obituary(self, child: "subprocess.Popen[bytes]", location: str) -> tuple[str, str]:
        """The reason why a child gave no answer."""
        try:
            code = child.wait(1)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        self.close()
        if code in [-number for number in _COSTLY]:
            return "too_costly", f"more than {SECONDS} s at {location}"
        if code == -signal.SIGABRT:  # what PDFium and programs in Rust do where memory is refused
            return "too_costly", f"more than {MOST_MEMORY >> 20} MB of memory at {location}"
        return "damaged", f"the library that reads it ended at {location} ({_signal(code)})"

    def _start(self) -> "subprocess.Popen[bytes]":
        self.close()
        self._waiting = b""
        command = [sys.executable, "-m", "tasks.documents.readers.office.worker"]
        environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "SYSTEMROOT") if name in os.environ}
        root = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))  # noqa: PTH100, PTH118, PTH120
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
        self._child = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            bufsize=0,
        )
        return self._child

    def close(self) -> None:
        """Ends the child."""
        if self._child:
            child, self._child = self._child, None
            child.kill()
            with suppress(BrokenPipeError):
                child.communicate()


def _send(stream: IO[bytes], data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def _signal(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _limit(seconds: int | None) -> None:
    """Sets the limits that the child has from here on; without `seconds`, that of memory."""
    import resource

    with suppress(ValueError, OSError):
        if seconds is None:
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            return
        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + seconds, hard))


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Reads what comes in, until nothing does."""

    def say(kind: str, value: Any) -> None:
        answers.write(json.dumps([kind, value]).encode() + b"\n")
        answers.flush()

    def progress(location: str) -> None:
        _limit(SECONDS)
        say("at", location)

    _limit(None)
    while header := requests.readline():
        media_type, size = json.loads(header)
        raw = requests.read(size)
        _limit(SECONDS)
        try:
            reader = import_module(f"tasks.documents.readers.office.{_MODULES[media_type]}")
            pieces: DocumentPieces = reader.read(raw, progress)
            say("read", vars(pieces))
        except Unreadable as problem:
            say("unreadable", [problem.reason, problem.detail])
        except MemoryError:
            say("unreadable", ["too_costly", f"more than {MOST_MEMORY >> 20} MB of memory"])
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            say("unreadable", ["damaged", f"{type(error).__name__}: {str(error)[:200]}"])


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "wb") as ours:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a library prints is no answer
        _serve(sys.stdin.buffer, ours)
