"""What can be said of a row without a model: an answer that only points elsewhere teaches nothing."""

import re
from typing import Annotated, Final, Literal

import pyarrow as pa
from pydantic import Field

from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "points_elsewhere": "the response sends the reader elsewhere instead of answering; detail: the phrase"
}
_POINTER: Final = re.compile(
    r"\b(?:see|refer to|consult|check|read|visit) (?:the |our |your )?(?:\w+ ){0,2}"
    r"(?:documentation|docs|manual|website|web site|page|section|chapter|guide|link|handbook)\b",
    re.IGNORECASE,
)


class Substance(VerifierParams):
    """Rules that need no model: answers that point elsewhere."""

    verifier: Literal["substance"] = "substance"

    most_pointer_words: Annotated[int, Field(ge=0)] = 25
    """Words up to which a response with a pointer holds nothing else; longer ones may name a source beside an answer."""


def compute(rows: pa.Table, params: Substance, _context: VerifierContext) -> Verdicts:
    """Judges every row that has a response. Fails those of at most `most_pointer_words` words that point elsewhere."""
    verdicts = {}
    for row, response in enumerate(rows["response"].to_pylist()):
        if response:
            verdicts[row] = _judge(response, params.most_pointer_words)
    return Verdicts(verdicts)


def _judge(response: str, most: int) -> Verdict:
    found = _POINTER.search(response) if len(response.split()) <= most else None
    return Verdict("fail", found.group(), "points_elsewhere") if found else Verdict("pass", "answers by itself")


VERIFIER: Final = Verifier(params=Substance, reasons=REASONS, compute=compute)
