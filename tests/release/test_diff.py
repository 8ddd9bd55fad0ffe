"""Two releases are told apart by id and compared by the hash of their text."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.core.schema import EXAMPLE, conform
from tasks.release.diff import diff
from tests.release import sample

RELEASE = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["x", "y", "z"]))


def table(release: dict[str, str]) -> pa.Table:
    given = {"instruction": "ask", "source": "s"}
    rows = [
        {**given, "example_id": name, "content_hash": f"hash of {text}", "response": text, "method": text}
        for name, text in release.items()
    ]
    return conform(pa.Table.from_pylist(rows, EXAMPLE), EXAMPLE)


@settings(max_examples=80)
@given(old=RELEASE, new=RELEASE)
def test_every_row_of_both_is_accounted_for(old, new):
    found = diff(table(old), table(new))
    common = old.keys() & new.keys()
    assert set(found.added.column("example_id").to_pylist()) == new.keys() - old.keys()
    assert set(found.removed.column("example_id").to_pylist()) == old.keys() - new.keys()
    assert set(found.changed.column("example_id").to_pylist()) == {name for name in common if old[name] != new[name]}
    assert found.same == sum(old[name] == new[name] for name in common)
    assert found.moved == sum(new[name] in old.values() for name in new.keys() - old.keys())
    assert found.empty == (old == new)


def test_the_summary_names_slices_and_columns():
    found = diff(table({"a": "x", "b": "y", "c": "z"}), table({"b": "y", "c": "x", "d": "x"}))
    text = found.to_text()
    assert "1 added · 1 removed · 1 changed · 1 the same" in text
    assert "1 have text that was there before" in text
    assert "source s: +1 −1 ~1" in text
    assert "method x: +1 −1 ~1" in text
    assert "response differs in 1 rows" in text
    assert found.by("method") == {"x": {"added": 1, "removed": 1, "changed": 1}}


def test_a_release_is_equal_to_itself_in_any_order():
    rows = sample.rows(300)
    assert diff(rows, rows.take(list(reversed(range(300))))).empty


def test_rows_without_a_hash_and_repeated_ids_are_refused():
    plain = table({"a": "x"})
    bare = plain.set_column(
        plain.column_names.index("content_hash"), EXAMPLE.field("content_hash"), pa.nulls(1, pa.string())
    )
    with pytest.raises(BadInput, match="row a has no content_hash"):
        diff(plain, bare)
    with pytest.raises(BadInput, match="stands twice"):
        diff(pa.concat_tables([plain, plain]), plain)
