"""What the finder for manuals asks about, and what it refuses. Each case is a sentence as manuals write them."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.outcome import Tools
from tasks.core.schema import CHUNK
from tasks.documents import stage as ingest
from tasks.documents.inventory import stage as inventory
from tasks.documents.params import Chunking, Source
from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders import reference
from tasks.generation.from_documents.templates.finders.reference import KINDS, blocks, find, sentences
from tasks.generation.from_documents.templates.template_set import ask, load, locate

SET = load(locate("reference"))


def chunk(text: str, *headings: str, kind: str = "prose", **columns: Any) -> dict[str, Any]:
    where = {"chunk_id": "c", "document_id": "d", "title": headings[0], "headings": list(headings)}
    return where | {"kind": kind, "text": text} | columns


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=CHUNK)


def questions(text: str, *headings: str, kind: str = "prose") -> dict[str, str]:
    """First phrasing of every question about a chunk, with its answer: the spans, apart by a bar."""
    asked = {}
    for anchor in find(table(chunk(text, *(headings or ("Names",)), kind=kind))):
        question = ask(anchor, SET.templates, SET.given, draw=0)
        assert question, anchor
        asked[question[1]] = "|".join(text[start:end] for start, end in anchor.spans)
    return asked


STATEMENTS = [
    ("If a name is bound in a block, it is a local variable.", "What happens if a name is bound in a block?"),
    ('When a name is not found at all, a "NameError" is raised.', "What happens when a name is not found at all?"),
    ("A *block* is a piece of program text that is executed as a unit.", "What is a block in Python?"),
    ("Objects whose value can change are said to be *mutable*.", 'What does "mutable" mean in Python?'),
    (
        "Lambda expressions (or lambda forms) are used to create functions.",
        "What are lambda expressions used for in Python?",
    ),
    (
        'The "try" statement specifies exception handlers and cleanup code.',
        "What does the `try` statement do in Python?",
    ),
    (
        'The "-" (minus) operator yields the negation of its argument.',
        "What does the `-` (minus) operator yield in Python?",
    ),
    ("Exceptions are cleared because they would keep all locals alive.", "Why are exceptions cleared in Python?"),
    ('To remove all entries at once, call "clear()".', "How do I remove all entries at once?"),
    (
        "Strings and byte sequences cannot be directly compared.",
        "In Python, can strings and byte sequences be directly compared?",
    ),
    ("A future statement must appear near the top of its module.", None),
    ("An empty tuple can be formed by an empty pair of parentheses.", "How can an empty tuple be formed in Python?"),
    (
        "There are three types of numeric literals: integers, floats, imaginary.",
        "What types of numeric literals are there in Python?",
    ),
    (
        '(The difference between "next" and "step" is that "step" stops inside.)',
        "What is the difference between `next` and `step`?",
    ),
]


@pytest.mark.parametrize(("sentence", "question"), STATEMENTS)
def test_a_statement_and_the_question_it_answers(sentence: str, question: str | None) -> None:
    remark = re.sub(r"^\((.*)\)$", r"\1", sentence)  # brackets around the whole belong to its place in the text
    assert questions(sentence) == ({question: remark} if question else {})


@pytest.mark.parametrize(
    "sentence",
    [
        "This type has a single value and is used to signify the absence of a value.",
        "Type objects represent the various object types.",
        "A script file (a file given as standard input to the interpreter) is a code block.",
        "The value of an object is a rather abstract notion in Python.",
        "A class object can be called to yield a class instance.",
        'When a class attribute reference (for class "C", say) would yield a method, it is transformed into another.',
        "If a specific method is not defined, the assignment falls back to the normal methods.",
        "If it is not found, the search goes on in the enclosing scope.",
        "If the object is mutable, the change is seen by everyone.",  # which object?
        "If an exception is supplied, and the method wishes to suppress it, a true value is returned.",
        "When used as a decorator, the function returns a wrapper for the class.",
        "The parameters describe the exception that caused the context to be exited.",
        "Lambda expressions are used as described in section Lambdas.",
        "If a name is bound in a block, the rules of the previous section apply.",
        "Additional names are used to refer to objects in most cases.",
        "The modules are an example of such objects in most programs.",
        "A slicing is described below.",
    ],
)
def test_what_cannot_stand_alone_is_not_asked_about(sentence: str) -> None:
    assert questions(sentence) == {}


def test_a_definite_subject_is_placed_by_its_heading() -> None:
    text = "If the iterator is exhausted, the loop terminates."
    assert questions(text, 'The "for" statement') == {
        "What happens in a `for` statement if the iterator is exhausted?": text
    }


def test_sentences_that_lean_on_the_first_belong_to_its_answer() -> None:
    text = 'When a name is not found, an error is raised. It is a "NameError". Programs go on elsewhere.'
    (answer,) = questions(text).values()
    assert answer == 'When a name is not found, an error is raised. It is a "NameError".'


def test_footnotes_and_references_are_left_out_of_an_answer() -> None:
    text = "A *block* is a piece of text (see section Blocks), executed as a unit. [1]"
    assert questions(text) == {"What is a block in Python?": "A *block* is a piece of text|, executed as a unit."}


def test_what_is_announced_comes_along_or_the_question_goes() -> None:
    text = 'Names are used to refer to objects. A loop can be left by "break":\n\n    for i in x:\n        break'
    announced = '"pass" is an empty operation, for example:\n\n    def f(): pass'
    assert questions(announced)["What is `pass` in Python?"].endswith("for example:|    def f(): pass")
    assert questions(announced.split("\n")[0]) == {}
    assert all(not answer.endswith(":") for answer in questions(text).values())


ENTRY = """\
str.find(sub[, start[, end]])

Return the lowest index where *sub* is found. Return "-1" if *sub* is not found.

The *sub* argument must be a string or an integer from 0 to 255. If *sub* is empty, the result is *start*.

>>> 'abc'.find('c')
2

Note:

The method is slow.

Changed in version 3.7: Support for the *start* and *end* arguments was added by popular demand."""


def test_an_entry() -> None:
    asked = questions(ENTRY, "String Methods", "str.find(sub[, start[, end]])", kind="entry")
    assert list(asked) == [
        "Write a docstring for `str.find()`.",
        "Explain the `sub` parameter of `str.find()`.",
        "Show me an example of `str.find()`.",
        "What does `str.find()` do if `sub` is empty?",
        "What changed about `str.find()` in Python 3.7?",
    ]
    assert asked["Show me an example of `str.find()`."] == ">>> 'abc'.find('c')\n2"
    whole = asked["Write a docstring for `str.find()`."]
    assert whole.startswith("Return the lowest index")
    assert whole.endswith("2")
    assert not re.search("slow|Changed", whole)


def test_names_of_entries() -> None:
    special = questions(
        'object.__len__(self)\n\nCalled to implement "len()".', "Containers", "object.__len__(self)", kind="entry"
    )
    command = questions(
        "q(uit)\n\nQuit the debugger.", '"pdb" — The Debugger', "Debugger Commands", "q(uit)", kind="entry"
    )
    method = questions(
        "get(key)\n\nReturn the value of *key*.", "Mapping", "class dict(**kw)", "get(key)", kind="entry"
    )
    operation = questions("d[key]\n\nReturn the item of *d*.", "Mapping", "class dict(**kw)", "d[key]", kind="entry")
    assert list(special) == ["When is `__len__()` called?"]
    assert list(command) == ["What does the `quit` command do in pdb?"]
    assert list(method) == ["Write a docstring for `dict.get()`."]
    assert list(operation) == ["What does `d[key]` do for a `dict`?"]


def test_grammar_is_asked_about_whole_or_by_its_first_rule() -> None:
    text = '    with_stmt ::= "with" with_item ":" suite\n                  | "with"\n    with_item ::= expression ["as" target]'
    assert questions(text, 'The "with" statement', kind="grammar") == {
        "What is the grammar of the `with` statement in Python?": text
    }
    assert questions(text, "Types", kind="grammar") == {
        "What is the grammar rule for `with_stmt` in Python?": text[: text.index("\n    with_item")]
    }


def test_an_overview_is_given_of_a_section_from_its_beginning_only() -> None:
    first = (
        "A slicing selects a range of items in a sequence object, a string or a list.\n\nSlicings may be nested in one "
        "another, but rarely are. Few people know, and fewer still have ever written any."
    )
    late = f"Objects of many a type that people use can be sliced.\n\n{first}"

    def overviews(*texts: str) -> list[str]:
        rows = (chunk(text, "Slicings", chunk_id=f"c{i}") for i, text in enumerate(texts))
        return [a.chunk_id for a in find(table(*rows)) if a.kind == "overview"]

    assert overviews(first, first) == ["c0"]
    assert overviews(late) == []  # begins in the middle of something
    assert overviews(first[: first.index(" Few")]) == []  # says too little


def test_blocks_cover_a_chunk() -> None:
    text = "str.x()\n\nProse.\n\n* one\n* two\n  more\n\n    code\n\n    more code\n\nNote:\n\nChanged in version 3: x"
    kinds = [block.kind for block in blocks.split(text, opens=True)]
    assert kinds == ["signature", "paragraph", "item", "item", "code", "note", "version"]


TEXT = st.text(alphabet=st.sampled_from(list('aB .,:;()[]"*“”_\n1=>|-+')), max_size=120)


@given(TEXT)
def test_no_text_breaks_the_finder_and_spans_stay_inside(text: str) -> None:
    for kind in ("prose", "entry"):
        for anchor in find(table(chunk(text, "h(elp) [x]", kind=kind))):
            _check(anchor, text)


@given(TEXT)
def test_masking_keeps_every_place(text: str) -> None:
    assert len(sentences.mask(text)) == len(text)


def _check(anchor: Anchor, text: str) -> None:
    assert {name for name, _ in anchor.slots} <= set(KINDS[anchor.kind])
    edges = [edge for span in anchor.spans for edge in span]
    assert [0, *edges, len(text)] == sorted([0, *edges, len(text)])
    assert all(text[start:end].strip() for start, end in anchor.spans)


def test_the_language_reference(tmp_path: Path) -> None:
    """Counts are floors well below what was measured (597 questions over 450 chunks), so that other versions pass too."""
    raw: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        raw[hashlib.sha256(data).hexdigest()] = data
        return hashlib.sha256(data).hexdigest()

    tools = Tools("key", tmp_path, keep_raw=keep, read_raw=raw.__getitem__)
    found = inventory.compute((Source(pydoc="topics", name="reference"),), None, tools).kept
    chunks = ingest.compute(found, Chunking(), tools).kept
    texts = dict(zip(chunks["chunk_id"].to_pylist(), chunks["text"].to_pylist(), strict=True))
    anchors = reference.find(chunks)
    for anchor in anchors:
        _check(anchor, texts[anchor.chunk_id])
        assert ask(anchor, SET.templates, {"product": "this language"}, 0), anchor
    assert len(anchors) > 450
    assert len({anchor.kind for anchor in anchors}) > 25
    covered = {anchor.chunk_id for anchor in anchors}
    assert len(covered) > len(texts) / 2
