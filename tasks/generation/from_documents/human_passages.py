"""Passages that people wrote and that can stand as responses: single chunks, or neighbouring ones of one section."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from tasks.core.schema import Row, stable_id
from tasks.generation.from_documents.whole_documents import Stretch, WholeDocuments
from tasks.text.words import words

_LEANS_BACK: Final = re.compile(
    r"(?:he|him|his|she|her|it|its|they|them|their|this|that|these|those|such|here|there|however|therefore|thus"
    r"|hence|also|"
    r"then|moreover|furthermore|nevertheless|otherwise|instead|but|and|or|so|yet|nor|as (?:above|before|mentioned"
    r"|noted)|"
    r"in (?:this|that|these|such|addition|contrast|other words)|on the (?:contrary|other hand)|for (?:example"
    r"|instance)|"
    r"the (?:former|latter|following|above|same|result))\b",
    re.IGNORECASE,
)
_OPENS: Final = re.compile(r"[\W_]*[A-Z0-9]")
_CLOSES: Final = re.compile(r"[.!?…][\W_]*$")


@dataclass(frozen=True)
class HumanPassage:
    """What becomes a response: neighbouring chunks as one text."""

    chunks: list[Row]
    text: str

    @property
    def name(self) -> str:
        """The id of the row that is made of it."""
        return stable_id("reverse", *(chunk["chunk_id"] for chunk in self.chunks))


class PassageSize(NamedTuple):
    """Which passages are looked for; see the parameters of `reverse_instruction`."""

    min_words: int
    max_words: int
    tokens: int | None
    kinds: Collection[str]


def self_contained(text: str) -> bool:
    """Whether `text` can be read on its own, as far as its edges tell: it opens with a capital and not with a word that
    leans on what came before, and closes a sentence."""
    return bool(_OPENS.match(text) and _CLOSES.search(text)) and not _LEANS_BACK.match(text.lstrip("\"“‘'(*_ \n\t"))


def human_passages(whole: WholeDocuments, asked: PassageSize) -> Iterator[HumanPassage]:
    """Passages that can be read on their own, in the order of documents: single chunks of so many words or, with `tokens`,
    as many neighbouring chunks of a section as have no more tokens."""
    for document in whole.documents:
        for stretch in _sections(whole, document, asked):
            chunks = whole.rows(stretch)
            joined = stretch.stop - stretch.start > 1
            text = whole.context(stretch, opened=True).text if joined else chunks[0]["text"]
            count = len(words(text))
            long_enough = asked.min_words <= count and (asked.tokens is not None or count <= asked.max_words)
            if long_enough and self_contained(text.strip()):
                yield HumanPassage(chunks, text)


def _sections(whole: WholeDocuments, document: Stretch, asked: PassageSize) -> Iterator[Stretch]:
    """Single chunks, or runs of them within one section and its subsections, of the kinds and the size that are asked for."""
    chunks = whole.chunks.slice(document.start, document.stop - document.start)
    rows = chunks.select(["kind", "position", "headings"]).to_pylist()
    start = 0
    while start < len(rows):
        stop = start
        top = rows[start]["headings"] or []
        while stop < len(rows) and rows[stop]["kind"] in asked.kinds:
            near = stop == start or rows[stop]["position"] == rows[stop - 1]["position"] + 1
            within = (rows[stop]["headings"] or [])[: len(top)] == top
            size = whole.tokens(Stretch(document.start + start, document.start + stop + 1))
            if not (near and within) or (asked.tokens is not None and size > asked.tokens):
                break
            stop += 1
            if asked.tokens is None:
                break
        if stop > start:
            yield Stretch(document.start + start, document.start + stop)
        start = max(stop, start + 1)


def drawn_passages(passages: Iterable[HumanPassage], most: int | None) -> list[HumanPassage]:
    """At most `most` of `passages`, in their order; which ones depends on each passage alone, so a document that joins the
    corpus moves few of the others."""
    every = list(passages)
    drawn = {passage.name for passage in sorted(every, key=lambda passage: passage.name)[:most]}
    return [passage for passage in every if passage.name in drawn]
