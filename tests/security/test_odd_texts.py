"""Generated texts of every odd kind through every stage: no crash, every rejection has a known reason, the ledger balances.

The short form takes some dozen texts; INSTRUCTORY_LONG=1 takes more than a thousand.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tasks import answers, audit, cleaning, clusters, mix, stages
from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.documents import stage as ingest
from tasks.documents.inventory import stage as inventory
from tasks.documents.inventory.collect import collect
from tasks.documents.params import Chunking, Source
from tasks.filters import stage as filters
from tasks.filters.catalogue import Filters
from tasks.generation.from_documents.templates import Templates
from tasks.generation.from_rows.constraints import Constraints
from tasks.generation.stage import compute as generate
from tasks.pipeline import ledger
from tasks.pool import stage as pool
from tasks.release.card import plain
from tasks.release.export import FORMATS, export
from tasks.teachers.protocol import Budget, TeacherSettings
from tests.security.payloads import EVERY

LONG = bool(os.environ.get("INSTRUCTORY_LONG"))
TIMES = 45 if LONG else 2
BATCH = 24 if LONG else 16
LINE = 1_000_000 if LONG else 60_000
"""Characters of the longest line."""

PROSE = "A widget is a small part that joins two pieces of wood. It is used in frames, and holds 12 kg."
OPENINGS = st.sampled_from(["<div>", "> ", "- ", "[", "((", "**", "`", "\\"])
ODD = st.one_of(
    st.text(st.characters(), max_size=200),
    st.text(st.sampled_from("\u202e\u202d\u2066\u2069\u200f\u061cאבגשלוםمرحبا ."), max_size=120),
    st.text(st.sampled_from("e\u0301\u0300\u0327\u20dd\u0489 a"), max_size=200),
    st.text(st.sampled_from("\x00\x01\x07\x0b\x1b\x7f\x85\u2028\ufeff ab\n"), max_size=80),
    st.text(st.sampled_from("#*`>|-=~_[](){}<!/\\&;:\"' \n\t0a"), max_size=300),
    st.sampled_from(["", " ", "\n\n\n", "\ufeff", "\t", "👩‍👩‍👧‍👦" * 40, "𝒳" * 50, "ﷺ" * 30, "\U0010ffff", "ı İ ß ﬁ"]),
    st.sampled_from(EVERY),
    st.builds(lambda opening, depth: opening * depth, OPENINGS, st.integers(1, 3000)),
    st.builds(lambda text: (text * (LINE // len(text)))[:LINE], st.sampled_from(["x", "word ", "字", "a\u0301", "= "])),
).map(lambda text: f"{text}\n\n{PROSE}" if len(text) % 2 else text)  # fmt: skip
NAMES = st.sampled_from([".txt", ".md", ".html", ".jsonl", ".csv"])
ENCODINGS = st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "shift_jis", "utf-7"])
DOCUMENT = st.tuples(ODD, NAMES, ENCODINGS)
ONCE = settings(
    max_examples=TIMES, deadline=None, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck)
)
RECORDS = (".jsonl", ".csv")


class Batch(list[Any]):
    """What one run is given; told by its number, for its texts are long and the seed gives them again."""

    def __repr__(self) -> str:
        return f"{len(self)} odd texts"


NOBODY = (TeacherSettings(), Budget())


def ran(name: str, compute: Callable[..., Outcome], entered: pa.Table | None, *more: object) -> pa.Table:
    """The rows a stage keeps, its account balanced and its reasons known."""
    outcome = compute(*([] if entered is None else [entered]), *more)
    read = EXAMPLE.empty_table() if compute is generate else entered
    reasons = stages.filters.reasons if name == "filters" else {}
    ledger.balance(
        name, read, outcome, reasons
    )  # raises for a row that is lost or doubled, and for a reason that nobody knows
    return outcome.kept


def written(folder: Path, number: int, text: str, suffix: str, encoding: str) -> None:
    if suffix == ".jsonl":
        text = json.dumps({"text": text}) + "\n" + text
    elif suffix == ".csv":
        text = f'text\n"{text}"\n{text}\n'
    lone = "surrogatepass" if encoding.startswith("utf-") and encoding != "utf-7" else "replace"
    (folder / f"{number:03}{suffix}").write_bytes(text.encode(encoding, lone))


@pytest.mark.timeout(7200 if LONG else 300)
@seed(20261121)
@ONCE
@given(st.lists(DOCUMENT, min_size=BATCH, max_size=BATCH).map(Batch))
def test_documents_of_any_kind(documents: list[tuple[str, str, str]]) -> None:
    kept: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        kept[name] = data
        return name

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, (text, suffix, encoding) in enumerate(documents):
            written(folder, number, text, suffix, encoding)
        (folder / "good.md").write_text(f"# The widget\n\n{PROSE}\n")
        (folder / "good.jsonl").write_text(json.dumps({"text": PROSE}))
        (folder / "good.csv").write_text(f'text\n"{PROSE} Again."\n')
        tools = Tools("odd", folder, keep_raw=keep, read_raw=kept.__getitem__)
        sources = [source for path in sorted(folder.iterdir()) if (source := source_of(path)) is not None]
        found = ran("inventory", inventory.compute, None, sources, None, tools)
        chunks = ran("documents", ingest.compute, found, Chunking(), tools)
        made = ran("templates", generate, chunks, None, Templates(), *NOBODY, tools)
        made = ran("pool", pool.compute, made, chunks, None, tools)
        answered = ran("answers", answers.compute, made, chunks, answers.Answers(), *NOBODY, tools)
        ran("constraints", generate, chunks, answered, Constraints(share=1.0), *NOBODY, tools)


def source_of(path: Path) -> Source | None:
    """A file as a recipe names it; None for records without the column, which end a build with a line (tested elsewhere)."""
    source = Source(
        path=str(path), name=f"s-{path.stem}-{path.suffix[1:]}", column="text" if path.suffix in RECORDS else ""
    )
    try:
        collect([source], lambda data: "")
    except BadInput:
        return None
    return source


TEXTS = ("system", "rejected", "topic", "category", "licence", "method", "tools", "teacher")
TURN = st.fixed_dictionaries({"role": ODD, "content": ODD})
ROW = st.fixed_dictionaries(
    {name: st.one_of(ODD, st.just(PROSE)) for name in ("instruction", "response")},
    optional={
        **dict.fromkeys(TEXTS, ODD),
        "language": st.sampled_from(["en", "", "xx"]),
        "score": st.floats(),
        "history": st.lists(TURN, max_size=3),
        "constraints": st.lists(ODD, max_size=2),
    },
)


def storable(value: object) -> object:
    """`value` as Arrow can hold it: UTF-8 has no lone surrogates."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [storable(item) for item in value]
    return {name: storable(item) for name, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.timeout(7200 if LONG else 300)
@seed(20261121)
@ONCE
@given(st.lists(ROW, min_size=BATCH, max_size=BATCH).map(Batch))
def test_rows_of_any_kind(rows: list[dict[str, object]]) -> None:
    good = {"instruction": "What is a widget used for?", "response": PROSE}
    base = {"source": "odd", "origin": "human", "method": "human", "licence": "MIT", "generation": 0}
    named = [{"example_id": f"{n:032x}", "parent_id": f"p{n}", **base, **row} for n, row in enumerate([good, *rows])]
    table = pa.Table.from_pylist([storable(row) for row in named], schema=EXAMPLE)
    with tempfile.TemporaryDirectory() as name:
        tools = Tools("odd", Path(name))
        cleaned = ran("cleaning", cleaning.compute, table, None, cleaning.Cleaning(), tools)
        kept = ran("filters", filters.compute, cleaned, None, Filters(), tools)
        themed = ran("clusters", clusters.compute, kept, clusters.Clusters(), tools)
        mixed = ran("mix", mix.compute, themed, mix.Mix(), tools)
        audited = ran("audit", audit.compute, mixed, None, None, audit.Audit(), tools)
        for form in FORMATS:
            exported(table if form in ("csv", "jsonl", "parquet") else audited, form, Path(name) / form)
        for row in named:
            assert "\n" not in plain(row["instruction"])


def exported(table: pa.Table, form: str, out: Path) -> None:
    """Written whole; or refused in one line, for a tool call that is no JSON, and nothing written."""
    refusal = ""
    try:
        assert export(table, form, out) == table.num_rows
    except BadInput as error:
        refusal = str(error)
    assert "\n" not in refusal
    assert out.exists() != bool(refusal)
