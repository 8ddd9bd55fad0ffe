"""One reader a format: decoded raw text to blocks. A new format is a module here and a line in READERS."""

import re
from collections.abc import Mapping
from typing import Final

from tasks.documents.blocks import Reader, Reading
from tasks.documents.readers import html, markdown, plain, sphinx

_HTML: Final = re.compile(
    r"\s*<(?:!doctype|!--|html|body|p|div|h[1-6]|ul|ol|table|article|section|span|pre|blockquote|ac:|br)\b", re.I
)
"""How text begins that is a page, or a part of one."""
_MARKDOWN: Final = re.compile(r"^(?:#{1,6} \S|```)", re.MULTILINE)


def record(text: str, max_depth: int) -> Reading:
    """The text of one record: HTML if it begins as that does, Markdown if it has headings or fenced code as Markdown has them, else
    plain text."""
    if _HTML.match(text):
        return html.read(text, max_depth)
    return markdown.read(text, max_depth) if _MARKDOWN.search(text) else plain.read(text, max_depth)


READERS: Final[Mapping[str, Reader]] = {
    "text/plain": plain.read,
    "text/markdown": markdown.read,
    "text/html": html.read,
    "text/x-sphinx": sphinx.read,
    **dict.fromkeys(("text/csv", "text/tab-separated-values", "application/json", "application/jsonl"), record),
    **dict.fromkeys(("application/zip", "application/x-confluence-export"), record),
}
"""By media type."""
