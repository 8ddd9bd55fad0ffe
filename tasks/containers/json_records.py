"""JSON arrays and JSON Lines, a few megabytes at a time.

The fast way reads a whole block with orjson. Where that fails, or where a count of quotation marks shows that a key stood twice,
the block is read again record by record with the standard library, which can say what is wrong and where.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import orjson

from tasks.containers.blocks import RecordBlock, UnreadableRecord
from tasks.containers.bounds import LARGEST_RECORD, TOO_LONG, TOO_MANY, is_crowded
from tasks.containers.json_one_by_one import one_by_one, one_record
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
SLOW_BLOCK: Final = 1 << 18
"""Bytes read at a time once a block had to be read record by record: of what is wrong, Python counts the lines before it."""
OVERLAP: Final = 4096
"""Bytes kept of a record that is too long, in which its end may have begun."""


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
            values, starts, used = one_by_one(buffer, boundary, final)
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
        for start in starts if starts is not None else one_by_one(data, None, True)[1]:
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
            value = one_record(raw)
        else:
            fast.append(value)
            quotes += raw.count(b'"')
        values.append(value if isinstance(value, dict | UnreadableRecord) else UnreadableRecord("not a JSON object"))
    try:
        sound = orjson.dumps(fast).count(b'"') == quotes
    except orjson.JSONEncodeError:  # nested more deeply than orjson writes
        sound = False
    pairs = zip(raw_lines, values, strict=True)
    return values if sound else [value if raw is None or value is TOO_MANY else one_record(raw) for raw, value in pairs]


def _last(boundary: re.Pattern[bytes], buffer: bytes) -> int:
    """Where the last record of `buffer` begins; 0 if no other begins before it."""
    for window in (1 << 16, 1 << 20, len(buffer)):
        if ends := [found.end() for found in boundary.finditer(buffer, max(0, len(buffer) - window))]:
            return ends[-1]
    return 0
