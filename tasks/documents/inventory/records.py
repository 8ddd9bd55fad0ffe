"""Files of records (CSV, TSV, JSON Lines, JSON arrays): one document a record, its text in one column, its title in another."""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from tasks.containers import RecordBlock, UnreadableRecord, records_in
from tasks.documents.inventory.exports import CONFLUENCE, ZIP, pages_of

CONTAINERS: Final = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/jsonl": "jsonl",
    "application/json": "json",
}
"""Media types of files of records, and who reads them."""
ARCHIVES: Final = (ZIP, CONFLUENCE)
"""Media types of exports, of which each page is a record."""
PAGE: Final = "page"
"""What stands for the column of those."""
TEXTS: Final = ("text", "content", "body", "page_content", "article", "document", "passage", "markdown")
"""Names of the column that holds the text, where the recipe names none; the first that is there."""
TITLE: Final = "title"
LOOKED_AT: Final = 200
"""Records that decide which columns there are."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its number from 0, the line it begins on from 1, and its text, or what is wrong with it."""

    number: int
    line: int
    text: str
    title: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a file, in order, malformed ones with their problem; `column` holds their text."""

    column: str
    records: tuple[Record, ...]


class NoColumn(Exception):
    """The file has no column of that name; `columns` are those it has."""

    def __init__(self, columns: list[str]) -> None:
        super().__init__(columns)
        self.columns = columns


@lru_cache(maxsize=4)
def records_of(raw: bytes, encoding: str, media_type: str, column: str) -> Records:
    """The records of a file. `column`: empty to take the first of TEXTS that is there. Raises NoColumn; BadInput for two columns
    of one name; Unreadable for an archive that is none."""
    if media_type in ARCHIVES:
        pages = enumerate(pages_of(raw, media_type))
        return Records(PAGE, tuple(Record(i, i + 1, page.text, page.title, page.problem) for i, page in pages))
    text = raw.decode(encoding).encode("utf-8", "surrogatepass")
    container = "json" if text.lstrip()[:1] == b"[" and media_type == "application/jsonl" else CONTAINERS[media_type]
    values = list(_numbered(records_in(io.BytesIO(text), container)))
    values = _inside(values, column)
    seen = Counter(key for value, _ in islice(values, LOOKED_AT) if isinstance(value, dict) for key in value)
    chosen = column if column in seen else "" if column else _text_column(list(seen))
    if not chosen and (seen or not column):
        raise NoColumn(list(seen))
    return Records(chosen, tuple(_record(i, line, value, chosen or column) for i, (value, line) in enumerate(values)))


def record_text(raw: bytes, encoding: str, media_type: str, column: str, number: int) -> str:
    """The text of one record. Raises IndexError if there is none of that number."""
    return records_of(raw, encoding, media_type, column).records[number].text


def _numbered(blocks: Iterator[RecordBlock]) -> Iterator[tuple[Any, int]]:
    for block in blocks:
        yield from ((value, block.line(index)) for index, value in enumerate(block.values))


def _inside(values: list[tuple[Any, int]], column: str) -> list[tuple[Any, int]]:
    """`values`, or the list of objects inside the only one: {"data": [{…}, …]}."""
    only = values[0][0] if len(values) == 1 else None
    if not isinstance(only, dict) or column in only or _called(list(only)):
        return values
    lists = [v for v in only.values() if isinstance(v, list) and v and all(isinstance(i, dict) for i in v)]
    if len(lists) > 1:  # a help centre's articles come with their sections, categories and authors
        lists = [v for v in lists if (column in v[0] if column else _called(list(v[0])))]
    return [(value, values[0][1]) for value in lists[0]] if len(lists) == 1 else values


def _text_column(names: list[str]) -> str:
    """The column that holds the text by its name, in whatever case, or because there is no other."""
    return _called(names) or (names[0] if len(names) == 1 else "")


def _called(names: list[str]) -> str:
    lower = {name.lower(): name for name in names}
    return next((lower[name] for name in TEXTS if name in lower), "")


def _record(number: int, line: int, value: Any, column: str) -> Record:
    if isinstance(value, UnreadableRecord):
        return Record(number, line, "", problem=value.why)
    if column not in value:
        return Record(number, line, "", problem=f"no key {column!r}")
    if not isinstance(value[column], str):
        return Record(number, line, "", problem=f"{column!r} is not text")
    title = value.get(TITLE)
    return Record(number, line, value[column], " ".join(title.split()) if isinstance(title, str) else "")
