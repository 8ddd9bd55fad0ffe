"""Which columns of a file are read. A column that no reader looks at, that says nothing else than the row says already and that is
not known to be beside the point is named: nothing that a file holds is lost in silence."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from tasks.imports.example import Example, Record
from tasks.imports.media import media_columns
from tasks.imports.values import empty

WATCHED: Final = 200
"""Rows of a file that are watched being read; after them, those in which a column first says something."""
BESIDE: Final = re.compile(
    r"(?:.*_)?(?:id|ids|idx|index|uuid|guid|hash|md5|sha1|sha256|fingerprint)|_.*|.*Id|UUID|ID|Unnamed:.*|column1|row|split|url|"
    r"(?:created|updated|modified)(?:_at|_on)?|timestamp|datetime|date|author|(?:n|num|len|count)_.*|.*_(?:length|count|tokens|chars)",
)
"""Columns that say where a row came from or how long it is, whatever the format: beside the point."""
LONG: Final = 20
"""Characters from which a text that stands in the row as part of another is no accident."""
_ROLES: Final = frozenset(("user", "assistant", "system", "tool", "human", "gpt", "function"))


class ReadRecord(dict[str, Any]):
    """A record that notes which of its values are looked at."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.looked_at: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.looked_at.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The value under `name`, noted as looked at."""
        self.looked_at.add(name)
        return super().get(name, default)


class ColumnsRead:
    """What becomes of a file's columns: `watched` before a record is read, `note` after it."""

    def __init__(self, beside: frozenset[str] = frozenset()) -> None:
        self.unread: list[str] = []
        self._beside = beside
        self._known: set[str] = set()
        self._repeating: set[str] = set()
        self._rows = 0

    def watched(self, record: Record) -> Record:
        """`record`, or a copy that notes what is read of it."""
        return record if self._rows >= WATCHED and record.keys() <= self._known else ReadRecord(record)

    def note(self, record: Record, examples: Sequence[Example]) -> None:
        """Take what was read of a watched record that became `examples`."""
        if not isinstance(record, ReadRecord):
            return
        self._rows += 1
        self._known |= record.looked_at
        left = [name for name in record if name not in self._known]
        if not left:
            return
        media = media_columns(tuple(record))
        said = [text for example in examples for text in _said(example)]
        for name in left:
            value = dict.__getitem__(record, name)
            if name in self._beside or name in media or BESIDE.fullmatch(name):
                self._known.add(name)
            elif empty(value):
                continue
            elif _repeated(value, said):
                self._repeating.add(name)
            else:
                self._known.add(name)
                self.unread.append(name)
        if self._rows == WATCHED:
            self._known |= self._repeating


def _said(example: Example) -> Iterator[str]:
    yield from (example.instruction, example.response)
    yield from (text for text in (example.system, example.reasoning, example.rejected, example.tools) if text)
    for turn in example.history or ():
        yield from (turn[name] for name in ("content", "tool_calls", "reasoning") if turn[name])


def _repeated(value: Any, said: Sequence[str]) -> bool:
    """Whether every text of a value stands in the row, or the value is the whole row put together, as Alpaca's `text` is."""
    texts = [text.strip() for text in _texts(value)]
    whole = len(said) > 1 and len(texts) == 1 and len(texts[0]) >= LONG and all(part in texts[0] for part in said[:2])
    return bool(texts) and (
        whole
        or all(any(text == part.strip() or (len(text) >= LONG and text in part) for part in said) for text in texts)
    )


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return () if value in _ROLES else (value,)
    if isinstance(value, dict | list | tuple):
        inner = value.values() if isinstance(value, dict) else value
        return [text for one in inner for text in _texts(one)]
    return () if value is None else (str(value),)
