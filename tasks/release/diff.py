"""What changed between two releases, row by row."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import BadInput
from tasks.core.schema import TEXT_COLUMNS

SLICES = ("source", "method")


@dataclass(frozen=True)
class Difference:
    """The rows of two releases, matched by `example_id` and compared by `content_hash`.

    A finding that changed (a topic, a score) leaves a row the same: the hash stands for its text.
    """

    added: pa.Table
    """Rows only the newer release has, with all their columns."""
    removed: pa.Table
    """Rows only the older release has, with all their columns."""
    changed: pa.Table
    """`example_id`, `columns` (the text columns that differ, as a list), `source` and `method` as they are now."""
    same: int
    """Rows with the same id and the same text."""
    moved: int
    """Added rows whose text the older release had under another id."""

    @property
    def empty(self) -> bool:
        """Whether the two hold the same rows with the same text."""
        return not (self.added.num_rows or self.removed.num_rows or self.changed.num_rows)

    def by(self, column: str) -> dict[str, dict[str, int]]:
        """Rows added, removed and changed for each value of `column` ("source" or "method"), most affected first."""
        counts = {name: _counts(getattr(self, name), column) for name in ("added", "removed", "changed")}
        values = Counter(counts["added"]) + Counter(counts["removed"]) + Counter(counts["changed"])
        ordered = sorted(values, key=lambda value: (-values[value], value))
        return {value: {name: counts[name].get(value, 0) for name in counts} for value in ordered}

    def to_text(self) -> str:
        """The difference as lines to read in a terminal."""
        lines = [
            f"{self.added.num_rows:,} added · {self.removed.num_rows:,} removed · "
            f"{self.changed.num_rows:,} changed · {self.same:,} the same"
        ]
        if self.moved:
            lines.append(f"of those added, {self.moved:,} have text that was there before under another id")
        for column in SLICES:
            for value, counts in self.by(column).items():
                lines.append(f"  {column} {value}: +{counts['added']:,} −{counts['removed']:,} ~{counts['changed']:,}")
        touched = Counter(name for names in self.changed.column("columns").to_pylist() for name in names)
        lines += [f"  {name} differs in {count:,} rows" for name, count in sorted(touched.items())]
        return "\n".join(lines)


def diff(a: pa.Table, b: pa.Table) -> Difference:
    """What `b` (newer) has that `a` (older) has not, and the reverse. Both have `tasks.core.schema.EXAMPLE`'s columns.

    Raises BadInput if an id stands twice in one table or a row has no `content_hash`.
    """
    for name, table in (("older", a), ("newer", b)):
        if table.column("content_hash").null_count:
            row = table.filter(pc.is_null(table.column("content_hash"))).column("example_id")[0]
            raise BadInput(f"the {name} release: row {row} has no content_hash; only released rows can be compared")
        if pc.count_distinct(table.column("example_id")).as_py() != table.num_rows:
            raise BadInput(f"the {name} release: an example_id stands twice; run `instructory verify`")
    ids_a, ids_b = a.column("example_id").combine_chunks(), b.column("example_id").combine_chunks()
    position = pc.index_in(ids_b, value_set=ids_a)
    new = pc.is_null(position)
    before, after = a.take(position.drop_null()), b.filter(pc.invert(new))
    differs = pc.not_equal(before.column("content_hash"), after.column("content_hash"))
    added = b.filter(new)
    changed = after.filter(differs)
    texts = (table.select(TEXT_COLUMNS).to_pylist() for table in (before.filter(differs), changed))
    columns = [[name for name in TEXT_COLUMNS if x[name] != y[name]] for x, y in zip(*texts, strict=True)]
    return Difference(
        added=added,
        removed=a.filter(pc.invert(pc.is_in(ids_a, value_set=ids_b))),
        changed=changed.select(["example_id", *SLICES]).add_column(
            1, "columns", pa.array(columns, pa.list_(pa.string()))
        ),
        same=after.num_rows - (pc.sum(differs).as_py() or 0),
        moved=pc.sum(pc.is_in(added.column("content_hash"), value_set=a.column("content_hash"))).as_py() or 0,
    )


def _counts(table: pa.Table, column: str) -> Mapping[str, int]:
    return Counter("not stated" if value is None else value for value in table.column(column).to_pylist())
