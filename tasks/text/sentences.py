"""Finds where sentences begin and end, by rule, in technical prose and in novels.

A sentence keeps its closing quotes and brackets and a footnote mark that follows it. Blank lines end sentences; so do the
lines of lists and tables. Indented paragraphs and doctests are code and stay whole, with the indent of
their first line.
"""

import re
from itertools import pairwise
from typing import Final

_PARAGRAPH: Final = re.compile(r"[^\s](?:.|\n(?![ \t\r\f\v]*\n))*|[^\S\n]+\S(?:.|\n(?![ \t\r\f\v]*\n))*")
_CODE_LINE: Final = re.compile(r"(?:    |\t|>>> |\.\.\. |```|~~~)")
_BLOCK_START: Final = re.compile(r"\n(?=[ \t]*(?:[*+•–-]|\d{1,3}[.)]|\([a-z0-9]{1,3}\)|\[\d+\]|\||#{1,6}) )|\n(?=[+|])")
_STOP: Final = re.compile(
    r"(?<![.!?…])(?P<mark>[.!?…]++)(?P<close>[\"”’'»)\]}*_`]*+)(?P<note>(?:[ \t\n]*\[\d{1,3}\](?=[ \t\n]|$))*)(?=[ \t\n]|$)"
)
_LOOK_BACK: Final = 40
"""Characters before a full stop that are looked at: longer than any abbreviation, so that long texts stay linear."""
_LAST_TOKEN: Final = re.compile(r"[^\s\"“‘(\[{*_`—–-]*$")
_NEXT: Final = re.compile(r"\s*([\"“‘'«(\[{*_`<]*)(\S*)")
_CODE_NAME: Final = re.compile(r"[a-z_]\w*(?:\.\w{2,}|\(|__|_\w)")

_TITLES: Final = frozenset(
    "mr mrs ms messrs mme mlle dr prof rev hon capt col gen lieut lt sgt sr st ste gov sen rep pres mt".split()  # noqa: SIM905
)
"""Never the last word of a sentence: a name follows."""
_ABBREVIATIONS: Final = frozenset(
    "e.g i.e eg ie cf vs viz approx ca resp incl esp al aka a.k.a fig figs eq eqs sec ch vol vols ed eds pp".split()  # noqa: SIM905
)
"""In the middle of a sentence, whatever follows."""
_WITH_NUMBER: Final = frozenset({"no", "nos", "p", "art", "pt", "ver", "v"})
"""Abbreviations only where a number follows."""
_SAID: Final = (
    "said|says|cried|replied|asked|answered|exclaimed|added|returned|repeated|continued|thought|whispered|observed|"
    "called|shouted|murmured|interrupted|inquired|enquired|rejoined|remarked|began"
)
_SPEAKER: Final = re.compile(
    rf"\s+(?:(?:Mr|Mrs|Dr)\. |Miss |Lady |Sir |Lord |Colonel |Captain )?(?:I|[A-Z][\w'’-]+)\s+(?:then |again )?(?:{_SAID})\b"
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Character spans [start, end) of the sentences of `text`: ordered, disjoint, every non-space character in one.

    `"What is his name?" said she.` is one sentence: a quotation that ends inside a sentence doesn't end it.
    """
    spans: list[tuple[int, int]] = []
    for paragraph in _PARAGRAPH.finditer(text):
        spans += _paragraph(text, paragraph.start(), paragraph.end())
    return spans


def _paragraph(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of text[start:end], which holds no blank line."""
    if _CODE_LINE.match(text, start, end):
        return [(start, start + len(text[start:end].rstrip()))]
    spans = []
    edges = [start, *(m.end() for m in _BLOCK_START.finditer(text, start, end)), end]
    for begin, finish in pairwise(edges):
        for stop in _STOP.finditer(text, begin, finish):
            if stop.end() < finish and _ends(text, begin, finish, stop):
                spans.append(_trim(text, begin, stop.end()))
                begin = stop.end()
        if text[begin:finish].strip():
            spans.append(_trim(text, begin, finish))
    return spans


def _ends(text: str, begin: int, finish: int, stop: re.Match[str]) -> bool:
    """Whether the sentence that began at `begin` ends with the mark at `stop`."""
    following = _NEXT.match(text, stop.end(), finish)
    openers, word = (following[1], following[2]) if following else ("", "")
    if not word and not openers:
        return False
    if stop["mark"] == ".":
        before = text[max(begin, stop.start() - _LOOK_BACK) : stop.start()]
        return _full_stop_ends(before, stop["close"], openers, word)
    if word[:1].islower() and not openers:
        return False
    if stop["mark"][-1] in ".…":  # an ellipsis: only a word can trail off, code says ... for itself
        return text[stop.start() - 1 : stop.start()].isalpha() and not word[:1].islower()
    quoted = any(quote in stop["close"] for quote in "\"”’'»")
    return not (quoted and _SPEAKER.match(text, stop.end(), finish))


def _full_stop_ends(before: str, closers: str, openers: str, word: str) -> bool:
    """Whether a single full stop after `before` ends a sentence; `openers` and `word` follow it."""
    last = _LAST_TOKEN.search(before)
    name = last[0] if last else ""
    known = name.lower()
    if not closers:
        if known in _TITLES or known in _ABBREVIATIONS:
            return False
        if known in _WITH_NUMBER and word[:1].isdigit():
            return False
        if not before.strip("([") or (name.isdigit() and before.strip() == name):
            return False  # the number of a list item
        if len(name) == 1 and name.isupper() and word[:1].isupper():
            return name == "I" and before[-3:-2].islower()  # an initial, unless it is "than I."
    return not word[:1].islower() or bool(openers) or bool(_CODE_NAME.match(word))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) without the white space at its ends."""
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())
