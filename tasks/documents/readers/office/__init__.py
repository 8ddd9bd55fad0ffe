"""PDF, Word, PowerPoint, Excel and EPUB: documents of bytes, of which the text has to be worked out.

The extra `office` brings the libraries; EPUB needs none. Each document is read by a process of its own (`worker`), within bounds.

    pieces    what these readers return, and the text that is made of it
    worker    the process, its limits, and what is said of a document that broke it
    zipped    archives within bounds
    docx, pptx, xlsx, epub, pdf: the readers
"""

import atexit
import os
import threading
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final, NamedTuple

from tasks.documents.readers.office.pieces import DocumentPieces
from tasks.documents.readers.office.worker import DOCX, EPUB, PDF, PPTX, XLSX, ReaderProcess

INSTALL: Final = "pip install '.[office]'"
MEDIA_TYPES: Final = {".pdf": PDF, ".docx": DOCX, ".pptx": PPTX, ".xlsx": XLSX, ".epub": EPUB}
"""By suffix."""
LIBRARIES: Final = {PDF: "pypdfium2", DOCX: "python-docx", PPTX: "python-pptx", XLSX: "python-calamine"}
"""What reads a media type; not there for what needs no library."""


class Engine(NamedTuple):
    """What reads a media type, with its version; `missing` says what to install, and is empty where all is there."""

    name: str
    missing: str = ""


@cache
def engine(media_type: str) -> Engine:
    """What reads a media type here."""
    library = LIBRARIES.get(media_type)
    if library is None:
        return Engine("the reader of HTML")
    try:
        return Engine(f"{library} {version(library)}")
    except PackageNotFoundError:
        return Engine(library, f"{library} is not installed: {INSTALL}")


def versions() -> dict[str, str]:
    """The libraries that are installed, with their versions: another might read another text."""
    return {
        library: engine(media_type).name for media_type, library in LIBRARIES.items() if not engine(media_type).missing
    }


@lru_cache(maxsize=1)
def read(raw: bytes, media_type: str) -> DocumentPieces:
    """The pieces of a document. Raises Unreadable."""
    with _LOCK:
        return _reader_process(os.getpid()).read(raw, media_type)


_LOCK: Final = threading.Lock()


@cache
def _reader_process(process: int) -> ReaderProcess:
    """The worker of a process of this number; a forked process does not share that of its parent."""
    del process
    worker = ReaderProcess()
    atexit.register(worker.close)
    return worker
