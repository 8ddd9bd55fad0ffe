"""The passages that a row is based on, found by its evidence spans."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import pyarrow as pa

from tasks.text.words import normalise

Spans = list[dict[str, Any]] | None

_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "“": "'", "”": "'", '"': "'", "–": "-", "—": "-", "\u00ad": ""})
_MARKER: Final = re.compile(r"^[ \t]*(?:(?:\d{1,3}[.)]|[-*•>])[ \t]+)+", re.MULTILINE)


class Evidence:
    """Looks evidence up in a table of chunks (schema CHUNK); None where there are no documents."""

    def __init__(self, chunks: pa.Table | None) -> None:
        self._chunks = chunks

    @cached_property
    def _texts(self) -> dict[str, str]:
        if self._chunks is None:
            return {}
        return dict(zip(self._chunks["chunk_id"].to_pylist(), self._chunks["text"].to_pylist(), strict=True))

    @cached_property
    def _titles(self) -> dict[str, str]:
        if self._chunks is None:
            return {}
        rows = self._chunks.select(["chunk_id", "title", "headings"]).to_pylist()
        return {row["chunk_id"]: "\n".join([row["title"] or "", *(row["headings"] or [])]) for row in rows}

    def missing(self, spans: Spans) -> str | None:
        """The first chunk named by `spans` that is not among the chunks; None where all are, or where there are no chunks."""
        if self._chunks is None:
            return None
        return next((span["chunk_id"] for span in spans or () if span["chunk_id"] not in self._texts), None)

    def spanned(self, spans: Spans, separator: str = "\n") -> str:
        """The text of the spans in their order; a span without start and end is the whole chunk."""
        return separator.join(self._texts.get(s["chunk_id"], "")[s["start"] : s["end"]] for s in spans or ())

    def whole(self, spans: Spans) -> str:
        """The whole text of every chunk in `spans`, each once, in the order of its first span."""
        return "\n".join(self._texts.get(name, "") for name in dict.fromkeys(s["chunk_id"] for s in spans or ()))

    def grounds(self, spans: Spans) -> Iterator[str]:
        """The texts to search: the spans one per line, the spans as one text (a sentence may be in two spans), the whole chunks."""
        yield self.spanned(spans)
        yield self.spanned(spans, "")
        yield self.whole(spans)

    def titles(self, spans: Spans) -> str:
        """Titles and headings above the chunks in `spans`."""
        return "\n".join(self._titles.get(name, "") for name in dict.fromkeys(s["chunk_id"] for s in spans or ()))

    def holds(self, text: str | None, spans: Spans) -> bool:
        """True if every line of `text` is in the evidence word for word, apart from white space and list markers."""
        if not text or not spans or self._chunks is None:
            return False
        lines = [line for line in map(comparable, without_markers(text).splitlines()) if line]
        return any(all(line in ground for line in lines) for ground in map(comparable, self.grounds(spans)))


def comparable(text: str) -> str:
    """`text` as it is compared with evidence: NFKC, lower case, one kind of quotes and of dashes, single blanks."""
    return normalise(text.translate(_QUOTES)).translate(_QUOTES)


def without_markers(text: str) -> str:
    """`text` without the list markers (1. 2) - * •) and block quote signs at the beginnings of its lines."""
    return _MARKER.sub("", text)
