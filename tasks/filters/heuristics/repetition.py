"""Responses that say the same words over and over.

The rules are Gopher's (Rae et al. 2021, table A1), counted in words instead of characters. Its thresholds (0.20 down to 0.10)
were made for web pages: of answers they refuse proofs, time tables, and "Gouda is a type of cheese" eleven times over. Those
here refuse a model that is caught in a loop; of 31,000 rows of thirteen open datasets they leave every one that repeats itself
for a reason. What the instruction asks for (`asked`) is no loop: "twenty times" passes, and a song, a plan or a table may repeat
most of itself. On a short answer every repetition is a large share, so below 200 words they grow as the text shrinks, and below
`min_words` only a stuck word counts.
"""

import re
from collections import Counter
from itertools import pairwise
from typing import Annotated, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.attached_document import without_document
from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.heuristics.asked import PATTERN, REPETITION
from tasks.text.code import is_code_heavy
from tasks.text.columns import plain, utf8, word_counts
from tasks.text.words import words

TOP: Final = {2: 0.60, 3: 0.54, 4: 0.48}
"""n → largest share of the words that the most frequent n-gram may make up."""
REPEATED: Final = dict.fromkeys(range(5, 11), 0.65)
"""n → largest share of the words that may stand in n-grams seen before."""
LINES: Final = 0.60
"""Largest share of lines that may be repetitions of an earlier line; Gopher's 0.30, twice: verse has a refrain."""
_SONG: Final = re.compile(r"(?i)\b(?:chorus|refrain|verse \d)\b")
"""Songs repeat themselves."""
_MOST: Final = 0.85
"""No threshold grows beyond this share, however short the text."""

_ASKED: Final = 0.92
"""The share of lines up to which a song, a plan or a table may repeat itself."""
_ASKED_WORDS: Final = 0.97
"""The same for words in n-grams seen before: the lines of a children's song differ in one."""
_ASKED_RUN: Final = 40
"""The same for one word in a row ("la la la")."""
_LINE_WORDS: Final = 3
"""Shorter lines (a bracket, "$$", "Chorus:") repeat for good reasons."""
_FULL: Final = 200
"""Words from which the thresholds hold as they are."""
_RUN: Final = 10
"""The same word this many times in a row is stuck, whatever the length."""

_COMPILE_FROM: Final = 1000
"""Rows from which loading the compiled kernel pays."""
_SLACK: Final = 0.8
"""What the kernel's words, which differ beyond ASCII, may make of a share."""
_IN_WORD: Final = np.array([byte >= 128 or chr(byte).isalnum() for byte in range(256)])
_JOINS: Final = np.array([chr(byte) in "_'" for byte in range(256)])


class Repetition(Params):
    """When the rules apply."""

    enabled: bool = True
    """Whether this filter runs."""
    min_words: Annotated[int, Field(ge=10)] = 50
    """Words from which a response is looked at; of shorter ones only a single word repeated counts."""


def compute(table: pa.Table, params: Repetition, context: FilterContext) -> FilterResult:
    """Rejects `repetitive` with the rule and the share. Code-heavy responses pass, and those that stand in their evidence."""
    responses = plain(table["response"])
    rejected: dict[int, tuple[str, str]] = {}
    for row in _suspects(responses, params.min_words):
        text = responses[row].as_py()
        instruction = without_document(table["instruction"][row].as_py() or "")
        found = worst(text, params.min_words, PATTERN.search(instruction) is not None)
        if (
            found
            and not REPETITION.search(instruction)
            and not is_code_heavy(text)
            and not context.evidence.holds(text, table["evidence"][row].as_py())
        ):
            rejected[row] = ("repetitive", found)
    return FilterResult.of(table.num_rows, rejected)


def _suspects(texts: pa.LargeStringArray, min_words: int) -> list[int]:
    """Rows to look at: those of ten words and more, and of a large column only those in which a compiled kernel sees cause."""
    if len(texts) < _COMPILE_FROM:
        return np.flatnonzero(word_counts(texts) >= _RUN).tolist()
    from tasks.filters.heuristics import repetition_kernel

    out = np.zeros(len(texts), np.bool_)
    top, repeated = np.zeros(max(REPEATED) + 1), np.zeros(max(REPEATED) + 1)
    top[list(TOP)], repeated[list(REPEATED)] = list(TOP.values()), list(REPEATED.values())
    repetition_kernel.suspects(
        *utf8(pc.utf8_lower(texts)),
        _IN_WORD,
        _JOINS,
        top * _SLACK,
        repeated * _SLACK,
        LINES * _SLACK,
        _RUN,
        _FULL,
        _MOST * _SLACK,
        min_words,
        out,
    )
    return np.flatnonzero(out).tolist()


def worst(text: str, min_words: int = 50, asked: bool = False) -> str | None:
    """The first rule that `text` breaks, as "what share"; None if it breaks none. `asked`: it is to be built of similar parts."""
    tokens = words(text)
    if stuck := _stuck(tokens, _ASKED_RUN if asked else _RUN):
        return f"run of {stuck!r}"
    if len(tokens) < min_words or _SONG.search(text) or sum(token.isdigit() for token in tokens) * 2 > len(tokens):
        return None
    lines = [line.strip() for line in text.splitlines() if len(line.split()) >= _LINE_WORDS]
    if len(lines) > 3 and (share := 1 - len(set(lines)) / len(lines)) > (_ASKED if asked else LINES):
        return f"lines {share:.2f}"
    scale = max(1.0, _FULL / len(tokens))
    for n, most in TOP.items() if not asked else ():
        gram, count = Counter(zip(*(tokens[k:] for k in range(n)), strict=False)).most_common(1)[0]
        letters = max(map(len, gram)) == 1  # T T T F is a truth table
        if (
            count > 2
            and not letters
            and (share := count * n / len(tokens)) > (_ASKED if asked else min(most * scale, _MOST))
        ):
            return f"{' '.join(gram)!r} {share:.2f}"
    for n, most in REPEATED.items():
        if (share := _seen_before(tokens, n)) > (_ASKED_WORDS if asked else min(most * scale, _MOST)):
            return f"{n}-grams {share:.2f}"
    return None


def _stuck(tokens: list[str], longest: int) -> str | None:
    run = 1
    for before, token in pairwise(tokens):
        run = run + 1 if token == before else 1
        if run >= longest and len(token) > 1 and token.isalpha():  # 0 0 0 is a matrix, T T T a table
            return token
    return None


def _seen_before(tokens: list[str], n: int) -> float:
    """The share of words that stand in an n-gram which occurred before."""
    seen: set[tuple[str, ...]] = set()
    repeated = end = 0
    for at, gram in enumerate(zip(*(tokens[k:] for k in range(n)), strict=False)):
        if gram in seen:
            repeated += at + n - max(at, end)
            end = at + n
        seen.add(gram)
    return repeated / len(tokens)


FILTER: Final = Filter(
    name="repetition",
    params=Repetition,
    reasons={
        "repetitive": "the same words repeated; detail: share of repeated n-grams",
    },
    row_wise=True,
    compute=compute,
)
