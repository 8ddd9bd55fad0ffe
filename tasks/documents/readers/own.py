"""A recipe's own reader: a function of a module that is installed or on PYTHONPATH, named "module:function".

It gets the raw bytes and the path of a document, and returns Markdown, or DocumentPieces with their locations. It is code of the
recipe's author and runs in the build's own process, without the limits of the readers of office documents.
"""

import importlib
import inspect
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.core.params import sha256_file
from tasks.documents.blocks import Unreadable
from tasks.documents.readers.office.pieces import DocumentPieces

OwnReader = Callable[[bytes, str], str | DocumentPieces]
_MARK: Final = "; reader="


def media_type(known: str, reader: str) -> str:
    """A media type that names the reader, and the hash of the file it stands in: a changed reader makes its documents anew."""
    try:
        file = inspect.getsourcefile(_function(reader))
    except TypeError:  # not written in Python
        file = None
    return f"{known or 'application/octet-stream'}{_MARK}{reader}" + (
        f"; code={sha256_file(Path(file))[:12]}" if file else ""
    )


def name_in(media_type: str) -> str:
    """The reader that a media type names; empty if it names none."""
    return media_type.partition(_MARK)[2].partition(";")[0]


@lru_cache(maxsize=1)
def read(raw: bytes, reader: str, path: str) -> str | DocumentPieces:
    """What a reader makes of a document. Raises Unreadable for whatever it raises, BadInput if it returns something else."""
    function = _function(reader)
    try:
        made: Any = function(raw, path)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable("damaged", f"reader {reader}: {type(error).__name__}: {str(error)[:200]}") from None
    if not isinstance(made, str | DocumentPieces):
        raise BadInput(
            f"documents: reader {reader!r} returned {type(made).__name__}, and not Markdown or DocumentPieces"
        )
    return made


def _function(reader: str) -> OwnReader:
    module, _, name = reader.partition(":")
    try:
        found: Any = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise BadInput(f"documents: reader {reader!r} cannot be imported: {error}") from None
    if not callable(found):
        raise BadInput(f"documents: reader {reader!r} is no function")
    function: OwnReader = found
    return function
