"""Blocks to chunks: by structure, of even length, with offsets back into the raw text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from tasks.documents.blocks import Block, Segment, trimmed
from tasks.text.sentences import sentence_spans

_WORD: Final = re.compile(r"\S+")
_ANNOUNCES: Final = re.compile(r"[:,](?:--|—)?$")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk's text, what most of it is, its headings, and its offsets as (text, raw, length, raw_length)."""

    text: str
    kind: str
    headings: tuple[str, ...]
    offsets: list[tuple[int, int, int, int]]


def chunks_of(blocks: Sequence[Block], target_words: int, max_words: int) -> Iterator[Chunk]:
    """Chunks in the order of the text. A section (one heading, or one entry) is cut into even parts near `target_words`;
    a paragraph longer than `max_words` between sentences; code, tables, list items and sentences never. What announces
    something (it ends with a colon, or a comma before a speech) stays with what it announces."""
    for section in _sections(blocks):
        pieces = [piece for block in section for piece in _fitting(block, target_words, max_words)]
        for part in _parts(pieces, target_words, max_words):
            yield _chunk(part)


def _sections(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    number = 0
    numbered = []
    for before, block in zip([None, *blocks], blocks, strict=False):
        number += block.opens or before is None or before.headings != block.headings
        numbered.append((number, block))
    for _, group in groupby(numbered, key=lambda pair: pair[0]):
        yield [block for _, block in group]


def _fitting(block: Block, target: int, most: int) -> list[Block]:
    """`block`, or its parts of whole sentences if it is prose of more than `most` words."""
    words = _count(block)
    if block.kind != "prose" or words <= most:
        return [block]
    text = block.text
    aim = words / max(2, round(words / target))
    edges, count = [0], 0
    for start, end in sentence_spans(text):
        length = len(_WORD.findall(text[start:end]))
        if count and count + length / 2 > aim:
            edges.append(start)
            count = 0
        count += length
    parts = _split(block.segments, edges[1:])
    return [Block(block.kind, block.headings, tuple(part), block.opens and not i) for i, part in enumerate(parts)]


def _split(segments: Sequence[Segment], edges: Sequence[int]) -> list[list[Segment]]:
    """`segments` cut before the characters `edges` of their text, each part without white space at its ends."""
    parts: list[list[Segment]] = [[]]
    position, waiting = 0, list(reversed(edges))
    for segment in segments:
        while waiting and waiting[-1] < position + len(segment.text):
            cut = waiting.pop() - position
            if len(segment.text) == segment.raw_length:
                parts[-1].append(Segment(segment.text[:cut], segment.raw, cut))
                segment = Segment(segment.text[cut:], segment.raw + cut, segment.raw_length - cut)
                position += cut
            parts.append([])
        parts[-1].append(segment)
        position += len(segment.text)
    return [kept for part in parts if (kept := trimmed(part))]


def _parts(blocks: Sequence[Block], target: int, most: int) -> Iterator[list[Block]]:
    """A section's blocks in even parts; a unit goes where its middle falls."""
    total = sum(map(_count, blocks))
    aim = max(1.0, total / max(1, round(total / target)))
    part: list[Block] = []
    count, passed, number = 0, 0, 0
    for unit in _units(blocks, aim, most):
        length = sum(map(_count, unit))
        due = int((passed + length / 2) / aim)
        if part and (count + length > most or due > number):
            yield part
            part, count = [], 0
        number = max(number, due)
        part += unit
        count += length
        passed += length
    if part:
        yield part


def _units(blocks: Sequence[Block], aim: float, most: int) -> Iterator[list[Block]]:
    """What belongs together: an announcement and what it announces, a signature and its first paragraph, a short list."""
    unit: list[Block] = []
    words = 0
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        unit.append(block)
        words += _count(block)
        announces = block.opens or (block.kind == "prose" and _ANNOUNCES.search(block.segments[-1].text))
        continues = following is not None and block.kind == following.kind == "list" and words < aim
        if not announces and not continues:
            fits = block.kind != "prose" or words <= most
            yield from [unit] if fits else ([one] for one in unit)
            unit, words = [], 0
    if unit:
        yield unit


def _chunk(blocks: Sequence[Block]) -> Chunk:
    """One chunk of `blocks`: paragraphs apart by a blank line, the items of a list by a line break."""
    segments: list[Segment] = []
    for before, block in zip([None, *blocks], blocks, strict=False):
        if before:
            gap = "\n" if before.kind == block.kind == "list" else "\n\n"
            segments.append(Segment(gap, before.raw_end, max(0, block.raw_start - before.raw_end)))
        segments += block.segments
    return Chunk("".join(s.text for s in segments), _kind(blocks), blocks[0].headings, _offsets(segments))


def _kind(blocks: Sequence[Block]) -> str:
    """entry if it begins with a signature, else what most of its characters are in."""
    if blocks[0].opens:
        return "entry"
    sizes: dict[str, int] = {}
    for block in blocks:
        sizes[block.kind] = sizes.get(block.kind, 0) + len(block.text)
    return max(sizes, key=lambda kind: (sizes[kind], kind))


def _offsets(segments: Sequence[Segment]) -> list[tuple[int, int, int, int]]:
    """One offset for each run that advances together with the raw text, and one for each replacement."""
    found: list[tuple[int, int, int, int]] = []
    position = 0
    for text, raw, raw_length in segments:
        length = len(text)
        if found and length == raw_length:
            begin, raw_begin, run, raw_run = found[-1]
            if run == raw_run and raw_begin + raw_run == raw:
                found[-1] = (begin, raw_begin, run + length, raw_run + length)
                position += length
                continue
        if length:
            found.append((position, raw, length, raw_length))
        position += length
    return found


def _count(block: Block) -> int:
    return len(_WORD.findall(block.text))
