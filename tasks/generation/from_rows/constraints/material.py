"""The material of a construction: a row, and what of its response or passage can stand by itself."""

import re
from dataclasses import dataclass
from typing import Final

from tasks.text.sentences import sentence_spans
from tasks.text.words import content_words

_NOT_PROSE: Final = re.compile(r"^(?:[ \t]{2,}\S|[-*•+] |\d{1,3}[.)] |>>> |```|\||#{1,6} )|::\s*$|::=", re.M)
_GOES_ON: Final = re.compile(r"(?:They|She|He|His|Her|Their|Its) |It (?!was|is|has been)")
_TITLED: Final = re.compile(r"(?:Mr|Mrs|Miss|Lady|Sir|Colonel|Captain|Dr)\b\.? \w+")
_REFERS: Final = re.compile(
    r"\b[Ss]ee (?:also|the|section|__|for|in)\b|\b[Ss]ee [\"*]|\b[Ff]or (?:more|further) \w+|\b(?:as follows|below|above)\b"
)
_LOOKS_UP: Final = re.compile(r"\A(?:Find|Quote)\b")
"""Asks for a passage, and takes it as it is."""
_TWOFOLD: Final = re.compile(r", and how\b| and its\b")
"""Asks for two things; the first sentence answers one."""
_OTHER_CASE: Final = re.compile(r"(?:If|When|Unless|Otherwise|Without|With)\b")
"""The other half of what the sentence before says."""
_ABOUT: Final = frozenset(
    """definition purpose description difference""".split()  # noqa: SIM905
)
"""Kinds of answers whose first sentence answers, and whose next ones add to it."""
VERBATIM: Final = frozenset(
    """passage quote letter reply speech example code grammar event person equivalent change""".split()  # noqa: SIM905
)
"""Kinds of answers that lose their point when cut or broken into items."""


@dataclass(frozen=True)
class Material:
    """A row to be evolved, and where it comes from."""

    instruction: str
    response: str
    expects: str
    source: str
    """How a reader names the document or section: "Chapter 3 of Pride and Prejudice"."""
    subject: str
    """What is asked about, where it is plain to see; empty otherwise."""
    beyond: str
    """What follows the response in its paragraph; empty where it does not stand in the passage as it is."""


@dataclass(frozen=True)
class Draft:
    """A response, the constraint it meets, and the value as the instruction says it."""

    constraint: str
    value: str
    response: str


def is_prose(text: str) -> bool:
    """Sentences only: no code, list, table or grammar."""
    return not _NOT_PROSE.search(text) and text.rstrip()[-1:] in '.!?"”'


def sentences(text: str) -> list[str]:
    """The sentences of `text`, verbatim."""
    return [text[start:end] for start, end in sentence_spans(text)]


def lead(row: Material) -> list[str] | None:
    """The sentences of a response that may be cut after any of them; None if it may not be cut."""
    if (
        row.expects in VERBATIM
        or _LOOKS_UP.search(row.instruction)
        or not is_prose(row.response)
        or "\n\n" in row.response
        or talks(row.response)
    ):
        return None
    return sentences(row.response)


def talks(text: str) -> bool:
    """Holds speech; a manual's plain text has single words and code between quotation marks, too."""
    return text.count('"') % 2 == 1 or re.search(r'"[^"]{25,}"|“', text) is not None


def goes_on(row: Material, most: int) -> list[str]:
    """Up to `most` sentences that go on about what the response says; it names something of each, or a pronoun does."""
    if row.expects not in _ABOUT or not is_prose(row.beyond) or talks(row.beyond):
        return []
    said, more = set(content_words(row.response)), []
    for sentence in sentences(row.beyond)[:most]:
        other = _TITLED.match(sentence)
        if (other and other[0] not in row.response) or not (
            said & set(content_words(sentence)) or _GOES_ON.match(sentence)
        ):
            break
        said |= set(content_words(sentence))
        more.append(sentence)
    return more


def answers(row: Material, kept: str) -> bool:
    """Whether `kept`, the beginning of the response, still speaks of all that the instruction names, and is whole."""
    asked = set(content_words(row.instruction))
    rest = row.response.removeprefix(kept).lstrip()
    if rest != row.response and (_TWOFOLD.search(row.instruction) or _OTHER_CASE.match(rest)):
        return False
    lost = asked & set(content_words(row.response)) - set(content_words(kept))
    return not lost and whole(kept) and not announces(kept)


def whole(text: str) -> bool:
    """No bracket or quotation that opens and does not close."""
    return (
        all(text.count(opening) == text.count(closing) for opening, closing in ("()", "[]", "“”"))
        and text.count('"') % 2 == 0
    )


def announces(text: str) -> bool:
    """Ends with a colon or speaks of what follows or stands above: not an answer by itself."""
    return text.rstrip()[-1:] in ":;," or _REFERS.search(text) is not None
