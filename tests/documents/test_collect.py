import bz2
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from tasks.core import schema as schemas
from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.core.reasons import REASONS
from tasks.documents.inventory import stage as inventory
from tasks.documents.params import Chunking, Source

Write = Callable[[str, str | bytes], Path]


def reasons(outcome: Any) -> dict[str, tuple[str, str]]:
    rows = outcome.rejected.to_pylist()
    assert all(row["reason"] in REASONS for row in rows)
    return {
        row["path"] + ("" if row["record"] is None else f"#{row['record']}"): (row["reason"], row["detail"])
        for row in rows
    }


def test_every_document_is_in_the_inventory_exactly_once(shelf: Any, write: Write, tmp_path: Path) -> None:
    write("docs/b.md", "# B\n\nText of b.")
    write("docs/sub/a.txt", "Text of a.")
    write("docs/scan.png", b"%PDF")
    write("docs/.git/config.txt", "hidden")
    outcome = shelf.collect(Source(path="docs", licence="MIT"), base=tmp_path)
    rows = outcome.kept.to_pylist()
    assert [(row["path"], row["media_type"]) for row in rows] == [
        ("b.md", "text/markdown"),
        ("sub/a.txt", "text/plain"),
    ]
    assert {row["licence"] for row in rows} == {"MIT"}
    assert {row["source"] for row in rows} == {"docs"}
    assert [shelf.raw[row["raw_sha256"]] for row in rows] == [b"# B\n\nText of b.", b"Text of a."]
    assert [row["raw_bytes"] for row in rows] == [15, 10]
    assert outcome.kept.schema == schemas.INVENTORY
    assert str(tmp_path) not in str(rows)


def test_an_id_stays_while_the_content_changes_and_the_folder_moves(shelf: Any, write: Write, tmp_path: Path) -> None:
    write("one/docs/a.txt", "Before.")
    write("two/docs/a.txt", "After.")
    before = shelf.collect(Source(path="one/docs"), base=tmp_path).kept.to_pylist()[0]
    after = shelf.collect(Source(path=str(tmp_path / "two/docs/*.txt")), base=tmp_path).kept.to_pylist()[0]
    assert before["document_id"] == after["document_id"]
    assert before["raw_sha256"] != after["raw_sha256"]


def test_what_is_no_text_is_rejected_with_its_reason_and_place(shelf: Any, write: Write, tmp_path: Path) -> None:
    write("d/binary.txt", b"MZ\x00\x01\x02 program")
    write("d/control.txt", b"\x01\x02\x03\x04 some")
    write("d/empty.txt", b"")
    write("d/fine.txt", "Fine, naïve text.")
    write("d/huge.txt", "word " * 100)
    write("d/half.txt", b"\xef\xbb\xbfok \xff")
    write("d/latin.txt", "caf\u00e9".encode("latin-1"))
    write("d/space.md", " \n\t\n")
    write("d/twin.txt", "Fine, naïve text.")
    outcome = shelf.collect(Source(path="d", max_bytes=100), base=tmp_path)
    fine = schemas.stable_id("d", "fine.txt")
    assert [row["path"] for row in outcome.kept.to_pylist()] == ["fine.txt"]
    assert reasons(outcome) == {
        "binary.txt": ("binary_document", "NUL at byte 2"),
        "control.txt": ("binary_document", "4 control characters"),
        "empty.txt": ("empty_document", ""),
        "half.txt": ("undecodable", "byte 6 is not utf-8-sig"),
        "huge.txt": ("too_large", "500 bytes, 100 allowed"),
        "latin.txt": ("undecodable", "byte 3 is not utf-8"),
        "space.md": ("empty_document", ""),
        "twin.txt": ("duplicate_document", fine),
    }


def test_records_that_cannot_be_read_are_rejected_with_their_line(shelf: Any, write: Write, tmp_path: Path) -> None:
    write("t.csv", 'id,text\n1,"one\ntwo"\n2\n\n3,three\n4,"three"\n5,\n')
    write(
        "t.jsonl",
        '{"text": "alpha"}\n\n{"text": \n{"other": 1}\n[1]\n{"text": 7}\n{"text": "\\ud800"}\n{"text": "beta"}\n',
    )
    outcome = shelf.collect(Source(path="*.*", column="text", name="t"), base=tmp_path)
    kept = [(row["path"], row["record"], row["field"]) for row in outcome.kept.to_pylist()]
    assert kept == [("t.csv", 0, "text"), ("t.csv", 2, "text"), ("t.jsonl", 0, "text"), ("t.jsonl", 6, "text")]
    found = reasons(outcome)
    assert found["t.csv#1"] == ("malformed_record", "line 4: 1 cells where the header has 2")
    assert found["t.csv#3"][0] == "duplicate_document"
    assert found["t.csv#4"] == ("empty_document", "")
    assert found["t.jsonl#1"] == (
        "malformed_record",
        "line 3: not JSON: expecting value, at character 9 of the record",
    )
    assert found["t.jsonl#2"] == ("malformed_record", "line 4: no key 'text'")
    assert found["t.jsonl#3"] == ("malformed_record", "line 5: not a JSON object")
    assert found["t.jsonl#4"] == ("malformed_record", "line 6: 'text' is not text")
    assert found["t.jsonl#5"] == ("malformed_record", "line 7: it holds half a character (a lone surrogate)")


def test_an_open_quote_at_the_end_of_a_csv_file_loses_no_record(shelf: Any, write: Write, tmp_path: Path) -> None:
    write("t.csv", 'text\nfine\n"open\nto the end')
    outcome = shelf.collect(Source(path="t.csv", column="text"), base=tmp_path)
    assert outcome.kept.num_rows == 1
    assert reasons(outcome)["t.csv#1"][0] == "malformed_record"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that even root cannot read")
def test_a_file_that_cannot_be_read_is_a_failed_row(shelf: Any, write: Write, tmp_path: Path) -> None:
    write("d/fine.txt", "Fine.")
    (tmp_path / "d/sick.txt").symlink_to("/proc/self/mem")
    outcome = shelf.collect(Source(path="d/fine.txt"), Source(path="d/sick.txt"), base=tmp_path)
    assert outcome.kept.column("path").to_pylist() == ["fine.txt"]
    assert outcome.failed.column("error").to_pylist() == ["sick.txt: Input/output error"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"path": "nowhere"}, r"there is no file or folder nowhere"),
        ({"path": "*.txt"}, r"\*\.txt holds no file"),
        ({"path": "bare"}, r"bare holds no file"),
        ({"path": "scan.png"}, r"no reader for scan\.png; readable are \.txt"),
        ({"path": "t.csv"}, r"t\.csv: which `column` holds the text is not said; it has: id, note"),
        ({"path": "t.csv", "column": "text"}, r"t\.csv: no column 'text'; it has: id, note"),
        ({"path": "t.jsonl", "column": "text"}, r"t\.jsonl: no column 'text'; it has: body"),
    ],
)
def test_a_source_that_leads_nowhere_is_named_in_one_line(
    shelf: Any, write: Write, tmp_path: Path, source: dict[str, str], message: str
) -> None:
    write("t.csv", "id,note\n1,x\n")
    write("t.jsonl", '{"body": "x"}\n')
    write("scan.png", b"%PDF")
    (tmp_path / "bare").mkdir()
    with pytest.raises(BadInput, match=message) as caught:
        shelf.collect(Source(**source), base=tmp_path)
    assert "\n" not in str(caught.value)


def test_two_sources_of_one_name_are_refused(shelf: Any, write: Write, tmp_path: Path) -> None:
    write("a/x.txt", "x")
    with pytest.raises(BadInput, match=r"documents\.1: .* 'a'"):
        shelf.collect(Source(path="a"), Source(path="a/x.txt", name="a"), base=tmp_path)
    with pytest.raises(BadInput, match="names no source"):
        shelf.collect()


@pytest.mark.parametrize("bad", [{}, {"path": "x", "pydoc": "topics"}, {"path": "x", "name": "No Good"}, {"paht": "x"}])
def test_a_source_is_exactly_one_place(bad: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Source(**bad)
    with pytest.raises(ValidationError, match="smaller than target"):
        Chunking(target_words=300, max_words=200)


def test_each_topic_is_a_document_and_parts_of_longer_topics_are_repeats(topics: Any) -> None:
    from pydoc_data import topics as library

    _, inventory, _ = topics
    kept = set(inventory.kept.column("path").to_pylist())
    repeats = {row["path"]: row["detail"] for row in inventory.rejected.to_pylist()}
    assert kept | set(repeats) == {f"pydoc:{name}" for name in library.topics}
    assert not kept & set(repeats)
    whole = schemas.stable_id("python-topics", "pydoc:compound")
    assert repeats["pydoc:try"] == f"{whole}, as a part of it"
    assert "pydoc:compound" in kept


def test_collecting_twice_gives_the_same_table(shelf: Any, topics: Any) -> None:
    assert shelf.collect(Source(pydoc="topics")).kept.equals(topics[1].kept)


def test_a_limit_takes_the_first_documents(shelf: Any, write: Write, tmp_path: Path) -> None:
    write("a.csv", "text\none\ntwo\nthree\n")
    write("b.txt", "b")
    tools = Tools("a-key", tmp_path, keep_raw=shelf.keep)
    sources = [Source(path=str(tmp_path / "a.csv"), column="text"), Source(path=str(tmp_path / "b.txt"))]
    taken = {limit: inventory.compute(sources, limit, tools).kept for limit in (2, 3, None)}
    assert taken[2].column("record").to_pylist() == [0, 1]
    assert taken[3].column("path").to_pylist() == ["a.csv"] * 3
    assert taken[None].column("path").to_pylist() == ["a.csv"] * 3 + ["b.txt"]


def test_a_source_gives_no_more_than_its_most_and_all_no_more_than_the_limit(shelf: Any) -> None:
    few, many = Source(pydoc="topics", max_documents=3), Source(pydoc="topics", max_documents=9)
    assert shelf.collect(few).kept.num_rows == 3
    assert shelf.collect(few, limit=2).kept.num_rows == 2
    assert shelf.collect(many, limit=4).kept.num_rows == 4


PACKINGS = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}
ROWS = [{"title": "The lever", "text": "A lever is a bar."}, {"title": "The wedge", "text": "A wedge\nsplits wood."}]
FILES = {
    "a.txt": "A lever is a bar.", "a.md": "# The lever\n\nA bar.", "a.html": "<h1>The lever</h1><p>A bar.</p>",
    "a.csv": 'title,text\nThe lever,A lever is a bar.\nThe wedge,"A wedge\nsplits wood."\n',
    "a.tsv": 'title\ttext\nThe lever\tA lever is a bar.\nThe wedge\t"A wedge\nsplits wood."\n',
    "a.jsonl": "\n".join(map(json.dumps, ROWS)), "a.json": json.dumps(ROWS, indent=1), "b.json": json.dumps({"data": ROWS}),
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("name", FILES)
def test_every_format_is_read_packed_or_not(
    shelf: Any, write: Write, tmp_path: Path, name: str, packing: str, encoding: str
) -> None:
    write(name + packing, PACKINGS[packing](FILES[name].encode(encoding)))
    inventory = shelf.collect(Source(path=name + packing), base=tmp_path)
    assert inventory.rejected.num_rows == 0
    assert set(inventory.kept["source"].to_pylist()) == {name[0]}
    chunks = shelf.ingest(inventory).kept.to_pylist()
    if inventory.kept["record"].null_count == 0:
        assert [(row["title"], row["text"]) for row in chunks] == [
            (r["title"], r["text"].replace("\n", " ")) for r in ROWS
        ]
    else:
        assert "bar." in chunks[0]["text"]


@pytest.mark.parametrize("column", ["text", "Content", "BODY", "only"])
def test_the_column_with_the_text_is_chosen_or_asked_for(shelf: Any, write: Write, tmp_path: Path, column: str) -> None:
    rest = {} if column == "only" else {"id": "7", "note": "not this"}
    write("a.json", json.dumps([{**rest, column: f"Text {n}."} for n in range(3)]))
    kept = shelf.collect(Source(path="a.json"), base=tmp_path).kept
    assert set(kept["field"].to_pylist()) == {column}
    if rest:
        assert set(shelf.collect(Source(path="a.json", column="note"), base=tmp_path).kept["field"].to_pylist()) == {
            "note"
        }


def test_a_packed_document_is_bounded_and_a_damaged_one_named(shelf: Any, write: Write, tmp_path: Path) -> None:
    write("d/bomb.txt.gz", gzip.compress(b"word " * 2_000_000))
    write("d/cut.txt.gz", gzip.compress(b"A bar. " * 999)[:-20])
    write("d/fine.txt", "A bar.")
    write("d/scan.png", b"%PDF")
    outcome = shelf.collect(Source(path="d", max_bytes=100_000), base=tmp_path)
    assert [reason for reason, _ in reasons(outcome).values()] == ["too_large", "undecodable"]
    assert outcome.facts["notes"] == ["d: passed over, as nothing that is read: scan.png"]
