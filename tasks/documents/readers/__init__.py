"""One reader a format: decoded raw text to blocks. A new format is a module here and a line in READERS."""

import re
from collections.abc import Mapping
from typing import Final

from tasks.documents.blocks import Reader, Reading
from tasks.documents.readers import html, markdown, plain, sphinx

_MARKDOWN: Final = re.compile(r"^(?:#{1,6} \S|```)", re.MULTILINE)


def record(text: str, max_depth: int) -> Reading:
    """The text of one record: Markdown if it has headings or fenced code as Markdown has them, else plain text."""
    return markdown.read(text, max_depth) if _MARKDOWN.search(text) else plain.read(text, max_depth)


READERS: Final[Mapping[str, Reader]] = {
    "text/plain": plain.read,
    "text/markdown": markdown.read,
    "text/html": html.read,
    "text/x-sphinx": sphinx.read,
    **dict.fromkeys(("text/csv", "text/tab-separated-values", "application/json", "application/jsonl"), record),
}
"""By media type."""
