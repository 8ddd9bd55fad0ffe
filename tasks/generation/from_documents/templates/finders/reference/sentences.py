"""Sentences of a passage, and whether they can be read by themselves.

A sentence is a list of spans, because footnote marks and bracketed cross-references are left out of it: they point to
places that a reader of one answer does not have.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tasks.text.sentences import sentence_spans

Spans = tuple[tuple[int, int], ...]

_OPEN: Final = {"(": ")", "“": "”"}
_QUOTED: Final = re.compile(r'"[^"\n]*(?:\n[^"\n]+)?"|\*[^*\s](?:[^*\n]*[^*\s])?\*')
_FOOTNOTE: Final = re.compile(r"\s+\[\d+\](?=\s|$|[.,;])")
_POINTER: Final = re.compile(
    r"\s*\((?:but |also )?(?:see|cf\.|described in|discussed in|as described)\b[^()]*(?:\([^()]*\)[^()]*)*\)",
    re.IGNORECASE,
)
_LEANS: Final = re.compile(
    r"(?:This|These|That|Those|It|Its|They|Their|Them|He|She|Such|So|Thus|Hence|Therefore|Then|However|Otherwise|Also|But|And"
    r"|Or|Nor|Yet|Again|Finally|Instead|Likewise|Similarly|Furthermore|Moreover|Additionally|Conversely|Consequently"
    r"|Accordingly|Rather|Still|Here|Both|Either|Neither|Another|Other|Others|Some|Same|One such|Only|Even|Nevertheless"
    r"|Should|Must|May|Can|Will|Does|Is|Has"
    r"|In (?:this|that|these|those|such|both|either|all|other|particular|addition|contrast|effect|fact|either|each)\b"
    r"|(?:For|At|By|From|On|With|Within|After|Before|Until) (?:this|that|these|those|example|instance)\b"
    r"|As (?:a result|such|above|before|with|an example|for)|Note|The (?:same|former|latter|above|other|reason|result"
    r"|rest|remaining|following|second|third|first|next|last|example|examples|two|three)|E\.g|I\.e|Exception"
    r"|For (?:all other|more|further|details)|See|Hint|Example|Examples|Additional|Most of|To illustrate|If (?:so|not|it|they"
    r"|this|that|present|given|omitted)|When (?:it|they|this|that)|Since (?:it|they|this|that))\b"
)
_POINTS: Final = re.compile(
    r"\b(?:above|below|see|previous(?:ly)? (?:section|described|mentioned)|(?:this|next|following|previous|preceding) (?:section|"
    r"chapter|paragraph|list|table|example|sections|subsection|document)|footnote|described (?:here|in|under|later|with)|as follows"
    r"|discussed (?:here|in)|the following(?! lines)|earlier|later in|appendix|documentation (?:of|for)|for details|in section"
    r"|(?-i:Refer|[Pp]lease refer) to|explained|(?:first|second|third|last) (?:example|form|case)|(?:that|the) section"
    r"|listed|dedicated sections?|refer to the [\w ]+ section"
    r"|example shows|mentioned|same note)\b|(?-i:(?:[Cc]hapter|[Ss]ection) [A-Z0-9])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sentence:
    """One sentence of `text`, as the spans that are left once cross-references are taken out."""

    text: str
    spans: Spans

    @cached_property
    def flat(self) -> str:
        """On one line, as a reader hears it."""
        pieces = [self.text[start:end] for start, end in self.spans]
        return flatten(re.sub(r" (?=[.,;:)])", "", " ".join(pieces)) if len(pieces) > 1 else pieces[0])

    @property
    def leans(self) -> bool:
        """Begins with a word that points back to the sentence before."""
        begins = r"[A-Z\"“*‘]|\(The difference between"
        return bool(_LEANS.match(self.flat)) or not re.match(begins, self.flat)

    @property
    def points(self) -> bool:
        """Sends the reader to another place of the document."""
        return bool(_POINTS.search(self.flat))


def of(text: str, start: int, end: int) -> list[Sentence]:
    """The sentences of characters [start, end) of `text`, a paragraph."""
    found = (
        Sentence(text, _without_pointers(text, start + begin, start + stop))
        for begin, stop in sentence_spans(text[start:end])
    )
    return [sentence for sentence in found if sentence.spans]


def mask(text: str) -> str:
    """`text` with quoted code, emphasis and brackets blanked to "_", character for character, so that a full stop or a
    comma inside them is not taken for one of the sentence's own."""
    text = _QUOTED.sub(lambda m: m[0][0] + "_" * (len(m[0]) - 2) + m[0][-1], text)
    out: list[str] = []
    closing: list[str] = []
    for char in text:
        if closing and char == closing[-1]:
            closing.pop()
        out.append("_" if closing and not char.isspace() else char)
        if char in _OPEN:
            closing.append(_OPEN[char])
    return "".join(out) if not closing else text


def flatten(text: str) -> str:
    """`text` on one line; words broken at a hyphen by the line's end are made whole."""
    return re.sub(r"\s+", " ", re.sub(r"(?<=\w-)\n\s*(?=\w)", "", text)).strip()


def _without_pointers(text: str, start: int, end: int) -> Spans:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    spans, begin = [], start
    for cut in sorted(
        [*_POINTER.finditer(text, start, end), *_FOOTNOTE.finditer(text, start, end)], key=lambda found: found.start()
    ):
        if cut.start() > begin:
            spans.append((begin, cut.start()))
        begin = max(begin, cut.end())
        while begin < end and text[begin].isspace():
            begin += 1
    if begin < end:
        spans.append((begin, end))
    return tuple(spans)


def pointing(flat: str) -> bool:
    """Whether `flat` sends the reader to another place of the document."""
    return bool(_POINTS.search(flat))
