"""What the report says in depth: repairs, filters, imports, the map, other releases, what was rejected; and that it stays small."""

import re

import pyarrow as pa
import pytest

from tasks.core.schema import CHUNK, CLUSTERED, EXAMPLE, INVENTORY, conform, rejected
from tasks.release.card import card
from tasks.release.collect import collect
from tasks.release.embedding_map import embedding_map
from tasks.release.rejected_sample import EACH, REJECTS, rejected_sample
from tasks.release.report import render
from tasks.release.report_data import OtherRelease, StageFacts
from tasks.release.writers import PEOPLE, SOURCES, UNNAMED, response_writers
from tasks.store.manifest import BuildRecord, Ledger, Manifest
from tasks.store.store import Store
from tests.release import sample
from tests.release.test_report import Outline
from tests.store import records


def text_of(page: str) -> str:
    return " ".join(" ".join(Outline(page).text).split())


def stage(name: str, facts: dict, rows: int = 100) -> StageFacts:
    return StageFacts(name, rows, rows, facts=facts)


def test_repairs_are_counted_by_rule_before_and_after() -> None:
    changes = pa.array([["markup:response", "markup:instruction"]] * 3 + [[]] * 17, pa.list_(pa.string()))
    rows = sample.rows(20)
    rows = rows.set_column(rows.column_names.index("changes"), CLUSTERED.field("changes"), changes)
    facts = {"cleaning": {"rows": 5, "texts": 9, "rules": {"markup": 8, "mojibake": 1}}}
    text = text_of(render(sample.small_data(rows=rows, stages=(stage("cleaning", facts),))))
    assert "9 texts in 5 rows (5.0%) were repaired" in text
    assert "Markup 8 6 turns HTML into Markdown" in text
    assert "Mojibake 1 0" in text


def test_filters_stand_in_their_order() -> None:
    ran = [
        {"filter": "length", "rows_in": 100, "rejected": {"too_short": 20, "empty": 5}, "changed": 0},
        {"filter": "pii", "rows_in": 75, "rejected": {}, "changed": 4},
    ]
    text = text_of(render(sample.small_data(stages=(stage("filters", {"filters": ran}),))))
    assert "2 filters checked the rows; 1 of them rejected some." in text
    assert "length 100 25 25% too short 20, empty 5" in text
    assert re.search(r"pii 75 0 0% – 4", text)


def test_imported_files_are_named_with_their_licence() -> None:
    entry = {
        "path": "a.json",
        "format": "alpaca",
        "licence": "CC-BY-NC-4.0",
        "use": "non-commercial",
        "rows": 52,
        "refused": 3,
    }
    text = text_of(render(sample.small_data(stages=(stage("imports", {"files": {"a.json": entry}}),))))
    assert "52 rows were read from 1 file." in text
    assert "a.json alpaca CC-BY-NC-4.0 non-commercial 52 3" in text


def test_columns_that_nobody_read_are_named() -> None:
    files = {
        name: {"path": name, "format": "alpaca", "rows": 1, "unread": unread}
        for name, unread in (("a", ["x", "y"]), ("b", []))
    }
    text = text_of(render(sample.small_data(stages=(stage("imports", {"files": files}),))))
    assert "Not read: 2 columns, x and y." in text


def test_what_filters_measured_is_shown() -> None:
    ran = [
        {"filter": "synthetic", "rows_in": 100, "rejected": {}, "changed": 0, "measured": {"auc": 0.934, "human": 60}}
    ]
    assert "synthetic Auc 0.934" in text_of(render(sample.small_data(stages=(stage("filters", {"filters": ran}),))))


def test_passages_that_gave_nothing_stand_with_their_reason() -> None:
    stages = (
        StageFacts("documents", 4, 20, rejected=1, reasons={"empty_document": 1}, reads="document", makes="passage"),
        StageFacts("pool", 30, 18, rejected=12, reasons={"no_instruction": 10, "duplicate_instruction": 2}),
    )
    rejects = pa.table({"stage": ["pool", "pool"], "reason": ["no_instruction"] * 2, "location": ["a.md", "b.md"]})
    audit = sample.AUDIT | {"coverage": {"passages": 20, "used": 8, "documents": 3, "documents_used": 2}}
    text = text_of(render(sample.small_data(stages=stages, rejects=conform(rejects, REJECTS), audit=audit)))
    assert "Released rows stand on 8 of 20 passages (40%) in 2 of 3 documents." in text
    assert re.search(r"No instruction 10 passages .{1,90} a\.md, b\.md", text)
    assert "Empty document 1 document" in text
    assert "Duplicate instruction 2 passages" not in text


@pytest.mark.parametrize(
    ("row", "writer"),
    [
        ({"answer_method": "extractive", "origin": "synthetic", "teacher": None}, SOURCES),
        ({"method": "reverse_instruction", "origin": "human", "teacher": "openai/m"}, SOURCES),
        ({"method": "imported", "answer_method": "human", "origin": "human", "teacher": None}, PEOPLE),
        ({"method": "imported", "answer_method": "imported", "origin": "synthetic", "teacher": None, "generation": 1}, UNNAMED),
        ({"method": "taxonomy", "answer_method": "rag", "origin": "synthetic", "teacher": "openai/m"}, "openai/m"),
        ({"method": "paraphrase", "origin": "synthetic", "teacher": "openai/m", "parent_id": "not here"}, UNNAMED),
    ],
)  # fmt: skip
def test_the_writer_of_a_response_is_who_wrote_it(row: dict, writer: str) -> None:
    rows = conform(
        pa.Table.from_pylist([{"example_id": "1", "instruction": "a", "response": "b", **row}], CLUSTERED), CLUSTERED
    )
    assert response_writers(rows).to_pylist() == [writer]
    data = sample.small_data(rows=rows)
    text = text_of(render(data))
    assert writer in text
    assert "no model" not in text
    assert f"| {writer} | 1 |" in card(data).replace("\\", "")


def test_the_map_is_the_same_for_the_same_rows_and_fits_its_frame() -> None:
    rows = sample.rows(200)
    places = embedding_map(rows)
    assert places is not None
    assert places.num_rows == 200
    assert places.equals(embedding_map(rows.take(list(reversed(range(200))))))
    for axis in ("x", "y"):
        values = places.column(axis).to_pylist()
        assert (min(values), max(values)) == (0.0, 1.0)
    assert embedding_map(sample.rows(10)) is None
    page = render(sample.report_data(rows=rows, map=places))
    assert "Map of 200 instructions" in page
    assert page.count('id="embedding-map-title"') == 1


def test_distributions_stand_beside_the_last_release_and_a_reference() -> None:
    counted = {"edges": [1, 2, 5, 10], "counts": [10, 20, 30], "mean": 4.0}
    audit = sample.AUDIT | {"distributions": {"response_words": counted}}
    before = {"distributions": {"response_words": {"edges": [2, 5, 10, 20], "counts": [10, 10, 20]}}}
    other = {"verb_object": {"pairs": [{"verb": "explain", "object": "behaviour", "count": 5}]}, "rows": 50}
    beside = (OtherRelease("version 6", before), OtherRelease("alpaca version 1", other))
    page = render(sample.report_data(audit=audit, beside=beside, recipe={"reference": "alpaca"}))
    text = text_of(page)
    assert "here and in version 6 and alpaca version 1." in text
    assert "this release: 1 16.7%, 2–4 33.3%, 5–9 50%; before: 2–4 25%, 5–9 25%, 10–19 50%.<" in page
    assert re.search(r"explain behaviour 10% – 10%", text)


def test_a_reference_that_is_not_there_is_said() -> None:
    text = text_of(render(sample.report_data(recipe={"reference": "nowhere"})))
    assert "The reference nowhere is not in this store" in text


@pytest.mark.parametrize(
    ("detail", "covered", "told"),
    [
        (
            "gsm8k/test #17: how many clips did she sell",
            1.0,
            "gsm8k/test #17 how many clips did she sell word for word, 100%",
        ),
        ("mmlu/law #2: which of these is", 0.61, "mmlu/law #2 which of these is in part, 61%"),
        ("mmlu #3: dogs cats (rephrased, cosine 0.91)", 0.0, "mmlu #3 dogs cats reworded, cosine 0.91"),
        ("something else", None, "something else"),
    ],
)
def test_a_benchmark_hit_has_item_words_tier_and_coverage(detail: str, covered: float | None, told: str) -> None:
    rejects = sample.rejects(6)
    for name, value in (("reason", "contaminated"), ("detail", detail), ("contamination", covered)):
        field = rejects.schema.field(name)
        rejects = rejects.set_column(rejects.column_names.index(name), field, pa.array([value] * 6, field.type))
    assert told in text_of(render(sample.small_data(rejects=rejects)))


# what was rejected, read from a store


def kept(store: Store, name: str, schema: pa.Schema, rows: list[dict], thrown: list[dict]) -> Manifest:
    tables = {
        "kept": store.put(pa.Table.from_pylist(rows, schema)),
        "rejected": store.put(pa.Table.from_pylist(thrown, rejected(schema))),
        "failed": (),
    }
    ledger = Ledger(rows_in=0, created=0, used=0, kept=len(rows), rejected=len(thrown), failed=0)
    manifest = records.manifest(name, tables=tables, ledger=ledger)
    store.put_manifest(manifest)
    return manifest


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


def test_rejected_documents_and_passages_can_be_read_with_reason_and_place(store: Store) -> None:
    same, broken = "duplicate_document", "malformed_record"
    page, junk = store.keep_raw(b"# Title\n\nThe same words again."), store.keep_raw(bytes(range(256)) * 4)
    documents = [
        {"document_id": "d1", "path": "a/b.md", "raw_sha256": page, "raw_bytes": 30, "reason": same, "detail": "d0"},
        {"document_id": "d2", "path": "c.bin", "raw_sha256": junk, "raw_bytes": 1024, "reason": "binary_document"},
        {"document_id": "d3", "path": "gone.csv", "record": 4, "raw_sha256": "0" * 64, "raw_bytes": 9, "reason": broken},
    ]  # fmt: skip
    passage = {"chunk_id": "c1", "path": "a/x.md", "headings": ["One", "Two"], "text": "A passage about nothing much."}
    rows = [
        {"example_id": "e1", "parent_id": "c1", "reason": "no_instruction"},
        {"example_id": "e2", "parent_id": "c1", "instruction": "What?", "reason": "duplicate_instruction"},
        {"example_id": "c1", "parent_id": "d1", "reason": "no_instruction"},
    ]
    manifests = [
        kept(store, "inventory", INVENTORY, [], documents),
        kept(
            store, "documents", CHUNK, [passage], [{**passage, "chunk_id": "c2", "reason": "too_deep", "detail": "99"}]
        ),
        kept(store, "seeds", EXAMPLE, [], rows),
    ]
    found = {row["example_id"]: row for row in rejected_sample(store, manifests).to_pylist()}
    assert set(found) == {"d1", "d2", "d3", "c1", "c2", "e1", "e2"}
    assert found["d1"]["text"] == "# Title\n\nThe same words again."
    assert found["d2"]["text"] is None
    assert found["d3"]["location"] == "gone.csv, record 4"
    for own in ("e1", "c1"):
        assert (found[own]["text"], found[own]["location"]) == ("A passage about nothing much.", "a/x.md › One › Two")
    assert found["e2"]["text"] is None
    page_text = text_of(render(sample.small_data(rejects=rejected_sample(store, manifests))))
    assert "1 rejected row and 6 rejected documents and passages" in page_text
    assert "Too deep: the markup is nested too deeply to be a document (depth: 99)" in page_text
    assert "A passage about nothing much." in page_text


def test_every_stage_has_a_row_of_its_own_whatever_it_is_called(store: Store) -> None:
    """Stages are described by what their tables hold: a method's name is new to the report, and may stand twice."""
    rows = [{"example_id": "e1", "instruction": "What?"}]
    manifests = [
        kept(store, "documents", CHUNK, [{"chunk_id": "c1", "text": "Words."}], []),
        kept(store, "self_instruct", EXAMPLE, rows, []).model_copy(update={"key": "first"}),
        kept(store, "self_instruct", EXAMPLE, [], rows).model_copy(update={"key": "second"}),
        kept(store, "audit", CLUSTERED, [], []),
    ]
    for number, manifest in enumerate(manifests[1:], 1):
        before = manifests[number - 1]
        manifests[number] = manifest.model_copy(update={"inputs": ((before.stage, before.key),)})
    for manifest in manifests:
        store.put_manifest(manifest)
    store.put_build(
        BuildRecord(
            dataset="shop", build="b", stages=tuple((one.stage, one.key) for one in manifests[:-1]), verdicts=()
        )
    )
    data = collect(store, store.draft("shop"), cached={"first"})
    assert [(stage.stage, stage.reads, stage.makes, stage.cached) for stage in data.stages] == [
        ("documents", "row", "passage", False),
        ("self_instruct", "passage", "row", True),
        ("self_instruct", "row", "row", False),
    ]
    assert data.rows.column("example_id").to_pylist() == ["e1"]
    page = render(data)
    assert page.count("<h3>Self instruct</h3>") == 2
    assert 'shop</bdi> <span class="version">draft</span>' in page


def test_every_reason_is_in_the_sample_however_rare(store: Store) -> None:
    rows = [{"example_id": f"{i:05d}", "instruction": "x", "reason": "toxic"} for i in range(3000)]
    rows += [{"example_id": "zz", "instruction": "x", "reason": "contaminated"}]
    sampled = rejected_sample(store, [kept(store, "filters", EXAMPLE, [], rows)])
    reasons = sampled.column("reason").to_pylist()
    assert (reasons.count("toxic"), reasons.count("contaminated")) == (EACH, 1)


def test_the_report_finds_the_release_before_and_the_reference(store: Store) -> None:
    for dataset, version in (("alpaca", 1), ("shop", 1), ("shop", 2)):
        manifest = kept(store, "audit", CLUSTERED, [], [])
        facts = {"rows": version, "of": dataset}
        manifest = manifest.model_copy(update={"key": f"{dataset}{version}", "facts": facts})
        store.put_manifest(manifest)
        recipe = {"reference": "alpaca@1"} if version == 2 else {}
        store.publish(records.release(dataset, manifest, recipe=recipe, previous=version - 1 or None))
    beside = collect(store, store.release("shop")).beside
    named = [(other.name, other.audit["of"]) for other in beside]
    assert named == [("version 1", "shop"), ("alpaca version 1", "alpaca")]


def test_the_report_stays_small_whatever_the_rows_hold() -> None:
    """Long conversations, long texts and thousands of values: under 2 MB."""
    long = "words " * 5_000
    rows = sample.rows(80)
    turns = [{"role": "user", "content": long, "name": None, "tool_calls": long}] * 60
    columns = {
        "history": [turns] * 80,
        "response": [long] * 80,
        "source": [f"source-{i}-{'x' * 5000}" for i in range(80)],
        "theme_label": [f"theme {i} {'y' * 5000}" for i in range(80)],
    }
    for name, values in columns.items():
        field = CLUSTERED.field(name)
        rows = rows.set_column(rows.column_names.index(name), field, pa.array(values, field.type))
    rejects = conform(rows.append_column("reason", pa.array(["toxic"] * 80)), rejected(CLUSTERED))
    facts = {
        "counts": {f"{'z' * 3000}{i}": i for i in range(5000)},
        "deep": {str(i): {"a": [long]} for i in range(3000)},
    }
    page = render(
        sample.report_data(
            rows=rows, rejects=rejects, recipe={"documents": [long] * 10}, stages=(stage("seeds", facts),)
        )
    )
    assert len(page.encode()) < 2_000_000
