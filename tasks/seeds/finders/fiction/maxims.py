"""General truths: sentences in the present tense about nobody in particular, from a speech or from the narrator."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tasks.seeds.anchors import Anchor
from tasks.seeds.finders.fiction.book import Book, plain
from tasks.seeds.finders.fiction.cast import Cast
from tasks.seeds.finders.fiction.speech import Turn, spoken_sentences
from tasks.seeds.finders.fiction.words import Lexicon, listed

_PARTICULAR: Final = re.compile(
    r"\b(?:you|your|yours|he|him|his|she|her|hers|they|them|their|it was|was|were|had|did|shall|would|my|me|we had|this (?!is)|these|"
    r"those|here|now|to-day|to-morrow|yesterday|us|such|I am|I have|I shall|I will|I do|I never|I must)\b"
)
_GENERAL: Final = re.compile(
    r"^(?:An? |No |Every |Nothing|Everybody|Nobody|People|One |There (?:is|are|can|cannot) |We all|All |Where |Whatever |What |Men |"
    r"Women |Young |Few |Some |Those who |Without |It is (?:often|always|not|only|a|very|happy|happiest|better|the|never) |In |Human |"
    r"Nobody |Vanity |Pride |Happiness |Love |Friendship |Money |To [a-z]+ |[A-Z][a-z]+(?:ness|ity|ence|ance|ship|tion|ment)\b)"
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
        topics = lexicon.topics(" ".join(general), 2)
        if general and topics and paragraph.words <= 130:
            slots = (("speaker", turn.speaker), ("subject", listed(topics)), ("where", paragraph.where))
            yield Anchor("maxim_said", paragraph.page.chunk_id, ((paragraph.start, paragraph.end),), slots)
    for paragraph in book.paragraphs:
        for start, end in paragraph.sentences if paragraph.told else ():
            sentence = plain(paragraph.page.text[start:end])
            topics = lexicon.topics(sentence, 2)
            if topics and is_maxim(sentence, cast):
                slots = (("subject", listed(topics)), ("where", paragraph.where), ("book", book.title))
                yield Anchor("maxim", paragraph.page.chunk_id, ((start, end),), slots)
