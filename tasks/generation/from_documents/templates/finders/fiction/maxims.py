"""General truths: sentences in the present tense about nobody in particular, from a speech or from the narrator."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders.fiction.book import Book
from tasks.generation.from_documents.templates.finders.fiction.cast import Cast
from tasks.generation.from_documents.templates.finders.fiction.marking import anchored, told, whole
from tasks.generation.from_documents.templates.finders.fiction.speech import Turn, spoken_sentences
from tasks.generation.from_documents.templates.finders.fiction.words import Lexicon, listed

_PARTICULAR: Final = re.compile(
    r"\b(?:you|your|yours|he|him|his|she|her|hers|they|them|their|was|were|had|did|shall|would|my|me|us|this (?!is)|these|those|"
    r"here|now|to-day|to-morrow|yesterday|such|I (?:am|have|shall|will|do|never|must))\b"
)
_GENERAL: Final = re.compile(
    r"^(?:An? |No |Every |Nothing|Everybody|Nobody|People|One |There (?:is|are|can|cannot) |We all|All |Where |Whatever |What |"
    r"Men |Women |Young |Few |Some |Those who |Without |In |Human |Vanity |Pride |Happiness |Love |Money |To [a-z]+ |"
    r"It is (?:often|always|not|only|a|very|happy|happiest|better|the|never) |"
    r"[A-Z][a-z]+(?:ness|ity|ence|ance|ship|tion|ment)\b)"
)
_PRESENT: Final = re.compile(r"\b(?:is|are|may|can|cannot|must|will|always|never|ought|does|do|has|have)\b")


def is_maxim(sentence: str, cast: Cast) -> bool:
    """Says something of people, marriage or pride in general, in 8 to 45 words."""
    return (
        8 <= len(sentence.split()) <= 45
        and sentence[-1] in ".!"
        and bool(_GENERAL.match(sentence) and _PRESENT.search(sentence))
        and not _PARTICULAR.search(_said_aside(sentence))
        and not cast.named(sentence)
        and not re.search(r"\bthe (?!other)[a-z]+[.!]$", sentence)
    )


def _said_aside(sentence: str) -> str:
    """`sentence` without "in possession of his" and the like, where the pronoun is the general subject's own."""
    return re.sub(
        r"^(?:A|Every|No) (?:\w+ )?(?:man|woman|lady|person|girl)\b[^.]*",
        lambda m: re.sub(r"\b(?:his|her|he|she|him)\b", "one", m[0]),
        sentence,
    )


def maxims(book: Book, found: Sequence[Turn], cast: Cast, lexicon: Lexicon) -> Iterator[Anchor]:
    """`maxim_said` (with `speaker`), answered by the whole speech, and `maxim`, answered by the narrator's sentence."""
    for turn in found:
        paragraph = turn.paragraph
        general = [s for s in spoken_sentences(paragraph) if is_maxim(s, cast)]
        subject = listed(lexicon.topics(" ".join(general), 2))
        if subject and paragraph.words <= 130:
            slots = {"speaker": turn.speaker, "subject": subject, "where": paragraph.where}
            yield anchored("maxim_said", paragraph, whole([paragraph]), **slots)
    for here in told(book):
        subject = listed(lexicon.topics(here.text, 2)) if is_maxim(here.text, cast) else ""
        if subject:
            yield anchored("maxim", here.paragraph, here.span, subject=subject, where=here.paragraph.where)
