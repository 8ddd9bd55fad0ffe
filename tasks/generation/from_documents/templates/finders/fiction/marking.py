"""From a place in the book to an anchor: the sentences a rule looks at, and the span that answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders.fiction.book import Book, Paragraph, Span, ended, plain


@dataclass(frozen=True)
class Told:
    """A whole sentence of the narrator's."""

    paragraph: Paragraph
    number: int
    """Of the sentence in its paragraph."""
    span: Span
    text: str
    """On one line."""

    @property
    def words(self) -> int:
        """Whitespace-separated words."""
        return len(self.text.split())

    @property
    def answer(self) -> Span:
        """The sentence; with the next one where it alone would be a very short answer."""
        following = self.paragraph.sentences[self.number + 1 : self.number + 2]
        if self.words < 28 and following and ended(self.paragraph.page.text[slice(*following[0])]):
            return self.span[0], following[0][1]
        return self.span


def told(book: Book) -> Iterator[Told]:
    """The sentences of every paragraph in which nobody speaks, in order."""
    for paragraph in book.paragraphs:
        if not paragraph.told:
            continue
        for number, span in enumerate(paragraph.sentences):
            text = plain(paragraph.page.text[slice(*span)])
            if ended(text):
                yield Told(paragraph, number, span, text)


def anchored(kind: str, paragraph: Paragraph, spans: Span | Sequence[Span], **slots: str) -> Anchor:
    """An anchor in the page of `paragraph`; slots without a value are left out."""
    places = (spans,) if isinstance(spans[0], int) else tuple(spans)
    return Anchor(kind, paragraph.page.chunk_id, places, tuple((k, v) for k, v in slots.items() if v))  # type: ignore[arg-type]


def whole(paragraphs: Sequence[Paragraph]) -> tuple[Span, ...]:
    """The spans of whole paragraphs."""
    return tuple((p.start, p.end) for p in paragraphs)
