"""Every character of a chunk leads back to the raw bytes."""

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.documents.chunking import Chunk, chunks_of
from tasks.documents.params import Source
from tasks.documents.readers import READERS
from tasks.documents.resolve import raw_span, raw_text

BULLET = re.compile(r"\s*(?:[*+-]|\d+[.)])? ?")
TEXT = [
    "\n", "\n\n", "\r\n", " ", "   ", "    ", "\t", "a", "Word two.", "Note:", "hyphen-\n", "é", "\u2028", "\x0c",
    "CHAPTER I",
]  # fmt: skip
MARKS = [
    "* ", "1. ", "> ", "# ", "## H", "***", "===", ">>> x", "x ::= y", "str.f(x)", "`c`", "```", "~~~py", "[l](u)",
    "![i](u)",
]  # fmt: skip
PAGES = [
    "---\ntitle: T\n---\n", "|a|b|\n|-|-|\n|1|2|", "<b>", "</b>", "<p>", "<pre>", "</pre>", "<li>", "<ul>", "</ul>",
    "<h1>",
]  # fmt: skip
TAGS = [
    "</h1>", "<table><tr><td>", "<!-- c -->", "&amp;", "&lt", "&#65;", "&nope;", "<script>s</script>", "<a href=x>",
    "</a>",
]  # fmt: skip
PIECES = st.sampled_from([*TEXT, *MARKS, *PAGES, *TAGS])


def evidence_text(chunk: Any, start: int, end: int, read_raw: Any) -> str:
    """What stands in the raw document where characters [start, end) of the chunk's text came from."""
    raw = raw_text(
        read_raw(chunk["raw_sha256"]), chunk["encoding"], chunk["record"], chunk["field"], chunk["media_type"]
    )
    begin, finish = raw_span(chunk, start, end)
    return raw[begin:finish]


def folded(text: str) -> str:
    """Without white space, and without the rules that stand between scenes and sections."""
    return re.sub(r"[*=]{3,}", "", re.sub(r"\s", "", text))


def assert_resolves(text: str, offsets: list[tuple[int, int, int, int]], raw: str) -> None:
    """Offsets cover the text without gaps, go forward in the raw text, and say what stands there."""
    position, passed = 0, 0
    for start, origin, length, raw_length in offsets:
        assert start == position
        assert origin >= passed
        made, source = text[start : start + length], raw[origin : origin + raw_length]
        if length == raw_length:
            assert folded(made) == folded(source)
        else:
            assert not made.strip() or BULLET.fullmatch(made) or made == " | " or made == html.unescape(source)
        position, passed = start + length, origin + raw_length
    assert position == len(text)


@pytest.mark.parametrize("media_type", sorted(READERS))
@given(raw=st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=100))
def test_any_text_becomes_chunks_that_resolve(media_type: str, raw: str) -> None:
    reading = READERS[media_type](raw, 64)
    for chunk in chunks_of(reading.blocks, 20, 40):
        assert chunk.text.strip()
        assert_resolves(chunk.text, chunk.offsets, raw)


@pytest.mark.parametrize("corpus", ["topics", "austen"])
def test_random_spans_of_real_documents_stand_in_the_raw_text(corpus: str, request: pytest.FixtureRequest) -> None:
    shelf, _, chunks = request.getfixturevalue(corpus)
    rng = np.random.default_rng(7)
    for row in chunks.kept.to_pylist():
        raw = raw_text(shelf.raw[row["raw_sha256"]], row["encoding"], row["record"], row["field"], row["media_type"])
        assert_resolves(row["text"], [tuple(o.values()) for o in row["offsets"]], raw)
        for _ in range(5):
            start, end = sorted(int(n) for n in rng.choice(len(row["text"]) + 1, 2, replace=False))
            begin, finish = raw_span(row, start, end)
            assert folded(raw[begin:finish]) == folded(row["text"][start:end])


def test_real_markdown_resolves(shelf: Any, shared: Path) -> None:
    chunks = shelf.ingest(shelf.collect(Source(path=str(shared / "documents/dlt-docs/general-usage"))))
    assert chunks.kept.num_rows > 300
    for row in chunks.kept.to_pylist():
        raw = shelf.raw[row["raw_sha256"]].decode(row["encoding"])
        assert_resolves(row["text"], [tuple(o.values()) for o in row["offsets"]], raw)


def test_evidence_is_found_in_records_pages_and_marked_files(
    shelf: Any, write: Callable[[str, str | bytes], Path], tmp_path: Path
) -> None:
    write("t.csv", 'id,text\n1,first one\n2,"The second\nrecord, ""quoted""."\n')
    write("t.html", "<html><body><h1>T</h1><p>Fish &amp; chips\n  are <b>good</b>.</body></html>")
    write("t.txt", b"\xef\xbb\xbfAfter the mark.\r\n\r\nSecond paragraph,\r\nwrapped.")
    write("u.txt", "Sixteen bits, naïve.".encode("utf-16"))
    chunks = shelf.ingest(shelf.collect(Source(path="*.*", column="text", name="mix"), base=tmp_path)).kept.to_pylist()
    found = {}
    for row in chunks:
        start = row["text"].rindex(" ", 0, len(row["text"]) - 2) + 1
        found[row["path"], row["record"]] = (
            row["text"],
            evidence_text(row, start, len(row["text"]), shelf.raw.__getitem__),
        )
    assert found == {
        ("t.csv", 0): ("first one", "one"),
        ("t.csv", 1): ('The second record, "quoted".', '"quoted".'),
        ("t.html", None): ("Fish & chips are good.", "good</b>."),
        ("t.txt", None): ("After the mark.\n\nSecond paragraph, wrapped.", "wrapped."),
        ("u.txt", None): ("Sixteen bits, naïve.", "naïve."),
    }


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 3), (2, 1), (0, 6)])
def test_a_span_outside_the_text_is_refused(start: int, end: int) -> None:
    chunk = Chunk("Hello", "prose", (), [(0, 10, 5, 5)])
    row = {"chunk_id": "c", "text": chunk.text, "offsets": [{"text": 0, "raw": 10, "length": 5, "raw_length": 5}]}
    assert raw_span(row, 1, 5) == (11, 15)
    with pytest.raises(ValueError, match="no span"):
        raw_span(row, start, end)
