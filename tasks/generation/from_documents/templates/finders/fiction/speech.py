"""Who speaks: paragraphs whose speaker is named beside the quotation marks, and what can be asked of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tasks.generation.from_documents.templates.finders.fiction.book import Book, Paragraph, plain, sentences
from tasks.generation.from_documents.templates.finders.fiction.cast import Cast
from tasks.generation.from_documents.templates.finders.fiction.vocabulary import SAYING

_VERBS: Final = "|".join(SAYING)
_PRONOUN_SPEAKER: Final = re.compile(
    rf'["”]\s+(?:(?:{_VERBS})\s+(?:he|she|they|I)\b|(?:he|she|they|I)\s+(?:{_VERBS})\b)'
)
_KIN_SPEAKER: Final = re.compile(rf'["”]\s+(?:{_VERBS})\s+(?:his|her|the|their|my)\b')


@dataclass(frozen=True)
class Turn:
    """A paragraph of direct speech whose speaker the text names."""

    index: int
    """Of the paragraph in the book."""
    paragraph: Paragraph
    speaker: str
    asks: bool
    """The last spoken sentence is a question."""


def turns(book: Book, cast: Cast) -> Iterator[Turn]:
    """Every paragraph with exactly one named speaker."""
    named = _attribution(cast)
    for index, paragraph in enumerate(book.paragraphs):
        if not paragraph.spoken or not paragraph.ended or _KIN_SPEAKER.search(paragraph.text):
            continue
        speakers = {plain(m["after"] or m["before"] or m["opening"]) for m in named.finditer(paragraph.text)}
        if len(speakers) == 1 and _from_the_start(paragraph, named):
            yield Turn(index, paragraph, speakers.pop(), paragraph.speech.rstrip().endswith("?"))


def _attribution(cast: Cast) -> re.Pattern[str]:
    """`," said NAME` · `," NAME said` · `NAME … said …, "` at the beginning of a paragraph."""
    person = cast.person
    return re.compile(
        rf'["”]\s+(?:{_VERBS})\s+(?P<after>{person})(?!\s+and\b)|["”]\s+(?P<before>{person})\s+(?:{_VERBS})\b'
        rf'|\A(?P<opening>{person})(?:(?!{person})[^"“.;:!?])*?\b(?:{_VERBS})\b(?:(?!{person})[^"“.;!?])*[,:]\s+(?=["“])'
    )


def _from_the_start(paragraph: Paragraph, named: re.Pattern[str]) -> bool:
    """No "said he" comes before the name: the first attribution is the named one."""
    name = named.search(paragraph.text)
    pronoun = _PRONOUN_SPEAKER.search(paragraph.text)
    return name is not None and (pronoun is None or name.start() <= pronoun.start())


def spoken_sentences(paragraph: Paragraph) -> list[str]:
    """Whole sentences of the speech, joined over "said NAME", on one line, without quotation marks."""
    speech = paragraph.speech
    return [speech[a:b] for a, b in sentences(speech)]


def addressed(speech: str, name: str) -> bool:
    """`name` is called, not spoken of: "Mr. Bennet, how can you", "my dear Jane"."""
    calls = rf"(?:\b[Dd]ear(?:est)? |^|[,;!?.] |\b[Oo]h!? ){re.escape(name)}(?=[,!?.;]|--)"
    return len(re.findall(calls, speech)) >= len(re.findall(rf"\b{re.escape(name)}\b", speech))
