"""Phrases around an answer that say nothing: "Certainly!", "I'd be happy to help", "I hope this helps".

Only at the beginning and at the end, only whole sentences or openings that end in punctuation, and never in a response
that stands in its evidence: in a novel "Certainly!" is a line of dialogue.
"""

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.params import Params
from tasks.filters.texts import rewritten
from tasks.filters.verdict import Context, Verdict, rows_where

OPENINGS: Final = (
    r"(?:certainly|absolutely|definitely|of course|sure(?: thing)?|no problem|gladly|great|you['’]re welcome)"
    r"(?:!|\.(?=\s|$)|,(?= (?:here|i)\b))",
    r"(?:that['’]s|what) an? (?:great|good|excellent|interesting|fantastic|wonderful) (?:question|request|topic)[!.]",
    r"(?:great|good|excellent|interesting) question[!.]",
    r"(?:i['’]d|i would|i['’]ll|i will|i['’]m|i am) be (?:happy|glad|delighted|pleased) to (?:help|assist)[^.!?\n:]{0,60}[.!]",
    r"(?:i['’]d|i would) be (?:happy|glad|delighted|pleased) to[.!]",
    r"(?:i['’]m|i am) (?:happy|glad|delighted|pleased|here) to (?:help|assist)[^.!?\n:]{0,60}[.!]",
    r"thank(?:s| you) for (?:your (?:question|inquiry|enquiry|query|request)|the question|asking)[^.!?:\n]{0,40}[.!]",
    r"as an? (?:ai|artificial intelligence)(?: (?:language )?model| assistant)?,(?! i\b)",
    r"as an? (?:large )?language model,(?! i\b)",
)
CLOSINGS: Final = (
    r"i hope (?:this|that|these|it)(?: \w+){0,4} helps?(?: you)?[^.!?:\n]{0,40}[.!]",
    r"(?:please )?(?:let me know|feel free to (?:ask|reach out|let me know)) (?:if|should|in case) "
    r"(?:you|there|anything|i can)[^.!?:\n]{0,120}[.!]",
    r"(?:please )?feel free to (?:ask|reach out)[.!]",
    r"if you have any (?:other |further |more |additional )?(?:questions?|concerns?)[^.!?:\n]{0,120}[.!]",
    r"is there anything else[^.!?\n]{0,60}\?",
    r"(?:happy|glad) to help(?: further)?[.!]",
    r"do you have any (?:other |further |more )?questions\?",
)
_OPENING: Final = re.compile(r"\A\s*(?:" + "|".join(OPENINGS) + r")[ \t]*\n*", re.IGNORECASE)
_CLOSING: Final = re.compile(
    r"(?:(?<=[.!?:)\]`\"”’*])|(?<=\n)|\A)\s*(?:" + "|".join(CLOSINGS) + r")\s*\Z", re.IGNORECASE
)
_SUSPECT: Final = (
    r"(?i)\A\s*(?:certainly|absolutely|definitely|of course|sure|no problem|gladly|you|that|what|great|good|excellent|"
    r"interesting|i['’ ]|thank|as an?\b)|\bhelp|let me know|feel free|questions?\b|concerns?\b|anything else"
)
"""Words without which none of the phrases can stand there: what the whole column is searched for."""


class Filler(Params):
    """Whether filler is taken off responses."""

    enabled: bool = True


def judge(table: pa.Table, _params: Filler, context: Context) -> Verdict:
    """Rejects `filler` where nothing else was said; otherwise takes openings and closings off the response."""
    quoted = table["evidence"]

    def rewrite(row: int, text: str) -> tuple[str, list[str]]:
        return (text, []) if context.evidence.holds(text, quoted[row].as_py()) else without_filler(text)

    columns = rewritten(table, ("response", "rejected"), _suspects, rewrite)
    if "response" not in columns:
        return Verdict.of(table.num_rows, columns=columns)
    before = table["response"].combine_chunks()
    nothing_left = pc.and_(pc.equal(columns["response"], ""), pc.not_equal(before, ""))
    columns["response"] = pc.if_else(nothing_left, before, columns["response"])
    rejected = {row: ("filler", before[row].as_py()) for row in rows_where(nothing_left)}
    return Verdict.of(table.num_rows, rejected, columns)


def _suspects(column: pa.Array) -> pa.Array:
    return pc.match_substring_regex(column, _SUSPECT)


def without_filler(text: str) -> tuple[str, list[str]]:
    """`text` without its filler, its first letter in upper case again, and which of filler_opening, filler_closing applied."""
    rules: list[str] = []
    while opening := _OPENING.match(text):
        text, rules = _capitalised(text[opening.end() :]), [*rules, "filler_opening"]
    while closing := _CLOSING.search(text):
        text, rules = text[: closing.start()].rstrip(), [*rules, "filler_closing"]
    return text, list(dict.fromkeys(rules))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
