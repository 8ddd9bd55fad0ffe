"""The language of each row, recognised by py3langid where there is enough prose to tell."""

from typing import Annotated, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.text.code import is_code_heavy
from tasks.filters.texts import plain
from tasks.filters.verdict import Context, Verdict, rows_where

_SAMPLE: Final = 600
"""Characters looked at: more do not change the answer, only the time."""


class Language(Params):
    """Which languages may stay."""

    enabled: bool = True
    allowed: tuple[str, ...] = ()
    """ISO 639-1 codes; empty: every language, and the filter only fills in the `language` column where it is null."""
    min_letters: Annotated[int, Field(ge=1)] = 120
    """Shorter responses are not judged: below about a hundred letters identification is a guess."""


def judge(table: pa.Table, params: Language, _context: Context) -> Verdict:
    """Rejects `wrong_language` by the response's language; fills in `language`. Short and code-heavy responses pass."""
    responses = plain(table["response"])
    letters = pc.count_substring_regex(responses, r"\p{L}")
    unknown = pc.is_null(table["language"])
    judged = pc.and_(pc.greater_equal(letters, params.min_letters), pa.scalar(True) if params.allowed else unknown)
    found: dict[int, str] = {}
    for row in rows_where(judged):
        text = responses[row].as_py()
        if not is_code_heavy(text):
            found[row] = _language(text)
    rejected = {
        row: ("wrong_language", language)
        for row, language in found.items()
        if params.allowed and language not in params.allowed
    }
    return Verdict.of(table.num_rows, rejected, {"language": _filled(table["language"], found)} if found else {})


def _language(text: str) -> str:
    import py3langid

    return str(py3langid.classify(text[:_SAMPLE])[0])


def _filled(column: pa.ChunkedArray, found: dict[int, str]) -> pa.Array:
    values = np.asarray(column.to_pylist(), dtype=object)
    for row, language in found.items():
        values[row] = values[row] or language
    return pa.array(values.tolist(), pa.string())
