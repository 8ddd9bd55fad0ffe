"""Whether a text can be read by itself: it leans on no sentence before it, sends nobody elsewhere, and holds no markup."""

import re
from collections.abc import Mapping, Sequence
from textwrap import dedent
from typing import Final

from tasks.generation.from_documents.sections import PassageBlock
from tasks.text.sentences import sentence_spans

Span = tuple[str, int, int]
"""A chunk's id and characters [start, end) of its text."""

LEANS: Final = re.compile(
    r"(?:This|These|That|Those|It|Its|They|Their|Them|He|She|His|Her|Such|So|Thus|Hence|Therefore|Then|However"
    r"|Otherwise|Also|But"
    r"|And|Or|Nor|Yet|Again|Finally|Instead|Likewise|Similarly|Furthermore|Moreover|Additionally|Conversely"
    r"|Consequently"
    r"|Accordingly|Rather|Still|Here|There|Both|Either|Neither|Another|Others?|Same|One such|Only|Even|Nevertheless"
    r"|Now|Next|Once"
    r"|Lastly|Alternatively|Luckily|Unfortunately|Fortunately|Now that|Besides|Plus|Meanwhile|Afterwards?|Later"
    r"|Above|Below|Again"
    r"|In (?:this|that|these|those|such|both|either|all|other|particular|addition|contrast|effect|fact|turn)\b"
    r"|(?:For|At|By|From|On|With|Within|After|Before|Until|Of|To) (?:this|that|these|those|example|instance|it"
    r"|them)\b"
    r"|As (?:a result|such|above|before|an example|you|mentioned|described|we|shown|stated|noted)"
    r"|The (?:same|former|latter|above|other|reason|result|rest|remaining|following|second|third|first|next|last"
    r"|final|previous"
    r"|two|three|four|new|example|examples|code|output|script|snippet|result|resulting)|[Ee]\.g|[Ii]\.e"
    r"|For (?:all other|more|further|details)|See|Hint|Examples?|Additional|Most of|To illustrate"
    r"|(?:If|When|Since|While|Because|Although|Though) (?:so|not|it|they|this|that|these|those|he|she)|Let's"
    r"|Imagine|Suppose|Notice|Note)\b"
)
"""Openings that point back at the sentence before."""
POINTS: Final = re.compile(
    r"\b(?:see|previous(?:ly)?|(?:this|next|following|preceding) (?:section|chapter|paragraph|list|table|example"
    r"|page|guide|article"
    r"|tutorial|document|post|recipe|lesson|step|steps|video|image|diagram|figure|screenshot|walkthrough"
    r"|documentation|link|links"
    r"|code|snippet|script|notebook|blog|course|file|topic|sections|subsection)|footnote|discussed (?:here|in)"
    r"|earlier|for details"
    r"|refer(?:s|red)? to (?:the|our|your|this|its)|(?:read|learn|find(?: out)?|know|info|information|details"
    r"|reading) (?:more|about|here|on)"
    r"|more (?:info|information|details|about)|check(?: out)? (?:the|our|this|out)|check it out|take a look|have a"
    r" look|look at"
    r"|click here|screenshots?|our (?:guide|docs|documentation|blog|article|tutorial|page|post|list)|as (?:shown"
    r"|described|explained"
    r"|outlined|mentioned|noted|discussed|documented|follows)(?! by)|mentioned|read (?:the|our|this)|listed (?:here"
    r"|above|below)|in section"
    r"|(?:the|our|this|that|its|official|these) (?:[\w.-]+ ){0,4}(?:docs|documentation|guides?|tutorials?"
    r"|walkthroughs?|FAQs?|blog)"
    r"|read docs|appendix|you(?:'ve| have) (?:just|already|noticed|seen)"
    r"|we(?:'ve| have) (?:just|already|seen)|reach out|let us know|(?:on|our|in|via) (?:slack|discord)|join our"
    r"|book a"
    r"|same note|in (?:this|our|the) example|in our case|here(?:'s| is| are)?(?= (?:how|what|why|for|to|in)\b)"
    r"|(?:can be|is|are) found (?:in|at|on|here)|available (?:here|in the)|step-by-step guide|concise guide"
    r"|pictured|coming soon|stay tuned)\b"
    r"|(?-i:\b(?:[Cc]hapter|[Ss]ection|[Ff]igure|[Tt]able|[Aa]ppendix|[Ee]xhibit) [A-Z0-9])"
    r"|\bhere\W*$",
    re.IGNORECASE,
)
"""Sends the reader to another place, which whoever reads one answer does not have."""
SENDS: Final = re.compile(
    r"(?:Please |Also |You can |You may |To |If you(?:'d like| want| need)? (?:to )?)?(?:see|read|learn|refer"
    r"|consult|visit|check(?: out)?|find|take a look|have a look"
    r"|look at|explore|more (?:info|about|details|on)|know more|understand more)\b|(?:For|If you need|You(?:'ll|"
    r" will| can) find) (?:more|further|details|all|a (?:full|complete))\b"
    r"|(?:Read|Find) (?:more|docs)|More (?:info|details|about)|(?:In|On) this (?:guide|section|page|article"
    r"|tutorial|document|post|chapter|topic)"
    r"|This (?:guide|section|page|article|tutorial|document|post|chapter|topic) (?:explains|describes|shows|covers"
    r"|will|walks|is|provides|outlines|lists|contains)"
    r"|Here(?:'s| is| are) (?:how|what|why|a list|some)\b(?!.*:$)",
    re.IGNORECASE,
)
"""Openings of sentences that say nothing but where to read on, or what a page is about."""
UNSAID: Final = re.compile(r"\b(?:above|below|aforementioned|following)\b", re.IGNORECASE)
"""Speaks of what must stand before or behind it."""
_ASIDE: Final = re.compile(
    r"\s{0,40}\((?:but |also )?(?:see|cf\.|refer to|described in|discussed in|as described)\b[^()]*(?:\([^()]*\)[^()]*)*\)"
    r"|\s{1,40}\[\d{1,3}\](?=[\s.,;:)]|$)",
    re.IGNORECASE,
)
"""A cross-reference in brackets and the mark of a footnote: left out, and the sentence stands."""
FIRST_PERSON: Final = re.compile(r"(?<![\"“'‘])\b(?:I|I'm|I've|I'd|I'll|my|me|mine|myself)\b(?![/.]\w)")
"""Someone's own words: an interview, a comment, a diary."""
RESIDUE: Final = re.compile(
    r":::|\{#|\]\(|\{\{[<%]|\{%|<!--|-->|!\[|^!!! |\[!|(?-i:</?[A-Z][A-Za-z]*[ />])|&[a-z]+;|^(?:import|export)"
    r" .*[\"'];?$|@site|(?-i:\bTODO\b)|\[\[|�|\[(?:value|insert|your|name|date|todo|tbd)\b[^\]]*\]|lorem ipsum",
    re.MULTILINE | re.IGNORECASE,
)
"""Markup that a reader of the format did not take out."""
_ANNOUNCES: Final = re.compile(
    r"[:;,]\**$|\b(?:as follows|following|like this|like so|equivalent to|such as|includes?|using|are|with)\.{0,3}$"
)
_ITEM: Final = re.compile(r"\s+(?:[*•+-]|\d{1,3}[.)])\s")
_INDEX_WORDS: Final = 6


def flatten(text: str) -> str:
    """`text` on one line."""
    return re.sub(r"\s+", " ", text).strip()


def unmarked(text: str) -> str:
    """`text` without emphasis."""
    return re.sub(r"\*\*|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)", "", text)


def bare(text: str) -> str:
    """`text` on one line without list marks, emphasis and code: what its words say."""
    flat = re.sub(r"`[^`]*`", "`x`", flatten(text))
    return unmarked(re.sub(r"^(?:[*•+-]|\d{1,3}[.)])\s+", "", flat))


def announces(text: str) -> bool:
    """Whether `text` ends by promising what comes behind it."""
    return bool(_ANNOUNCES.search(flatten(text)))


def points(text: str) -> bool:
    """Whether `text` sends the reader to another place."""
    return bool(POINTS.search(bare(text)))


def answer_of(blocks: Sequence[PassageBlock], asked: bool = False, cut: bool = False) -> list[Span] | None:
    """The spans of `blocks` that answer by themselves, in order; None if nothing whole is left.

    Sentences that only send the reader elsewhere are left out where the next one does not lean on them. `asked`: the question is
    known, so the answer may begin with "It" or "This". `cut`: the beginning answers, so what follows a sentence that cannot stand
    is left out; otherwise such a sentence spoils the whole.
    """
    kept: list[tuple[PassageBlock, list[tuple[int, int]]]] = []
    lost = not asked
    blocks = list(blocks)
    while len(blocks) > 1 and blocks[-1].kind == "paragraph" and points(blocks[-1].text):
        blocks.pop()
    for block in blocks:
        spans, lost, spoilt = _sentences(block, lost)
        if spoilt and not cut:
            return None
        if spans:
            kept.append((block, spans))
        if spoilt:
            break
    while kept and _ends_open(kept[-1]):
        last, spans = kept.pop()
        if len(spans) > 1:
            kept.append((last, spans[:-1]))
    return _whole(kept) if kept else None


def _ends_open(last: tuple[PassageBlock, list[tuple[int, int]]]) -> bool:
    block, spans = last
    return block.kind in ("paragraph", "item") and announces(block.text[: spans[-1][1]])


def _sentences(block: PassageBlock, lost: bool) -> tuple[list[tuple[int, int]], bool, bool]:
    """What of a block can be kept; whether what follows has lost what it might lean on; whether a sentence spoils the answer."""
    if block.kind in ("code", "table"):
        return [(0, len(block.text))], False, False
    spans: list[tuple[int, int]] = []
    for start, end in sentence_spans(block.text):
        said = bare(_ASIDE.sub("", block.text[start:end]))
        if points(said):
            if not SENDS.match(said) or announces(said):
                return spans, True, True
            lost = True
        elif lost and LEANS.match(said):
            return spans, True, True
        else:
            lost = False
            spans += _without_asides(block.text, start, end)
    return spans, lost, block.numbered and not spans


def _without_asides(text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = [(found.start(), found.end()) for found in _ASIDE.finditer(text, start, end)]
    edges = [start, *(edge for cut in cuts for edge in cut), end]
    pieces = list(zip(edges[::2], edges[1::2], strict=True))
    return (
        [(a + len(text[a:b]) - len(text[a:b].lstrip()), b) for a, b in pieces if text[a:b].strip()] if cuts else pieces
    )


def _whole(kept: Sequence[tuple[PassageBlock, list[tuple[int, int]]]]) -> list[Span] | None:
    """`kept` as spans, if every promise in it is kept and nothing else disturbs."""
    blocks = [block for block, _ in kept]
    for at, (block, spans) in enumerate(kept):
        if block.kind in ("code", "table"):
            continue
        said = block.text[spans[0][0] : spans[-1][1]]
        behind = blocks[at + 1].kind if at + 1 < len(blocks) else ""
        if announces(said) and behind in ("", "paragraph"):
            return None
        if UNSAID.search(bare(said)) and not _there(said, blocks, at):
            return None
        if RESIDUE.search(re.sub(r"`[^`]*`", "", said)) or FIRST_PERSON.search(bare(said)):
            return None
    prose = sum(len(bare(block.text).split()) for block in blocks if block.kind == "paragraph")
    items = [len(bare(block.text).split()) for block in blocks if block.kind == "item"]
    if items and not prose and max(items) <= _INDEX_WORDS and not any(block.numbered for block in blocks):
        return None  # an index, whose links are gone
    whole = [(block, start, end) for block, spans in kept for start, end in _joined(spans, block)]
    if len(blocks) == 1 and not blocks[0].numbered:  # a list of one item is none
        block, start, end = whole[0]
        whole[0] = (block, max(start, block.mark), end)
    return [(block.chunk_id, block.start + start, block.start + end) for block, start, end in whole]


def _there(said: str, blocks: Sequence[PassageBlock], at: int) -> bool:
    """Whether what `said` speaks of stands there: code or a table before "above", something set off behind "below"."""
    if re.search(r"\babove\b", said, re.IGNORECASE):
        return any(block.kind in ("code", "table") for block in blocks[:at])
    return any(block.kind in ("code", "table", "item") for block in blocks[at + 1 :])


def _joined(spans: Sequence[tuple[int, int]], block: PassageBlock) -> list[tuple[int, int]]:
    """`spans` with those that only white space lies between made one."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        if out and out[-1][1] <= start and not block.text[out[-1][1] : start].strip():
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def text_of(spans: Sequence[Span], texts: Mapping[str, str]) -> str:
    """The text under `spans`, apart as they are in their chunk (`texts`: chunk_id → text): by a blank line, a line break or a
    blank. Code, which chunks hold set in, stands between fences."""
    out = ""
    before: Span | None = None
    for span in spans:
        chunk_id, start, end = span
        if before:
            same = before[0] == chunk_id and before[2] <= start
            breaks = texts[chunk_id][before[2] : start].count("\n") if same else 2
            closes = texts[chunk_id][start] in ".,;:)"
            out += "\n\n" if breaks > 1 else "\n" if breaks else "" if closes else " "
        piece = texts[chunk_id][start:end]
        code = piece.startswith("    ") and not _ITEM.match(piece)
        out += f"```\n{dedent(piece).strip()}\n```" if code else piece
        before = span
    return out
