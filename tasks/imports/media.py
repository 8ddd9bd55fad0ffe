"""Pictures, sound and files: rows that cannot be understood without them are no rows of text, and are refused."""

import re
from functools import lru_cache
from typing import Any, Final

from tasks.imports.example import Example, Record, UnusableError
from tasks.imports.values import empty

_KINDS: Final = r"images?|imgs?|pictures?|photos?|screenshots?|audios?|videos?|sounds?"
_COLUMN: Final = re.compile(
    rf"(?:input_)?(?:{_KINDS})(?:_?(?:paths?|urls?|files?|bytes|names?|filenames?|list|data|base64|b64|0|1))?|pixel_values|frames|"
    r"attachments?|file_ids|files",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(
    r"<\|?(?:image|video|audio|vision|img)(?:_?(?:pad|start|bos|placeholder|\d+))?\|>|<(?:image|video|audio)_?\d+>|<ImageHere>"
    r"|<(?:image|img|video|audio)_?(?:placeholder|token|pad)>|\[IMG\d*\]|<img>[^<\n]{1,300}</img>"
    r"|(?<![`'\"\w])<(?P<kind>image|video|audio|speech)>"
)
"""Marks that stand for a picture, a film or sound in the texts of models that see. Some are tags of HTML too."""
_MARKUP: Final = re.compile(r"\b(?:tags?|elements?|svg|html5?|xml|css|dom)\b", re.IGNORECASE)


@lru_cache(1024)
def media_columns(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a record's columns that hold a picture, sound or a file, or where it lies."""
    return tuple(name for name in columns if _COLUMN.fullmatch(name.strip()))


def refuse_media_columns(record: Record, what: str) -> None:
    """Raises UnusableError for a record (or a turn) that comes with a picture, sound or a file."""
    for name in media_columns(tuple(record)):
        if _given(record.get(name)):
            raise UnusableError("malformed_record", f"{what} comes with something that is not text, in {name!r}")


def refuse_media_marks(example: Example) -> None:
    """Raises UnusableError where a user's words hold the mark of a picture, of sound or of a film."""
    asked = [example.instruction, *(turn["content"] or "" for turn in example.history or () if turn["role"] == "user")]
    for words in asked:
        if ("<" in words or "[IMG" in words) and (found := _TOKEN.search(words)) and not _markup(found, words):
            mark = found[0].strip()[:40]
            raise UnusableError("malformed_record", f"the text refers to something that is not text: {mark}")


def _markup(found: re.Match[str], words: str) -> bool:
    """Whether a mark that is also a tag is one: it is closed, or the text speaks of markup."""
    kind = found["kind"]
    return kind is not None and (f"</{kind}>" in words or _MARKUP.search(words) is not None)


def _given(value: Any) -> bool:
    return not empty(value) and value is not False and value != 0
