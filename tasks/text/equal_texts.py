"""What two texts must have in common to be the same text: everything but what cannot matter.

Canonical Unicode form (NFC), line ends, kinds of blanks, blanks at line ends and around a text, and curly apostrophes do not
count; in prose, neither do line breaks, runs of blanks and curly quotation marks. The capital that begins a text does not
count where an ordinary word has it. All else does: other capitals (-v and -V, Mb and MB), superscripts (10² and 102),
punctuation (save and save!), and in code line breaks, indentation and blanks inside quotation marks.
"""

from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tasks.text.columns import Texts, plain

FIELD: Final = "\x1f"
"""Joins the columns of a row: formatting removes it from texts, so a row cannot pretend to have other columns."""
BLANKS: Final = "[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
_CODE: Final = r"\w\(|[`={};\\<>\[\]$|]|\n[ \t]|[\"'“‘][^\"'“‘\n]*(?:  |\t)[^\"'”’\n]*[\"'”’]"
"""Signs of code, indented lines, and quotations with more than one blank in a row."""
_BOTH: Final = (
    (r"\r\n?", "\n"),
    (BLANKS, " "),
    (r"(\pL)[’ʼ]", r"\1'"),
    (rf"(^|{FIELD})\s+", r"\1"),
    (rf"[ \t]+(\n|{FIELD}|\z)", r"\1"),
    (rf"\n+({FIELD}|\z)", r"\1"),
    (r"\n{2,}", "\n"),
)
_PROSE: Final = ((r"\s+", " "), ("[“”„‟]", '"'), ("[‘’‚‛]", "'"))
_FIRST: Final = rf"(^|{FIELD})\pL(\p{{Ll}}+[ ,'])"
"""The first letter of a text whose first word is written as ordinary words are."""
_ASKS: Final = (
    rf"(?is)(?:^|[{FIELD}.!?,:;\n]\s*)"
    r"(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|can|could|will|would|should|has|have|had)\b"
    r".*[\pL\d)\]\"'`”’»]\s*\?+$"
)


class Keys(NamedTuple):
    """Two texts are the same if both values are: the text in lower case, and the text with its own capitals."""

    lower: pa.LargeStringArray
    capitals: pa.LargeStringArray


def keys(texts: pa.LargeStringArray, asked: bool = False) -> Keys:
    """The keys of `texts` (without nulls). In `asked`, texts of a question, the mark at the end does not count either, where it is
    the sentence's own: ? behind a question, a full stop or colon behind a word of three letters."""
    bare = written(texts)
    if asked:
        question = pc.match_substring_regex(bare, _ASKS)
        bare = pc.if_else(
            question,
            pc.replace_substring_regex(bare, r"\s*\?+$", ""),
            pc.replace_substring_regex(bare, r"(\pL{3})[.:]$", r"\1"),
        )
    return Keys(pc.utf8_lower(bare), pc.replace_substring_regex(bare, _FIRST, r"\1\2"))


def text_keys(texts: Texts) -> list[str]:
    """The keys of instructions as one string each, to look them up by."""
    lower, capitals = keys(plain(texts), asked=True)
    return [f"{mine}{FIELD}{own}" for mine, own in zip(lower.to_pylist(), capitals.to_pylist(), strict=True)]


def written(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """`texts` without what cannot matter; first letters stay as they are."""
    bare = pc.utf8_normalize(texts, form="NFC")
    for pattern, replacement in _BOTH:
        bare = pc.replace_substring_regex(bare, pattern, replacement)
    prose = bare
    for pattern, replacement in _PROSE:
        prose = pc.replace_substring_regex(prose, pattern, replacement)
    return pc.if_else(pc.match_substring_regex(bare, _CODE), bare, prose)
