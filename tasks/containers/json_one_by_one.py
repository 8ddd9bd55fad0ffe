"""JSON records read one by one with the standard library, which can say what is wrong with one and where the next begins."""

import json
import re
from functools import cache
from itertools import islice
from typing import Any, Final

from tasks.containers.blocks import UnreadableRecord
from tasks.containers.bounds import LARGEST_RECORD, MOST_OPENED, TOKEN, TOO_DEEP, TOO_LONG, TOO_MANY, is_too_deep

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SPACE: Final = re.compile(r"[\s,]*+")
TRIED: Final = 50
"""Places looked at for the end of a malformed record."""


class _TwiceError(ValueError):
    pass


def one_by_one(buffer: bytes, boundary: re.Pattern[bytes] | None, final: bool) -> tuple[list[Any], list[int], int]:
    """Record by record: what is whole is read, what is malformed becomes an UnreadableRecord and ends at the next boundary."""
    text = buffer.decode("utf-8", "surrogateescape")
    odd, plain = _SURROGATE.search(text) is not None, len(text) == len(buffer)
    values: list[Any] = []
    starts: list[int] = []
    seen, byte = 0, 0  # characters counted so far, and the bytes they take
    whole = len(text.rstrip())
    between = re.compile(boundary.pattern.decode()) if boundary else None
    position = _skipped(text, 0)
    while position < len(text):
        if text[position] == "]":  # the array's end; anything behind it is read as a record of its own
            position = _skipped(text, position + 1)
            continue
        try:
            value, end = _decoder().raw_decode(text, position)
            value = _sound(value, text[position:end], odd)
        except (ValueError, RecursionError) as error:
            if not final and _may_go_on(error, whole):
                break
            value, end = _malformed(error, text, position, between, whole)
        byte += position - seen if plain else len(text[seen:position].encode("utf-8", "surrogateescape"))
        seen = position
        values.append(value)
        starts.append(byte)
        position = _skipped(text, end)
    used = min(position, len(text))
    return values, starts, used if plain else len(text[:used].encode("utf-8", "surrogateescape"))


def _malformed(
    error: Exception, text: str, position: int, between: re.Pattern[str] | None, whole: int
) -> tuple[UnreadableRecord, int]:
    """What is wrong with the record at `position`, and where the next begins: at the first boundary that is not inside the
    record, as far as its brackets tell; where they don't, at the first. `whole`: the text's length without blanks behind it."""
    first, outside = _ends(text, position, between)
    if outside is None and _may_go_on(error, whole):
        return UnreadableRecord("the file ends inside this record"), len(text)
    return UnreadableRecord(_why(error, position)), outside or first or len(text)


def _ends(text: str, position: int, between: re.Pattern[str] | None) -> tuple[int | None, int | None]:
    """The first boundary behind `position`, and the first of TRIED before which as many brackets are closed as are opened,
    outside of strings."""
    first, depth, tokens = None, 0, TOKEN.finditer(text, position)
    token = next(tokens, None)
    for found in islice(between.finditer(text, position + 1), TRIED) if between else ():
        first = first or found.end()
        while token and token.end() <= found.end():
            depth += 1 if token[0] in ("{", "[") else -1 if token[0] in ("}", "]") else 0
            token = next(tokens, None)
        if depth <= 0:
            return first, found.end()
    return first, None


def _may_go_on(error: Exception, whole: int) -> bool:
    """Whether the record is wrong only in that the text, of `whole` characters without blanks behind it, ends."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= whole - 8


def _sound(value: Any, raw: str, odd: bool) -> Any:
    if not isinstance(value, dict):
        return UnreadableRecord("not a JSON object")
    if len(raw) > LARGEST_RECORD:
        return TOO_LONG
    if raw.count("{") + raw.count("[") > MOST_OPENED:
        return TOO_MANY
    if is_too_deep(raw):
        return UnreadableRecord(TOO_DEEP)
    if odd and (bad := _SURROGATE.search(raw)):
        return UnreadableRecord(f"not UTF-8 at character {bad.start()} of the record")
    if "\\ud" in raw or "\\uD" in raw:
        try:  # no UTF-8 text holds half of a surrogate pair
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return UnreadableRecord("it holds half a character (a lone surrogate)")
    return value


def one_record(raw: bytes) -> Any:
    """The record on a line, or an UnreadableRecord that says what is wrong with it."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return UnreadableRecord(f"byte {error.start} of the line is not UTF-8")
    start = _skipped(text, 0)
    try:
        value, end = _decoder().raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        return UnreadableRecord(_why(error, 0))
    if text[end:].strip().strip(","):
        return UnreadableRecord(f"not JSON: something stands behind the record, at character {end}")
    return _sound(value, text, odd=False)


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=_unique, strict=False)  # a line break inside a string is read as one


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen and seen[key] != value:
                raise _TwiceError(key)
            seen[key] = value
    return made


def _why(error: Exception, position: int) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}, at character {error.pos - position} of the record"
    if isinstance(error, _TwiceError):
        return f"the key {str(error)[:40]!r} stands twice, with different values"
    return TOO_DEEP if isinstance(error, RecursionError) else str(error)


def _skipped(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
