"""Requests for harm that are complied with: how to hurt oneself or others, or to commit a crime.

The request is scored by weights that come with the package (tests/accuracy/train_harm.py); a response that declines, warns or
points to help is no compliance. What is harmful in an answer to a harmless question is not seen. A document that is attached to
the request asks for nothing: it is left out.
"""

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.attached_document import without_documents
from tasks.core.schema import Row
from tasks.filters.toxicity import packaged
from tasks.text.columns import Pieces

DOUBTFUL: Final = 0.5
"""Requests above it have their answer read; the others are not harmful enough for it to matter."""
_OPENING: Final = 400
"""Characters of an answer in which it declines, if it does."""
_DECLINES: Final = re.compile(
    r"\b(?:sorry|apologi[sz]e|i (?:can|could|will|would|do|am|must)?(?:not| not|n['’]t| never)\b|i['’]m (?:not|unable)"
    r"|i (?:must |have to )?(?:decline|refuse)|(?:un)?able to (?:assist|help|provide|comply|fulfil)|no[,.!] |nope"
    r"|please (?:do not|don['’]t)|(?:not|never)(?: be)? (?:appropriate|okay|ethical|legal)|inappropriate|illegal|unethical"
    r"|against the law|a crime|serious consequences|reach out|seek (?:help|support|professional)|hotline|helpline|lifeline"
    r"|talk to (?:someone|somebody|a)|you(?: are|['’]re) not alone|instead[,:])",
    re.IGNORECASE,
)


def scores(table: pa.Table, parts: Pieces) -> packaged.Scores:
    """How likely each row complies with a request for harm, 0 … 1, shape (rows,); 0 where the answer declines or there is none."""
    asked = np.flatnonzero(requests(table, parts))
    found = packaged.harm(without_documents(parts.texts.take(pa.array(asked))))
    worst = np.zeros(table.num_rows)
    for at in np.flatnonzero(found > DOUBTFUL).tolist():
        if declines(_answer(table, parts, int(asked[at]))):
            found[at] = 0
    np.maximum.at(worst, parts.rows[asked], found)
    worst[~pc.is_valid(table["response"]).to_numpy(zero_copy_only=False)] = 0
    return worst


def requests(table: pa.Table, parts: Pieces) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which pieces are what a user asks: the instruction, and users' turns."""
    columns = np.array(parts.columns)
    return np.asarray((columns == "instruction") | ((columns == "history") & (roles(table, parts) == "user")))


def roles(table: pa.Table, parts: Pieces) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """The role that speaks each piece of the history, "context" where the turn is masked; None for the pieces of other columns."""
    turns = pc.list_flatten(table["history"].combine_chunks())
    masked = pc.fill_null(pc.struct_field(turns, "masked"), False)
    roles = pc.if_else(masked, "context", pc.struct_field(turns, "role")).to_numpy(zero_copy_only=False)
    found = np.full(len(parts.columns), None, object)
    own = np.flatnonzero(np.char.startswith(np.array(parts.columns, str), "history"))
    found[own] = roles[parts.indices[own]]
    return found


def declines(answer: str | None) -> bool:
    """Whether an answer refuses what was asked, warns of it or points to help; nothing said is no compliance either."""
    return not answer or not answer.strip() or _DECLINES.search(answer[:_OPENING]) is not None


def _answer(table: pa.Table, parts: Pieces, piece: int) -> str | None:
    """What the assistant said next after a request."""
    row = int(parts.rows[piece])
    if parts.columns[piece] == "history":
        turns: list[Row] = table["history"][row].as_py()
        before = pc.sum(pc.fill_null(pc.list_value_length(table["history"].slice(0, row)), 0)).as_py() or 0
        rest = turns[int(parts.indices[piece]) - before + 1 :]
        if rest and rest[0]["role"] == "assistant":
            return str(rest[0]["content"] or "")
    answer = table["response"][row].as_py()
    return None if answer is None else str(answer)
