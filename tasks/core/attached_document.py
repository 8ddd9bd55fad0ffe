"""A document attached to a question, both in the column `instruction`: how it is delimited, and the question without it.

As in imported rows, what a question is about stands in the same turn. Lines mark where the document begins and ends, so that
stages that compare or count questions can leave the document out.
"""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_OPENS: Final = "--- Document: "
_CLOSES: Final = "\n--- End of document ---"


def attach(question: str, title: str, text: str, question_first: bool) -> str:
    """The instruction that has `question` before or after the document."""
    document = f"{_OPENS}{' '.join(title.split())} ---\n\n{text}\n{_CLOSES}"
    return f"{question}\n\n{document}" if question_first else f"{document}\n\n{question}"


def without_document(text: str) -> str:
    """`text` without the attached document; its title stays. A text without one stays as it is."""
    start, end = text.find(_OPENS), text.rfind(_CLOSES)
    if start < 0 or end < start:
        return text
    title_ends = text.find("\n", start)
    return text[:title_ends] + text[end + len(_CLOSES) :]


def without_documents(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """`without_document` of a whole column, null where it is null."""
    if isinstance(texts, pa.ChunkedArray):
        return pa.chunked_array([without_documents(chunk) for chunk in texts.chunks], texts.type)
    holds = pc.fill_null(pc.match_substring(texts, _OPENS), False)
    if not pc.any(holds).as_py():
        return texts
    asked = (without_document(text.as_py()) for text in texts.filter(holds))
    return pc.replace_with_mask(texts, holds, pa.array(asked, texts.type))
