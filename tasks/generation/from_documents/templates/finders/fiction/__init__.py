"""The finder for novels: who says what, how people and places are described, what happens, and passages worth writing.

It reads one document at a time, because names, nouns and rare words are learnt from the whole book; and it is strict: a
speaker must be named beside the speech, a pronoun must mean somebody the answer names. A document in which nobody speaks
is no novel, and yields nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

import pyarrow as pa

from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders.fiction import dialogue, events, maxims, passages, portraits
from tasks.generation.from_documents.templates.finders.fiction.book import Page, read
from tasks.generation.from_documents.templates.finders.fiction.cast import cast_of
from tasks.generation.from_documents.templates.finders.fiction.speech import turns
from tasks.generation.from_documents.templates.finders.fiction.words import lexicon_of

KINDS: Final[dict[str, tuple[str, ...]]] = {
    "letter": ("writer", "greeting", "subject", "where", "book"),
    "maxim": ("subject", "where"),
    "maxim_said": ("speaker", "subject", "where"),
    "portrait": ("name", "hint", "where", "book"),
    "sketch": ("name", "where", "book"),
    "place": ("hint", "where"),
    "cause": ("fact", "where"),
    "moment": ("clause", "where"),
    "feeling": ("question", "hint", "where"),
    "matter": ("subject", "where"),
    "exchange": ("first", "second", "subject", "book"),
    "answer_to": ("other", "speaker", "line", "where"),
    "reply_to": ("other", "speaker", "line", "where"),
    "reaction": ("other", "name", "line", "where"),
    "answer": ("speaker", "line", "where"),
    "line": ("line", "where"),
    "saying": ("speaker", "subject", "where"),
    "reply": ("speaker", "line", "where"),
    "next_words": ("speaker", "told", "where"),
    "opening": ("hint", "where"),
    "closing": ("hint", "where"),
    "deed": ("deed", "where"),
    "passage": ("people", "subject", "where", "book"),
    "narration": ("people", "subject", "where", "book"),
    "continuation": ("start", "where"),
}
"""Kind → slots. In the order in which kinds come first where two want the same passage: the rare ones before the many."""

_SPEAKERS: Final = 8
"""Named turns that make a document a novel; the shortest of Austen's novels has 135, a manual none."""
_SAME: Final = 0.5
"""Two anchors that share more than half of what either covers are one answer; only the first is kept."""


def find(chunks: pa.Table) -> list[Anchor]:
    """Anchors in the chunks of novels, in the order of the rows, none of two answered by the same passage."""
    columns = chunks.select(["document_id", "chunk_id", "title", "headings", "text"]).to_pylist()
    found: list[Anchor] = []
    for _, rows in groupby(columns, key=lambda row: row["document_id"]):
        pages = [Page(r["chunk_id"], r["title"] or "", tuple(r["headings"] or ()), r["text"]) for r in rows]
        order = {page.chunk_id: number for number, page in enumerate(pages)}
        found += sorted(_apart(_all(pages)), key=lambda a: (order[a.chunk_id], a.spans, list(KINDS).index(a.kind)))
    return found


def _all(pages: list[Page]) -> Iterator[Anchor]:
    book = read(pages)
    cast = cast_of(book)
    said = list(turns(book, cast)) if cast.people else []
    if len(said) < _SPEAKERS:
        return
    lexicon = lexicon_of(book)
    yield from dialogue.lines(said, cast, lexicon)
    yield from dialogue.sayings(said, cast, lexicon)
    yield from dialogue.replies(book, said, cast)
    yield from dialogue.reactions(book, said, cast)
    yield from dialogue.next_words(book, said, cast)
    yield from dialogue.exchanges(book, said, cast, lexicon)
    yield from portraits.portraits(book, cast, lexicon)
    yield from portraits.places(book, cast)
    yield from portraits.matters(book, cast)
    yield from events.moments(book, cast)
    yield from events.causes(book, cast)
    yield from events.deeds(book, cast)
    yield from events.feelings(book, cast, lexicon)
    yield from maxims.maxims(book, said, cast, lexicon)
    yield from passages.ends(book, cast)
    yield from passages.narration(book, cast, lexicon)
    yield from passages.continuations(book, cast)
    yield from passages.letters(book, lexicon)


def _apart(anchors: Iterable[Anchor]) -> Iterator[Anchor]:
    """The anchors without those that are answered by much the same characters as one of a kind that comes first."""
    taken: dict[str, list[set[int]]] = defaultdict(list)
    for anchor in sorted(anchors, key=lambda a: (list(KINDS).index(a.kind), a.chunk_id, a.spans)):
        covered = {place for start, end in anchor.spans for place in range(start, end)}
        if all(len(covered & other) <= _SAME * min(len(covered), len(other)) for other in taken[anchor.chunk_id]):
            taken[anchor.chunk_id].append(covered)
            yield anchor
