"""What a response claims and can be looked up: its numbers, its names, its quotations."""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

_NUMBER: Final = re.compile(
    r"(?<![\w.,])\d+(?:[.,:/]\d+)*(?![\w])|(?<![\w.,])\d+(?:[.,]\d+)*(?=(?:st|nd|rd|th|%|k|m|km|kg|cm|mm|s|ms)\b)"
)
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PARTS: Final = re.compile(r"\d+(?:\.\d+)*")
_CITATION: Final = re.compile(r"(?:[ \t]+|(?<![\w\])]))\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\](?!\()")
_NAME: Final = re.compile(r"[A-Z][\w’'-]*\w")
_SENTENCE_START: Final = re.compile(
    r"(?:\A|(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)[.!?:;…][\"”’')\]*_]*\s+|\n\s*|[\"“‘(\[*_`|>•–—-]\s*)\Z"
)
_QUOTE: Final = re.compile(r"“([^“”]+)”|(?<![\w\"])\"([^\"\n]+)\"(?![\w\"])")
_CLAUSE_END: Final = re.compile(r"[,.;:!?…]+(?=\s|\Z)|\s[-–—]+\s|[–—]|--")
_NUMBER_WORDS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_NEVER_NAMES: Final = frozenset({"i", "i'm", "i'd", "i'll", "i've", "mr", "mrs", "ms", "dr", "ok"})
_QUOTED_WORDS: Final = 3
"""Fewer words in quotes are usually a term being mentioned, and are checked as names and words anyway."""


def without_citations(text: str) -> str:
    """`text` without the passage numbers ([1], [2, 3]) that a retrieval-augmented answer cites."""
    return _CITATION.sub("", text)


def numbers(text: str) -> dict[str, str]:
    """The numbers of `text`: from canonical form (1,000 → 1000; 2.50 → 2.5) to how it is written there, in order.

    Versions, times and dates are split at colons and slashes; numbers inside words (utf8, x86) belong to the word.
    """
    found: dict[str, str] = {}
    for written in _NUMBER.findall(text):
        if _GROUPED.fullmatch(written):
            found.setdefault(_canonical(written.replace(",", "")), written)
        else:
            for part in _PARTS.findall(written):
                found.setdefault(_canonical(part), part)
    return found


def number_words(words: frozenset[str]) -> frozenset[str]:
    """The digits that the number words among `words` stand for: a response may write 3 where its evidence has three."""
    return frozenset(str(value) for value, word in enumerate(_NUMBER_WORDS) if word in words)


def names(text: str) -> list[str]:
    """Capitalised words of `text` that stand inside a sentence, in order; where a capital is the rule, it names nobody."""
    return [
        name.group()
        for name in _NAME.finditer(text)
        if not _SENTENCE_START.search(text, max(0, name.start() - 12), name.start())
        and name.group().lower().replace("’", "'") not in _NEVER_NAMES
    ]


def quotations(text: str) -> list[str]:
    """What stands in double quotation marks, of at least three words, in order; quotes inside it may be escaped as in JSON."""
    found = [curly or straight for curly, straight in _QUOTE.findall(text.replace('\\"', "'"))]
    return [quote for quote in found if len(quote.split()) >= _QUOTED_WORDS]


def clauses(quotation: str) -> list[str]:
    """The stretches of `quotation` between punctuation marks: where "said she" may have been left out."""
    return [clause for clause in (part.strip() for part in _CLAUSE_END.split(quotation)) if clause]


def _canonical(number: str) -> str:
    if number.count(".") > 1:
        return number
    try:
        return format(Decimal(number).normalize(), "f")
    except InvalidOperation:
        return number
