"""Which paragraphs are headings, and how deep: by the file's bookmarks, by larger letters, and by bold letters on a line alone."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tasks.documents.readers.office.pdf.paragraphs import Paragraph

_LARGER: Final = 1.12
"""Times the size of the text: a heading's letters have at least that."""
_LONGEST: Final = 160
"""Characters of a heading."""
_MOST_LINES: Final = 3
_BOLD_SHARE: Final = 0.3
"""Of a document's characters; where more are bold, bold letters mark nothing."""
_SENTENCE: Final = re.compile(r"[.;,:]$")
_LETTER: Final = re.compile(r"[^\W\d_]")
_DEEPEST: Final = 6
_BESIDE: Final = re.compile(r"[\W_]+")


class Headings:
    """Says of each paragraph of a document which level of heading it is."""

    def __init__(self, paragraphs: Sequence[Paragraph], bookmarks: Sequence[tuple[int, int, str]]) -> None:
        sizes: Counter[float] = Counter()
        bold = 0
        for one in paragraphs:
            length = sum(map(len, one.lines))
            sizes[round(one.size, 1)] += length if one.kind != "code" else 0
            bold += length * one.bold
        self._body = sizes.most_common(1)[0][0] if sizes else 10.0
        self._bold_marks = bold <= _BOLD_SHARE * max(1, sum(sizes.values()))
        self._bookmarks = {(page, _bare(title)): level for level, page, title in bookmarks if _bare(title)}
        larger = {round(one.size, 1) for one in paragraphs if self._is_larger(one)}
        deepest = max(self._bookmarks.values(), default=0)
        self._levels = {size: deepest + rank for rank, size in enumerate(sorted(larger, reverse=True), start=1)}
        if deepest and larger and max(larger) > 1.3 * self._body:
            self._levels[max(larger)] = 1  # the title, which bookmarks leave out

    def level(self, paragraph: Paragraph) -> int:
        """From 1, or 0 for what is no heading."""
        if paragraph.kind in ("code", "table") or len(paragraph.text) > _LONGEST:
            return 0
        marked = self._bookmarks.get((paragraph.page, _bare(paragraph.text)), 0)
        if marked or self._is_larger(paragraph):
            return min(marked or self._levels[round(paragraph.size, 1)], _DEEPEST)
        alone = paragraph.bold and len(paragraph.lines) == 1 and not _SENTENCE.search(paragraph.text)
        is_marked = alone and self._bold_marks and paragraph.size >= 0.95 * self._body
        return (
            min(max(self._levels.values(), default=0) + 1, _DEEPEST)
            if is_marked and _LETTER.search(paragraph.text)
            else 0
        )

    def _is_larger(self, one: Paragraph) -> bool:
        text = one.lines[-1] if one.lines else ""
        short = one.kind in ("prose", "list") and len(one.lines) <= _MOST_LINES and sum(map(len, one.lines)) <= _LONGEST
        return (
            short
            and one.size > _LARGER * self._body
            and not text.endswith((".", ";", ","))
            and bool(_LETTER.search(text))
        )


def _bare(title: str) -> str:
    """A title's letters and digits."""
    return _BESIDE.sub("", title).lower()
