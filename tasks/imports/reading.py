"""One file's records read one after another, by its format and its conventions."""

from collections.abc import Iterator
from typing import Any

from tasks.containers import RecordBlock
from tasks.imports.columns import ColumnsRead
from tasks.imports.example import Conventions, Example, Record
from tasks.imports.formats import Format
from tasks.imports.media import refuse_media_columns, refuse_media_marks


class RecordReader:
    """Makes examples of records, and knows in the end which columns were read."""

    def __init__(self, form: Format, conventions: Conventions) -> None:
        self.form = form
        self.columns = ColumnsRead(form.beside)
        self._conventions = conventions

    def examples(self, value: Record) -> list[Example]:
        """The examples of a record. Raises UnusableError where it holds none, or cannot be understood without a picture, sound or
        a file; where the recipe names the columns, it decides what belongs to a row."""
        if not self._conventions.dataset.columns:
            refuse_media_columns(value, "the row")
        record = self.columns.watched(value)
        made = [*self.form.read(record, self._conventions)]
        for example in made:
            refuse_media_marks(example)
        self.columns.note(record, made)
        return made


def without_nulls(blocks: Iterator[RecordBlock]) -> Iterator[RecordBlock]:
    """Records of Parquet and Arrow without what these filled in: all objects of a column have the same keys there, null in those
    that had no such key. Maps, which come as pairs, become objects."""
    for block in blocks:
        nested = any(
            isinstance(v, dict | list) for row in block.values[:1] if isinstance(row, dict) for v in row.values()
        )
        if not nested:
            yield block
            continue
        values = [{k: _emptied(v) for k, v in row.items()} if isinstance(row, dict) else row for row in block.values]
        yield RecordBlock(block.first, values, block.ends_at, block.line)


def _emptied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _emptied(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        if value and all(isinstance(one, tuple) and len(one) == 2 for one in value):
            return {key: _emptied(inner) for key, inner in value if inner is not None}
        return [_emptied(one) for one in value]
    return value
