"""What is left over where Markdown was copied from a page: `snake\\_case`, and the caption of a button above code."""

import re
from typing import Final

from tasks.text.code import all_code, outside_code

SUSPECT: Final = r"\w\\_\w|Copy code"
ABOUT: Final = (
    r"(?i)markdown|backslash|escap|literal|underscore|asterisk|\blatex\b|\btex\b|regex|regular expression|format|italic|bold"
    r"|render|syntax|\bbutton"
)
"""Rows that are about such signs keep them."""

_ESCAPED: Final = re.compile(r"(?<=\w)\\(?=_\w)")
_MEANT: Final = re.compile(r"\$|\\[A-Za-z(\[{\\]|\w:\\")
"""Formulas, regular expressions and paths: there a backslash means something."""
_BUTTON: Final = re.compile(r"^(?P<language>[a-z+#]{1,12})\nCopy code`?(?:\n|\Z)", re.MULTILINE)


def markdown(text: str) -> str:
    """`text` without backslashes before underscores inside words, and without "Copy code" below the name of a language."""
    if "Copy code" in text:
        text = _BUTTON.sub("", text)
    if "\\_" in text and not _MEANT.search(_prose(text)):
        text = outside_code(lambda prose: _ESCAPED.sub("", prose))(text)
    return text


def _prose(text: str) -> str:
    parts, at = [], 0
    for start, end in all_code(text):
        parts.append(text[at:start])
        at = end
    return "".join([*parts, text[at:]])
