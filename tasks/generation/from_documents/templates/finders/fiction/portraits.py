"""What the narrator says of people, of places, and of what is theirs."""

import re
from collections.abc import Iterator
from typing import Final

from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders.fiction.book import Book, Paragraph, Span, ended, plain
from tasks.generation.from_documents.templates.finders.fiction.cast import Cast
from tasks.generation.from_documents.templates.finders.fiction.marking import Told, anchored, told
from tasks.generation.from_documents.templates.finders.fiction.vocabulary import SITES, TRAITS, TRIFLES
from tasks.generation.from_documents.templates.finders.fiction.words import Lexicon, dangles, listed, unresolved

_TRAIT: Final = re.compile(rf"\b(?:{'|'.join(TRAITS)})\b")
_BEING: Final = r"(?:was|were|had(?! (?:never|always|\w+ed)\b)|is|seemed|appeared|possessed|united|looked)"
_SITE: Final = re.compile(rf"\b(?:{'|'.join(SITES)})\b")
_MOST_WORDS: Final = 130
"""Of a portrait."""


def portraits(book: Book, cast: Cast, lexicon: Lexicon) -> Iterator[Anchor]:
    """`portrait`: the narrator's sentences on a person (`name`), as long as they go on about that person.

    Slot `hint` says what they touch on, and `name` only is left of it where they touch on nothing that has a name: `sketch`.
    """
    being = re.compile(rf"\A(?P<name>{cast.person})(?:,[^,;.]{{3,80}},)?\s+(?P<is>{_BEING}\b)?")
    for here in told(book):
        about = being.match(here.text)
        if about and _describes(here.text, about, cast):
            name, span = about["name"], _goes_on(here, cast, about["name"])
            hint = _company(plain(here.paragraph.page.text[slice(*span)]), name, cast, lexicon)
            where = here.paragraph.where
            kind = "portrait" if hint else "sketch"
            yield anchored(kind, here.paragraph, span, name=name, hint=hint, where=where, book=book.title)


def _describes(sentence: str, about: re.Match[str], cast: Cast) -> bool:
    """Enough traits, the first of them before any other person is named."""
    traits = list(_TRAIT.finditer(sentence, about.end()))
    if about["is"] is None and re.match(r"had\b", sentence[about.end() :]):
        return False  # "had never met with pleasanter people" tells what happened, not what somebody is like
    enough = len({t[0] for t in traits}) >= (2 if about["is"] else 3) and len(sentence.split()) >= 12
    return enough and not cast.people_in(sentence[about.end() : traits[0].start()]) and not unresolved(sentence, cast)


def _goes_on(here: Told, cast: Cast, name: str) -> Span:
    """From `here` to the last sentence that begins with the person's pronoun and holds a trait."""
    same = re.compile(r"(?:She|Her)\b" if name in cast.women else r"(?:He|His)\b")
    paragraph, (start, end) = here.paragraph, here.span
    for following in paragraph.sentences[here.number + 1 : here.number + 4]:
        text = plain(paragraph.page.text[slice(*following)])
        words = len(paragraph.page.text[start : following[1]].split())
        if not (same.match(text) and _TRAIT.search(text) and ended(text)) or words > _MOST_WORDS:
            break
        end = following[1]
    return start, end


def _company(text: str, name: str, cast: Cast, lexicon: Lexicon) -> str:
    """Whom and what a passage about `name` mentions besides, in a few words."""
    others = [n for n in cast.named(text) if n not in name and name not in n]
    return listed([*others[:1], *lexicon.topics(text, 2 - len(others[:1]))])


def places(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`place`: neighbouring sentences that describe a house, a park or a village (slot `hint`: its parts)."""
    for paragraph in book.paragraphs:
        for span in _views(paragraph, cast) if paragraph.told else ():
            text = plain(paragraph.page.text[slice(*span)])
            nouns = sorted(set(_SITE.findall(text)), key=text.index)
            if len(nouns) >= 4 and 30 <= len(text.split()) <= 170 and ended(text):
                hint = listed([f"the {noun}" for noun in nouns[:4]])
                yield anchored("place", paragraph, span, hint=hint, where=paragraph.where)


def _views(paragraph: Paragraph, cast: Cast) -> Iterator[Span]:
    """Runs of two and more sentences with two such nouns each, of which the first stands by itself."""
    run: list[Span] = []
    for span in paragraph.sentences:
        text = plain(paragraph.page.text[slice(*span)])
        if len(set(_SITE.findall(text))) >= 2 and (run or not dangles(text, cast)):
            run.append(span)
            continue
        if len(run) > 1:
            yield run[0][0], run[-1][1]
        run = []
    if len(run) > 1:
        yield run[0][0], run[-1][1]


def matters(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`matter`: what the narrator says of "Mr. Bennet's expectations": a possessive that is the subject of a sentence."""
    subject = re.compile(
        rf"\A(?P<whose>{cast.bearer}['’]s?\s+(?:[a-z]+\s+){{0,2}}?(?P<what>[a-z]{{4,}}))\s+(?:was|were|had|could|did|[a-z]+ed)\b"
    )
    for here in told(book):
        whose = subject.match(here.text)
        if (
            whose
            and here.words >= 18
            and whose["what"] not in TRIFLES
            and not whose["what"].endswith("ing")
            and not unresolved(here.text, cast)
        ):
            yield anchored("matter", here.paragraph, here.answer, subject=whose["whose"], where=here.paragraph.where)
