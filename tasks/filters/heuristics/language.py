"""The language of each row, recognised by py3langid where there is enough prose to tell."""

from functools import cache
from typing import Annotated, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult, rows_where
from tasks.text.code import is_code_heavy
from tasks.text.columns import byte_sums, plain, word_counts

_SAMPLE: Final = 600
"""Characters looked at: more do not change the answer, only the time."""
_ENOUGH: Final = 300
"""Characters of them that are given to py3langid: of 979 responses 3 then changed their language, none from or to English."""
_ENGLISH: Final = (
    r"(?i)\b(?:the|and|that|with|this|are|from|have|has|had|which|their|they|there|then|these|you|your|its|she|how|many|each|"
    r"because|would|should|not|be|it|what|were|been|when|about|through|between|within|where|however|using|those|them|our|into|"
    r"during|who|why|some|could|while|without|people|used|including|such|only|more)\b"
)
"""Words of which English is full and no other language of any size is."""
_ENGLISH_SHARE: Final = 0.04
_ENGLISH_WORDS: Final = 3
_BEYOND_ASCII: Final = 1.03
"""A sample with this many of such words, this share of them, and hardly a byte beyond ASCII, is English without further ado: of
the sentences of 90 characters and more in 29 other languages none is taken for it, of English responses nine in ten are."""
_LETTER: Final = np.array([chr(byte).isalpha() if byte < 128 else byte >= 192 for byte in range(256)], np.uint32)
"""The bytes of UTF-8 that are a letter or begin a character beyond ASCII."""


class Language(Params):
    """Which languages may stay."""

    enabled: bool = True
    """Whether this filter runs."""
    allowed: tuple[str, ...] = ()
    """ISO 639-1 codes; empty: every language, and the filter only fills in the `language` column where it is null."""
    min_letters: Annotated[int, Field(ge=1)] = 120
    """Shorter responses are not judged: below about a hundred letters identification is a guess."""


def compute(table: pa.Table, params: Language, _context: FilterContext) -> FilterResult:
    """Rejects `wrong_language` by the response's language; fills in `language`. Short and code-heavy responses pass."""
    samples = pc.utf8_slice_codeunits(plain(table["response"]), 0, _SAMPLE)
    known = table["language"].combine_chunks()
    judged = byte_sums(samples, _LETTER) >= params.min_letters
    if not params.allowed:
        judged &= np.array(pc.is_null(known))
    found = _languages(samples, judged)
    rejected: dict[int, tuple[str, str]] = {}
    if params.allowed:
        wrong = pc.invert(pc.is_in(found, pa.array(params.allowed, pa.string()), skip_nulls=False))
        wrong = pc.and_(wrong, pc.is_valid(found))
        rejected = {row: ("wrong_language", found[row].as_py()) for row in rows_where(wrong)}
    return FilterResult.of(table.num_rows, rejected, {"language": pc.coalesce(known, found)} if judged.any() else {})


def _languages(samples: pa.LargeStringArray, judged: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pa.StringArray:
    """The languages of the samples to be judged; null for those that are code."""
    english = judged.copy()
    english[judged] = _is_english(samples.filter(pa.array(judged)))
    others = [row for row in np.flatnonzero(judged & ~english).tolist() if not is_code_heavy(samples[row].as_py())]
    said = [str(_identifier().classify(samples[row].as_py()[:_ENOUGH])[0]) for row in others]
    found = pc.if_else(pa.array(english), "en", pa.scalar(None, pa.string()))
    some = np.zeros(len(samples), bool)
    some[others] = True
    return pc.replace_with_mask(found, pa.array(some), pa.array(said, pa.string()))


def _is_english(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """True where nothing but English can be meant; most English texts."""
    words = pa.array(word_counts(texts))
    known = pc.count_substring_regex(texts, _ENGLISH)
    plainly = pc.greater_equal(known, pc.max_element_wise(pc.multiply(words, _ENGLISH_SHARE), _ENGLISH_WORDS))
    ascii_mostly = pc.less_equal(pc.binary_length(texts), pc.multiply(pc.utf8_length(texts), _BEYOND_ASCII))
    return pc.and_(plainly, ascii_mostly)


@cache
def _identifier() -> Any:
    from py3langid import langid

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)


FILTER: Final = Filter(
    name="language",
    params=Language,
    reasons={
        "wrong_language": "not in a language the recipe allows; detail: language",
    },
    row_wise=True,
    compute=compute,
)
