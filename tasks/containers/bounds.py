"""How large and how deep a record may be: what a stranger's file can ask of memory and time is bounded before it is unpacked."""

import json
import re
from typing import Any, Final

from tasks.containers.blocks import UnreadableRecord

LARGEST_RECORD: Final = 16 << 20
"""Bytes of a record. A text of a million tokens, longer than models read, has some 5 MB."""
DEEPEST: Final = 250
"""Levels of lists and objects in a record, and in JSON kept in a text of it. orjson writes 254, Python's own reader some 900."""
MOST_OPENED: Final = 1_000_000
"""Lists and objects of a record: each takes some 70 bytes of memory, however few it has in the file."""
TOO_LONG: Final = UnreadableRecord(f"it has more than {LARGEST_RECORD >> 20} MB, the most a record may have")
TOO_MANY: Final = UnreadableRecord(f"it holds more than {MOST_OPENED:,} lists and objects")
TOO_DEEP: Final = f"nested more than {DEEPEST} levels deep"
TOKEN: Final = re.compile(r"\"(?:[^\"\\]|\\.)*+(?:\"|\Z)|[{}\[\]]", re.DOTALL)
"""The strings and brackets of JSON text."""

_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")


def json_value(text: str) -> Any:
    """The value of JSON text. Half a character, which an escape may stand for and no table can hold, becomes "?".

    Raises ValueError, and RecursionError unless `is_too_deep` was asked."""
    value = json.loads(text)
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")) if holds_half(text) else value


def holds_half(text: str) -> bool:
    """Whether text holds escapes for halves of characters; two that belong together are no harm."""
    return bool(_HALF.search(text))


def is_crowded(data: bytes) -> bool:
    """Whether JSON opens more lists and objects than a record may have."""
    return len(data) > MOST_OPENED and data.count(b"{") + data.count(b"[") > MOST_OPENED


def is_too_deep(text: str) -> bool:
    """Whether JSON text has more than DEEPEST levels; found by counting brackets, in time linear in the text."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    depth = 0
    for token in TOKEN.finditer(text):
        sign = text[token.start()]
        if sign != '"':
            depth += 1 if sign in "{[" else -1
            if depth > DEEPEST:
                return True
    return False
