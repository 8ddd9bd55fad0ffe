"""Whole passages: how a chapter opens and closes, letters, and narration that answers a request to write it."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders.fiction.book import Book, Paragraph, Span, plain
from tasks.generation.from_documents.templates.finders.fiction.cast import Cast
from tasks.generation.from_documents.templates.finders.fiction.marking import anchored, whole
from tasks.generation.from_documents.templates.finders.fiction.words import Lexicon, dangles, listed, unresolved

_BEGINNING: Final = 70
"""Characters in which a paragraph names whom it is about."""
_LEANS_BACK: Final = re.compile(
    r"\A(?:But|And)\b|\A(?:Mrs?\.|[^.;]){0,120}(?:, (?:however|therefore|too),|\bthat (?:gentleman|lady)\b)"
    r"|\A(?:Mrs?\.|[^.;,]){0,60}\bthis\b"
)
"""The first clause goes on from the paragraph before."""
_GREETING: Final = re.compile(r"(?i)^[\"“']?(?:my )?(?:dear|dearest) [a-z. ]{3,24},?(?:--)?$")
_COMMON: Final = frozenset(
    """my dear dearest sir madam friend brother sister niece nephew uncle aunt cousin father mother""".split()  # noqa: SIM905
)
_FAREWELL: Final = re.compile(
    r"(?:[Yy]ours|[Aa]dieu|etc\.|&c|[Yy]our (?:\w+ ){0,3}(?:friend|sister|brother|servant|aunt|uncle|cousin))"
)
_SIGNED: Final = re.compile(r"^[\"“']?(?P<name>[A-Z][A-Za-z]*\.?(?: [A-Z][A-Za-z]*\.?){1,2})[\"”'.]*$")


def ends(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`opening` and `closing` of a chapter: its first or last one to three sentences."""
    for paragraph in book.paragraphs:
        if paragraph.where == book.title or not (paragraph.first or paragraph.last) or not paragraph.paired:
            continue
        kind = "opening" if paragraph.first else "closing"
        span = _lead(paragraph) if paragraph.first else _tail(paragraph, cast)
        if span is None:
            continue
        text = plain(paragraph.page.text[slice(*span)])
        people = cast.named(text)[:2]
        if people and not dangles(text, cast) and text[-1] in '.!?"”':
            yield anchored(kind, paragraph, span, where=paragraph.where, hint=listed(people))


def _lead(paragraph: Paragraph) -> Span | None:
    """Sentences from the start until there are 25 words."""
    for _, end in paragraph.sentences:
        if len(paragraph.page.text[paragraph.start : end].split()) >= 25:
            return paragraph.start, end
    return None


def _tail(paragraph: Paragraph, cast: Cast) -> Span | None:
    """Sentences to the end, from the last one that leaves 25 words and nobody unnamed."""
    for start, _ in reversed(paragraph.sentences):
        text = paragraph.page.text[start : paragraph.end]
        if (
            25 <= len(text.split()) <= 140
            and not dangles(text, cast)
            and (not paragraph.spoken or start == paragraph.start)
        ):
            return start, paragraph.end
    return None


def narration(book: Book, cast: Cast, lexicon: Lexicon) -> Iterator[Anchor]:
    """Told paragraphs that name their people before they say he or she: `narration`, 55 to 190 words, to be written anew;
    `passage`, shorter ones, to be found."""
    for paragraph in book.paragraphs:
        text = plain(paragraph.text)
        whole_thought = paragraph.told and paragraph.ended and not _LEANS_BACK.search(text)
        if not whole_thought or not 18 <= paragraph.words <= 190 or dangles(text, cast):
            continue
        people, topics = _subjects(text, cast), lexicon.topics(text, 3)
        long = paragraph.words >= 55
        if people and topics and len(people) + len(topics) >= 3:
            slots = {
                "people": listed(people),
                "subject": listed(topics),
                "where": paragraph.where,
                "book": book.title,
            }
            yield anchored("narration" if long else "passage", paragraph, whole([paragraph]), **slots)


def _subjects(text: str, cast: Cast) -> list[str]:
    """Up to two people whom `text` is about: one who is named at its beginning, and one who is named again and again.
    Nobody if it begins with nobody."""
    first = cast.people_in(text[:_BEGINNING])[:1]
    if first and re.search(rf"{re.escape(first[0])}['’]s?\b", text[:_BEGINNING]) and text.count(first[0]) == 1:
        return []  # "Lydia's intention" may be all that is said of Lydia
    often = [name for name in cast.people_in(text) if name not in first and text.count(name) > 1]
    return [*first, *often[:1]] if first else []


def continuations(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`continuation`: how a paragraph goes on after its first sentence (slot `start`)."""
    for paragraph in book.paragraphs:
        if (
            not (paragraph.told and paragraph.ended and len(paragraph.sentences) > 1)
            or not 45 <= paragraph.words <= 190
        ):
            continue
        (begin, end), *rest = paragraph.sentences
        start = plain(paragraph.page.text[begin:end])
        if (
            9 <= len(start.split()) <= 32
            and cast.people_in(start)
            and not dangles(start, cast)
            and not unresolved(plain(paragraph.text), cast)
        ):
            slots = {"start": start, "where": paragraph.where}
            if len(paragraph.page.text[rest[0][0] : paragraph.end].split()) >= 30:
                yield anchored("continuation", paragraph, (rest[0][0], paragraph.end), **slots)


def letters(book: Book, lexicon: Lexicon) -> Iterator[Anchor]:
    """`letter`: a letter from greeting to signature, where one page holds it; `writer` from the signature."""
    for index, paragraph in enumerate(book.paragraphs):
        found = _letter(book.paragraphs[index : index + 12]) if _GREETING.match(paragraph.text) else None
        if found is None:
            continue
        writer, body = found
        here = [p for p in body if p.page is paragraph.page]
        subject = lexicon.topics("\n".join(p.text for p in here), 2)
        if len(here) == len(body) and 40 <= sum(p.words for p in here) <= 420 and len(subject) >= 2:
            greeting = _spelled(plain(paragraph.text).strip("\"“'").rstrip(",-"))
            slots = {"writer": writer, "greeting": greeting, "subject": listed(subject), "where": paragraph.where}
            yield anchored("letter", paragraph, whole(here), **slots, book=book.title)


def _spelled(greeting: str) -> str:
    """ "MY DEAR HARRIET" as one writes it: "My dear Harriet"."""
    words = [w.lower() if w.lower() in _COMMON else w.capitalize() for w in greeting.split()]
    return " ".join([words[0].capitalize(), *words[1:]])


def _letter(paragraphs: Sequence[Paragraph]) -> tuple[str, Sequence[Paragraph]] | None:
    """Who signed, and the paragraphs from the greeting to the signature; None without a signature behind a farewell."""
    for count, paragraph in enumerate(paragraphs[2:], 2):
        if signed := _SIGNED.match(paragraph.text):
            farewell = _FAREWELL.search(paragraphs[count - 1].text)
            return (plain(signed["name"]).rstrip(".").title(), paragraphs[: count + 1]) if farewell else None
    return None
