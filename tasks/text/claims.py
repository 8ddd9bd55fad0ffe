"""What a response claims and can be looked up: its numbers, its names, its quotations."""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

_NUMBER: Final = re.compile(
    r"(?<![\w.,])\d+(?:[.,:/]\d+)*(?![\w])|(?<![\w.,])\d+(?:[.,]\d+)*(?=(?:st|nd|rd|th|%|k|m|km|kg|cm|mm|s|ms)\b)"
)
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PARTS: Final = re.compile(r"\d+(?:\.\d+)*")
_CITATION: Final = re.compile(r"(?:[ \t]{1,40}|(?<![\w\])]))\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\](?!\()")
_CITED_AT_END: Final = re.compile(r"([.!?])[ \t]*((?:\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\][ \t]*)+)(?!\()")
_RANGE: Final = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")
_LINE_MARK: Final = re.compile(
    r"^[#>*_|• \t-]*(?:(?:step|point|item)[ \t]*\d{1,3}\b|"
    r"[(\[]?\d{1,3}(?:\.\d{1,3})*(?:[.):\]]+|[ \t]+[–|-](?=\s+[^\W\d_]))(?=[*_]*(?:\s|\Z))|#\d{1,3}\b)",
    re.IGNORECASE | re.MULTILINE,
)
_INLINE_MARK: Final = re.compile(r"(?<![\w.,$£€])(?:\((\d{1,2})\)|(\d{1,2})[.)])[ \t]+(?=[^\W\d_])")
_NAME: Final = re.compile(r"(?<!\w)[A-Z][\w’'-]*\w")
_SENTENCE_START: Final = re.compile(
    r"(?:\A|(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)[.!?:;…][\"”’')\]*_]{0,9}\s{1,12}|\n\s{0,12}|[\"“‘(\[*_`|>•–—-]\s{0,12})\Z"
)
_QUOTE: Final = re.compile(r"“([^“”]+)”|(?<![\w\"])\"([^\"\n]+)\"(?![\w\"])")
_CLAUSE_END: Final = re.compile(r"[,.;:!?…]{1,40}(?=\s|\Z)|\s[-–—]+\s|[–—]|--")
_NUMBER_WORDS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_NEVER_NAMES: Final = frozenset({"i", "i'm", "i'd", "i'll", "i've", "mr", "mrs", "ms", "dr", "ok"})
_MOST_CITED: Final = 50
"""Passages in one range: more are a typing error."""
_QUOTED_WORDS: Final = 3
"""Fewer words in quotes are usually a term being mentioned, and are checked as names and words anyway."""


def without_citations(text: str) -> str:
    """`text` without the passage numbers ([1], [2, 3]) that a retrieval-augmented answer cites."""
    return _CITATION.sub("", text)


def cited(text: str) -> list[int]:
    """The passage numbers that `text` cites, rising: [1] and [3, 5-7] give 1, 3, 5, 6, 7."""
    found: set[int] = set()
    for citation in _CITATION.findall(f" {text}"):
        for first, last in _RANGE.findall(citation):
            found |= set(range(int(first), min(int(last or first), int(first) + _MOST_CITED) + 1))
    return sorted(found)


def with_citations_inside(text: str) -> str:
    """`text` with citations that stand behind the end of their sentence moved before it: "So. [1] Or" becomes "So [1]. Or"."""
    return _CITED_AT_END.sub(lambda found: f" {found[2].strip()}{found[1]} ", text)


def without_numbering(text: str) -> str:
    """`text` without what numbers its parts: "2)", "(2)", "**2.**", "Step 2" at the beginning of a line, and "1. … 2. …" or
    "(1) … (2) …" within one, where the numbers count up from 1."""
    return "\n".join(_LINE_MARK.sub("", _without_counting(line)) for line in text.split("\n"))


def _without_counting(line: str) -> str:
    """`line` without marks that count up from 1, if there are two at least; a single "1." may be the end of a sentence."""
    run: list[re.Match[str]] = []
    for mark in _INLINE_MARK.finditer(line):
        if int(mark[1] or mark[2]) == len(run) + 1:
            run.append(mark)
    for mark in reversed(run if len(run) > 1 else []):
        line = line[: mark.start()] + line[mark.end() :]
    return line


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
