"""A chunk as its blocks and sentences, and how far an answer that begins at one of them reaches."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from tasks.generation.from_documents.templates.finders.reference.blocks import Block, split
from tasks.generation.from_documents.templates.finders.reference.sentences import Sentence, Spans, flatten, of, pointing

LONGEST: Final = 1500
"""Characters of the longest answer; beyond it an extract stops being an answer to one question."""
_OPEN_END: Final = re.compile(r"[^.!?)\"”’…*]$|(?:equivalent to|as follows)$")
"""A sentence without its full stop announces what stands below it."""


@dataclass(frozen=True)
class Passage:
    """One chunk. Its sentences are addressed by the number of their block and their number in it."""

    chunk_id: str
    headings: tuple[str, ...]
    kind: str
    text: str
    begins: bool
    """Opens what stands under its headings."""

    @classmethod
    def read(cls, chunk: Mapping[str, Any], begins: bool = True) -> "Passage":
        """From a row of a chunk table."""
        headings = tuple(chunk["headings"] or ()) or (chunk["title"] or "",)
        return cls(chunk["chunk_id"], headings, chunk["kind"], chunk["text"], begins)

    @property
    def opening(self) -> int:
        """The number of the first block after the signature, if there is one."""
        return int(self.kind == "entry")

    @cached_property
    def blocks(self) -> list[Block]:
        """In order."""
        return split(self.text, self.kind == "entry")

    @cached_property
    def sentences(self) -> list[list[Sentence]]:
        """Those of each block; none for blocks that are no paragraphs."""
        return [of(self.text, block.start, block.end) if block.kind == "paragraph" else [] for block in self.blocks]

    def words(self, spans: Spans) -> int:
        """How many words stand under `spans`, set apart by white space."""
        return sum(len(self.text[start:end].split()) for start, end in spans)

    def each(self) -> Iterator[tuple[int, int, Sentence]]:
        """Every sentence that can open an answer: it leans on nothing before it and sends nobody elsewhere."""
        for b, inside in enumerate(self.sentences):
            for i, sentence in enumerate(inside):
                if not sentence.leans and not sentence.points:
                    yield b, i, sentence

    def brief(self, b: int, i: int, more: int = 0) -> Spans | None:
        """The answer that opens with sentence `i` of block `b`: with the sentences that lean on it, up to `more` others, and
        the code or list it announces. None if it announces something that does not follow."""
        inside = self.sentences[b]
        stop = i + 1
        while stop < len(inside) and not inside[stop].points and (inside[stop].leans or more > 0):
            more -= not inside[stop].leans
            stop += 1
        while stop > i + 1 and self._announces(b, stop - 1) and not self._announced(b):
            stop -= 1
        return self._with_announced(b, i, stop)

    def whole(self, b: int) -> Spans | None:
        """The answer that opens with block `b` and goes on as long as paragraphs, lists and code follow, up to LONGEST
        characters. None if nothing of block `b` can be kept."""
        spans: Spans = ()
        while b < len(self.blocks) and self.blocks[b].kind == "paragraph":
            inside = self.sentences[b]
            stop = next((i for i, sentence in enumerate(inside) if sentence.points), len(inside))
            while stop and self._announces(b, stop - 1) and not (stop == len(inside) and self._announced(b)):
                stop -= 1
            more = self._with_announced(b, 0, stop) if stop else None
            if more is None or _size(spans) + _size(more) > LONGEST:
                break
            spans += more
            if stop < len(inside):
                break
            while b < len(self.blocks) and self.blocks[b].start < spans[-1][1]:
                b += 1
            while b < len(self.blocks) and self.blocks[b].kind == "code" and _size(spans) < LONGEST:
                spans += ((self.blocks[b].start, self.blocks[b].end),)
                b += 1
        return spans if spans and _size(spans) <= LONGEST else None

    def _announces(self, b: int, i: int) -> bool:
        return bool(_OPEN_END.search(self.sentences[b][i].flat))

    def _announced(self, b: int) -> list[Block]:
        """The code, grammar or list right after block `b`."""
        following: list[Block] = []
        for block in self.blocks[b + 1 :]:
            if block.kind not in ("code", "grammar", "item") or (following and block.kind != "item"):
                break
            if following and following[0].kind != "item":
                break
            following.append(block)
        flat = [flatten(self.text[block.start : block.end]) for block in following]
        return [] if any(pointing(text) for text in flat) else following

    def _with_announced(self, b: int, i: int, stop: int) -> Spans | None:
        inside = self.sentences[b]
        spans = _merged(self.text, tuple(span for sentence in inside[i:stop] for span in sentence.spans))
        if self._announces(b, stop - 1):
            announced = self._announced(b) if stop == len(inside) else []
            if not announced:
                return None
            spans += tuple((block.start, block.end) for block in announced)
            after = b + 1 + len(announced)
            if after < len(self.blocks) and self.text[self.blocks[after].start].islower():
                continued = self._with_announced(after, 0, 1) if self.sentences[after] else None
                if continued is None:
                    return None
                spans += continued
        return spans if _size(spans) <= LONGEST else None


def _merged(text: str, spans: Spans) -> Spans:
    """`spans` with those that only white space lies between made one."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        if out and not text[out[-1][1] : start].strip():
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return tuple(out)


def _size(spans: Spans) -> int:
    return sum(end - start for start, end in spans)
