"""JSON arrays and JSON Lines, a few megabytes at a time.

The fast way reads a whole block with orjson. Where that fails, or where a count of quotation marks shows that a key stood twice,
the block is read again record by record with the standard library, which can say what is wrong and where.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, Final

import orjson

from tasks.containers.blocks import RecordBlock, UnreadableRecord
from tasks.containers.bounds import LARGEST_RECORD, MOST_OPENED, TOO_DEEP, TOO_LONG, TOO_MANY, is_crowded, is_too_deep
from tasks.containers.streams import Joined, Stream, whole_lines

BLOCK: Final = 8 << 20
"""Bytes read at a time."""
_STRING: Final = rb"\"(?:[^\"\\]|\\.)*+\""
_FIRST_KEY: Final = re.compile(rb"\s*+\{\s*+(\"(?:[^\"\\]|\\.){0,200}\")")
_WRAPPED: Final = re.compile(
    rb"\s*+\{(?:\s*+%b\s*+:\s*+(?:%b|[-+.\w]++)\s*+,)*+\s*+%b\s*+:\s*+\[\s*+(?=\{)" % (_STRING, _STRING, _STRING),
    re.DOTALL,
)
"""The beginning of an object that holds the records as a list: {"version": 1, "data": [{"""
_WRAPPED_END: Final = re.compile(
    rb"\](?:\s*+,\s*+%b\s*+:\s*+(?:%b|[-+.\w]++))*+\s*+\}\s*+\Z" % (_STRING, _STRING), re.DOTALL
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TOKENS: Final = re.compile(r"\"(?:[^\"\\]|\\.)*+(?:\"|\Z)|[{}\[\]]", re.DOTALL)
_SPACE: Final = re.compile(r"[\s,]*+")
TRIED: Final = 50
"""Places looked at for the end of a malformed record."""
SLOW_BLOCK: Final = 1 << 18
"""Bytes read at a time once a block had to be read record by record: of what is wrong, Python counts the lines before it."""
OVERLAP: Final = 4096
"""Bytes kept of a record that is too long, in which its end may have begun."""


class _TwiceError(ValueError):
    pass


def lines(stream: Stream, at_once: int = BLOCK) -> Iterator[RecordBlock]:
    """JSON Lines; blank lines are no records. `at_once`: bytes read at a time."""
    number, line = 0, 1
    for chunk in whole_lines(stream, at_once):
        numbered = [(line + i, raw) for i, raw in enumerate(chunk) if raw is None or (raw and not raw.isspace())]
        line += len(chunk)
        at = [n for n, _ in numbered]
        yield RecordBlock(number, _values([raw for _, raw in numbered]), line, at.__getitem__)
        number += len(numbered)


def array(stream: Stream, at_once: int = BLOCK) -> Iterator[RecordBlock]:
    """A JSON array of objects, or objects one after another, however they are broken into lines. If a first object is too
    long for a record and holds a list of objects, these are the records."""
    source = Joined(b"", stream)
    buffer, line, number, boundary, wrapped, listed = b"", 1, 0, None, False, False
    while True:
        size = min(max(at_once, len(buffer)), max(1, LARGEST_RECORD + 1 - len(buffer)))
        more = _filled(source, size)
        final, buffer = len(more) < size, buffer + more
        if boundary is None:
            start = re.match(rb"\s*+\[?", buffer)
            dropped = start.end() if start else 0
            listed = buffer[:dropped].endswith(b"[")
            line, buffer = line + buffer.count(b"\n", 0, dropped), buffer[dropped:]
            boundary = _boundary(buffer)
        if final and wrapped and (end := _WRAPPED_END.search(buffer, max(0, len(buffer) - OVERLAP))):
            buffer = buffer[: end.start()]
        cut = len(buffer) if final else _last(boundary, buffer)
        crowded = is_crowded(buffer)
        values, starts, used = (None if crowded else _whole(buffer[:cut], final)), None, cut
        if values is None and at_once > SLOW_BLOCK:
            source.put_back(buffer)
            buffer, at_once = b"", SLOW_BLOCK
            continue
        if values is None:
            values, starts, used = _one_by_one(buffer, boundary, final)
        too_large = not used and (crowded or len(buffer) > LARGEST_RECORD)
        if too_large and not (number or listed) and (inside := _WRAPPED.match(buffer)):
            line, wrapped = line + buffer.count(b"\n", 0, inside.end()), True
            source.put_back(buffer[inside.end() :])
            buffer, boundary = b"", _boundary(buffer[inside.end() : inside.end() + OVERLAP])
        elif too_large:
            skipped = _skip_to(boundary, source, buffer, at_once)
            problem = TOO_MANY if crowded else TOO_LONG
            yield RecordBlock(number, [problem], line + skipped, lambda _, line=line: line)  # type: ignore[misc]
            line, number, buffer = line + skipped, number + 1, b""
        else:
            if values:
                yield _located(number, values, starts, buffer[:used], line)
            line, number, buffer = line + buffer.count(b"\n", 0, used), number + len(values), buffer[used:]
            if final:
                return


def _filled(stream: Stream, size: int) -> bytes:
    """`size` bytes; fewer at the end."""
    parts, left = [], size
    while left and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _boundary(buffer: bytes) -> re.Pattern[bytes]:
    """What stands between two records: a brace, and one before the key with which the first record begins."""
    first = _FIRST_KEY.match(buffer)
    return re.compile(rb"\}\s*+(?:,\s*+)?+(?=\{\s*+%b)" % (re.escape(first[1]) if first else b'"'))


def _skip_to(boundary: re.Pattern[bytes], source: Joined, buffer: bytes, at_once: int) -> int:
    """Past the end of a record that is too long, of which `buffer` is the beginning; how many lines that is."""
    lines = 0
    while not (found := boundary.search(buffer, 1)):
        lines += buffer.count(b"\n", 0, max(0, len(buffer) - OVERLAP))
        more = _filled(source, at_once)
        if not more:
            return lines
        buffer = buffer[-OVERLAP:] + more
    source.put_back(buffer[found.end() :])
    return lines + buffer.count(b"\n", 0, found.end())


def _located(number: int, values: list[Any], starts: list[int] | None, data: bytes, line: int) -> RecordBlock:
    @cache
    def all_lines() -> list[int]:
        found, last, at = [], line, 0
        for start in starts if starts is not None else _one_by_one(data, None, True)[1]:
            last += data.count(b"\n", at, start)
            found.append(last)
            at = start
        return found

    return RecordBlock(number, values, line + data.count(b"\n"), lambda index: all_lines()[index])


def _whole(data: bytes, final: bool) -> list[Any] | None:
    """The records of `data`, which ends between two, or at the file's end; None if they have to be read one by one. A cut that
    lies inside a record can't be read as JSON, so what is read was cut rightly."""
    if not data:
        return []
    data = data.rstrip(b", \t\r\n")
    try:
        values = orjson.loads(b"[%b]" % (data.removesuffix(b"]") if final else data))
        # if an object has a key twice, what was read has fewer quotation marks than what was written. (Marks written as
        # \u0022 make the counts differ too; the block is then only read once more.)
        if orjson.dumps(values).count(b'"') != data.count(b'"'):
            return None
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # the second: nested more deeply than orjson writes
        return None
    return [v if isinstance(v, dict) else UnreadableRecord("not a JSON object") for v in values]


def _one_by_one(buffer: bytes, boundary: re.Pattern[bytes] | None, final: bool) -> tuple[list[Any], list[int], int]:
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
    first, depth, tokens = None, 0, _TOKENS.finditer(text, position)
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


def _values(raw_lines: list[bytes | None]) -> list[Any]:
    values: list[Any] = []
    fast: list[Any] = []
    quotes = 0
    for raw in raw_lines:
        if raw is None or is_crowded(raw):
            values.append(TOO_LONG if raw is None else TOO_MANY)
            continue
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            value = _slowly(raw)
        else:
            fast.append(value)
            quotes += raw.count(b'"')
        values.append(value if isinstance(value, dict | UnreadableRecord) else UnreadableRecord("not a JSON object"))
    try:
        sound = orjson.dumps(fast).count(b'"') == quotes
    except orjson.JSONEncodeError:  # nested more deeply than orjson writes
        sound = False
    pairs = zip(raw_lines, values, strict=True)
    return values if sound else [value if raw is None or value is TOO_MANY else _slowly(raw) for raw, value in pairs]


def _slowly(raw: bytes) -> Any:
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


def _last(boundary: re.Pattern[bytes], buffer: bytes) -> int:
    """Where the last record of `buffer` begins; 0 if no other begins before it."""
    for window in (1 << 16, 1 << 20, len(buffer)):
        if ends := [found.end() for found in boundary.finditer(buffer, max(0, len(buffer) - window))]:
            return ends[-1]
    return 0


def _skipped(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
