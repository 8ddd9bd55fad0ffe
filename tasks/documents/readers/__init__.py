"""One reader a format: decoded raw text to blocks. A new format is a module here and a line in READERS."""

from collections.abc import Mapping
from typing import Final

from tasks.documents.blocks import Reader
from tasks.documents.readers import html, markdown, plain, sphinx

READERS: Final[Mapping[str, Reader]] = {
    "text/plain": plain.read,
    "text/markdown": markdown.read,
    "text/html": html.read,
    "text/x-sphinx": sphinx.read,
    "text/csv": plain.read,
    "application/jsonl": plain.read,
}
"""By media type. The text of a CSV or JSONL record is read as plain text."""
