import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import BadInput, IntegrityError
from tasks.core.schema import EXAMPLE
from tasks.store.store import Store
from tests.store import records

SCHEMA = pa.schema([("id", pa.string()), ("text", pa.string())])


def table(texts: list[str]) -> pa.Table:
    return pa.table({"id": [str(n) for n in range(len(texts))], "text": texts}, schema=SCHEMA)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
@settings(max_examples=40)
def test_what_is_put_is_got(tmp_path: Path, texts: list[str]) -> None:
    store = Store(tmp_path)
    assert store.get(store.put(table(texts)), SCHEMA).equals(table(texts))


def test_rows_of_an_earlier_version_are_read_under_todays_names(tmp_path: Path) -> None:
    store = Store(tmp_path)
    turn = pa.struct([("role", pa.string()), ("content", pa.string())])
    earlier = pa.table(
        {"example_id": ["1"], "prompt": ["a.md@1"], "history": pa.array([[("user", "a")]], pa.list_(turn))}
    )
    row = store.get(store.put(earlier), EXAMPLE).to_pylist()[0]
    assert (row["prompt_source"], row["licence"]) == ("a.md@1", None)
    assert row["history"] == [
        dict.fromkeys(EXAMPLE.field("history").type.value_type.names) | {"role": "user", "content": "a"}
    ]


def test_equal_tables_become_one_object(tmp_path: Path) -> None:
    store = Store(tmp_path)
    chunked = pa.concat_tables([table(["a"]), table(["a", "b"]).slice(1)])
    assert store.put(table(["a", "b"]).slice(0)) == store.put(table(["a", "b"]))
    assert [part.sha256 for part in store.put(chunked)] == [part.sha256 for part in store.put(table(["a", "b"]))]
    assert len(list(tmp_path.glob("objects/*/*.parquet"))) == 1


def test_no_flipped_bit_is_read_as_if_nothing_happened(tmp_path: Path) -> None:
    store = Store(tmp_path)
    rows = table([f"row number {n} of many" for n in range(400)])
    parts = store.put(rows)
    path = store.object_path(parts[0].sha256)
    whole = path.read_bytes()
    dice = random.Random(7)
    for _ in range(60):
        place = dice.randrange(len(whole) * 8)
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        with suppress(IntegrityError):  # a flip in unused footer bytes may leave the rows as they were
            assert store.get(parts, SCHEMA).equals(rows)
        assert len(list(store.damage([records.manifest("s", kept=parts)]))) == 1


def test_a_manifest_without_its_objects_does_not_count(tmp_path: Path) -> None:
    store = Store(tmp_path)
    parts = store.put(table(["a"]))
    store.put_manifest(records.manifest("s", kept=parts))
    assert store.manifest("s", "k") is not None
    store.object_path(parts[0].sha256).unlink()
    assert store.manifest("s", "k") is None


def test_an_object_that_claims_other_rows_than_its_manifest_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (part,) = store.put(table(["a", "b"]))
    with pytest.raises(IntegrityError, match="claims"):
        store.get([part.model_copy(update={"rows": 3})], SCHEMA)


def test_versions_have_no_gaps_however_many_publish_at_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        published = list(pool.map(lambda _: store.publish(records.release()).version, range(24)))
    assert sorted(published) == store.versions("d") == list(range(1, 25))


def test_a_missing_release_names_what_there_is(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.publish(records.release("here"))
    with pytest.raises(BadInput, match="datasets there: here"):
        store.release("there")
    with pytest.raises(BadInput, match="versions: 1"):
        store.release("here", 2)


def test_raw_bytes_are_checked_when_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    name = store.keep_raw(b"as it was")
    assert store.raw(name) == b"as it was"
    (tmp_path / "raw" / name[:2] / name).write_bytes(b"as it is")
    with pytest.raises(IntegrityError, match="damaged"):
        store.raw(name)
    assert len(list(store.raw_damage())) == 1
