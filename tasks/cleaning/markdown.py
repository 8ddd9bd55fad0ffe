"""What is left over of Markdown: emphasis of nothing, links to nothing, escapes that nobody resolved, a button's caption."""

import re
from typing import Final

from tasks.text.code import code_spans, outside_code

SUSPECT: Final = r"\*\*[ \t]*\*\*|\[\]\(|\\[_*#.>~-]|Copy code"

_EMPTY: Final = re.compile(r"(?<!\*)\*\*[ \t]*\*\*(?!\*)(?=\s|\Z)|!?\[\]\(\s*\)")
_ESCAPED: Final = re.compile(
    r"(?<=\w)\\(?=_\w)|(?<=^\d)\\(?=\. )|(?<=^\d\d)\\(?=\. )|\\(?=\*\*?\w)|^\\(?=[#>-] )", re.MULTILINE
)
_MEANT: Final = re.compile(r"\$|\\[A-Za-z(\[{\\]|\w:\\")
"""Formulas, regular expressions and paths: there a backslash means something."""
_BUTTON: Final = re.compile(r"^(?:(?P<language>[a-z+#]{1,12})\n)?Copy code`?(?:\n|\Z)", re.MULTILINE)


def markdown(text: str) -> str:
    """`text` without empty emphasis and links, without escapes before signs that need none, and without "Copy code"."""
    if "Copy code" in text:
        text = _BUTTON.sub("", text)
    if "\\" in text and not _MEANT.search(_prose(text)):
        text = outside_code(lambda prose: _ESCAPED.sub("", prose))(text)
    return outside_code(lambda prose: _EMPTY.sub("", prose))(text)


def _prose(text: str) -> str:
    parts, at = [], 0
    for start, end in code_spans(text):
        parts.append(text[at:start])
        at = end
    return "".join([*parts, text[at:]])
