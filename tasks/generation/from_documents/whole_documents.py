"""Documents put together again from their chunks: runs of neighbouring chunks, and as much of a document as fits into a context."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.schema import Row
from tasks.text.prompt_injection import INSTRUCTION_LIKE
from tasks.text.token_counts import Counts, token_counts

_COLUMNS: Final = (
    *("chunk_id", "document_id", "source", "licence", "title", "headings", "kind", "position", "flags", "text"),
)
_BREAK: Final = "\n\n"


class Stretch(NamedTuple):
    """Neighbouring chunks of one document: numbers [start, stop) of the table `WholeDocuments.chunks`."""

    start: int
    stop: int


class Context(NamedTuple):
    """A stretch of a document, as it is attached."""

    text: str
    offsets: dict[str, int]
    """Where the text of each chunk begins in it."""


class WholeDocuments:
    """Documents in the order of their ids, each with its chunks in the order of their positions.

    Chunks that try to instruct a model are left out. Texts stay in Arrow until one is asked for.
    """

    def __init__(self, chunks: pa.Table, tokenizer: Path | None = None) -> None:
        flags = chunks["flags"].to_pylist()
        calm = pa.array([INSTRUCTION_LIKE not in (own or ()) for own in flags], pa.bool_())
        order = [("document_id", "ascending"), ("position", "ascending")]
        self.chunks: pa.Table = chunks.select(_COLUMNS).filter(calm).sort_by(order).combine_chunks()
        documents = pc.fill_null(self.chunks["document_id"], "").to_numpy(zero_copy_only=False)
        starts = (
            np.flatnonzero(np.append(True, documents[1:] != documents[:-1])) if len(documents) else np.zeros(0, int)
        )
        self.documents = [Stretch(int(a), int(b)) for a, b in pairwise([*starts, len(documents)])]
        self._above = self._headings()
        separate = [f"{above}{_BREAK}{_BREAK}" if above else _BREAK for above in self._above]
        tokens: Counts = token_counts(self.chunks["text"], tokenizer) + token_counts(separate, tokenizer)
        self._tokens_before = np.concatenate([np.zeros(1, np.int64), np.cumsum(tokens)])

    def tokens(self, run: Stretch) -> int:
        """Of its texts, headings and the breaks between them; no less than those of `context(run).text`."""
        return int(self._tokens_before[run.stop] - self._tokens_before[run.start])

    def rows(self, run: Stretch) -> list[Row]:
        """The chunks of `run`, with the columns that say what and where they are."""
        found: list[dict[str, Any]] = self.chunks.slice(run.start, run.stop - run.start).to_pylist()
        return found

    def cut(self, document: Stretch, most: int) -> Iterator[Stretch]:
        """`document` in runs of at most `most` tokens, filled from the first chunk on; a larger chunk is left out."""
        start = document.start
        while start < document.stop:
            stop = self._reach(start, document.stop, most)
            if stop > start:
                yield Stretch(start, stop)
            start = max(stop, start + 1)

    def around(self, run: Stretch, document: Stretch, most: int, depth: float) -> Stretch:
        """The stretch of `document` of at most `most` tokens around `run`: all of it where it fits, else as many whole chunks
        before `run` as put it at `depth` (0: at the beginning, 1: at the end), as far as the document's ends allow.
        """
        room = max(0, most - self.tokens(run))
        before = int(room * depth)
        start = self._reach_back(run.start, document.start, before)
        stop = self._reach(run.stop, document.stop, room - self.tokens(Stretch(start, run.start)))
        left = room - self.tokens(Stretch(start, run.start)) - self.tokens(Stretch(run.stop, stop))
        return Stretch(self._reach_back(start, document.start, left), stop)

    def context(self, run: Stretch, opened: bool = False) -> Context:
        """The text of `run`; headings stand where they change, as Markdown writes them. opened: none stands at its beginning."""
        parts: list[str] = []
        offsets: dict[str, int] = {}
        length = 0
        for above, chunk in zip(self._above[run.start : run.stop], self.rows(run), strict=True):
            if above and (parts or not opened):
                parts.append(above)
                length += len(above) + len(_BREAK)
            offsets[chunk["chunk_id"]] = length
            parts.append(chunk["text"])
            length += len(chunk["text"]) + len(_BREAK)
        return Context(_BREAK.join(parts), offsets)

    def _reach(self, start: int, end: int, most: int) -> int:
        """The last stop up to `end` with which [start, stop) has at most `most` tokens."""
        bound = self._tokens_before[start] + most
        return min(end, int(np.searchsorted(self._tokens_before, bound, "right")) - 1)

    def _reach_back(self, stop: int, begin: int, most: int) -> int:
        """The first start from `begin` on with which [start, stop) has at most `most` tokens."""
        bound = self._tokens_before[stop] - most
        return max(begin, int(np.searchsorted(self._tokens_before, bound, "left")))

    def _headings(self) -> list[str]:
        """What stands above each chunk: its headings from the first that the chunk before does not have."""
        headings = self.chunks["headings"].to_pylist()
        shown: list[str] = []
        for document in self.documents:
            before: list[str] = []
            for number in range(document.start, document.stop):
                own = headings[number] or []
                shown.append(_marked(own, _in_common(own, before)))
                before = own
        return shown


def _marked(headings: list[str], same: int) -> str:
    return "\n".join(f"{'#' * (level + 1)} {heading}" for level, heading in enumerate(headings) if level >= same)


def _in_common(left: list[str], right: list[str]) -> int:
    return next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
