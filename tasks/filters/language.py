"""The language of each row, recognised by py3langid where there is enough prose to tell."""

from typing import Annotated, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.filters.verdict import Context, Verdict, rows_where
from tasks.text.code import is_code_heavy
from tasks.text.columns import Offsets, plain, utf8, word_counts

_SAMPLE: Final = 600
"""Characters looked at: more do not change the answer, only the time."""
_ENGLISH: Final = (
    r"(?i)\b(?:the|and|that|with|this|are|from|have|has|had|which|their|they|there|then|these|you|your|its|she|how|many|each|"
    r"because|would|should|not|be|it|what|were|been|when)\b"
)
"""Words of which English is full and no other language of any size is."""
_ENGLISH_SHARE: Final = 0.04
_ENGLISH_WORDS: Final = 3
_BEYOND_ASCII: Final = 1.03
"""A sample with this many of such words, this share of them, and hardly a byte beyond ASCII, is English without further ado: of
the sentences of 90 characters and more in 29 other languages none is taken for it, of English responses nine in ten are."""
_LETTER: Final = np.array([chr(byte).isalpha() if byte < 128 else byte >= 192 for byte in range(256)], np.uint8)
"""The bytes of UTF-8 that are a letter or begin a character beyond ASCII."""


class Language(Params):
    """Which languages may stay."""

    enabled: bool = True
    allowed: tuple[str, ...] = ()
    """ISO 639-1 codes; empty: every language, and the filter only fills in the `language` column where it is null."""
    min_letters: Annotated[int, Field(ge=1)] = 120
    """Shorter responses are not judged: below about a hundred letters identification is a guess."""


def judge(table: pa.Table, params: Language, _context: Context) -> Verdict:
    """Rejects `wrong_language` by the response's language; fills in `language`. Short and code-heavy responses pass."""
    samples = pc.utf8_slice_codeunits(plain(table["response"]), 0, _SAMPLE)
    letters = pa.array(_letters(samples))
    unknown = pc.is_null(table["language"])
    judged = pc.and_(pc.greater_equal(letters, params.min_letters), pa.scalar(True) if params.allowed else unknown)
    english = _is_english(samples).to_numpy(zero_copy_only=False)
    found: dict[int, str] = {}
    for row in rows_where(judged):
        if english[row]:
            found[row] = "en"
        elif not is_code_heavy(sample := samples[row].as_py()):
            found[row] = _language(sample)
    rejected = {
        row: ("wrong_language", language)
        for row, language in found.items()
        if params.allowed and language not in params.allowed
    }
    return Verdict.of(table.num_rows, rejected, {"language": _filled(table["language"], found)} if found else {})


def _letters(texts: pa.LargeStringArray) -> Offsets:
    """How many letters each text has; every character beyond ASCII counts as one."""
    data, offsets = utf8(texts)
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(_LETTER[data], dtype=np.int64)])
    letters: Offsets = sums[offsets[1:]] - sums[offsets[:-1]]
    return letters


def _is_english(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """True where nothing but English can be meant; most English texts."""
    words = pa.array(word_counts(texts))
    known = pc.count_substring_regex(texts, _ENGLISH)
    plainly = pc.greater_equal(known, pc.max_element_wise(pc.multiply(words, _ENGLISH_SHARE), _ENGLISH_WORDS))
    ascii_mostly = pc.less_equal(pc.binary_length(texts), pc.multiply(pc.utf8_length(texts), _BEYOND_ASCII))
    return pc.and_(plainly, ascii_mostly)


def _language(text: str) -> str:
    import py3langid

    return str(py3langid.classify(text)[0])


def _filled(column: pa.ChunkedArray, found: dict[int, str]) -> pa.Array:
    values = np.asarray(column.to_pylist(), dtype=object)
    for row, language in found.items():
        values[row] = values[row] or language
    return pa.array(values.tolist(), pa.string())
