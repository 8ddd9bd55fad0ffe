"""The audit counts what a person would count, on tables small enough to count by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks.audit import Audit, Expected, compute
from tasks.audit.complexity import reasoning_steps
from tasks.audit.diversity import distinct, nearest_among, nearest_within
from tasks.audit.grammar import read
from tasks.audit.other_answers import other_answers
from tasks.audit.sampling import sampled
from tasks.audit.statistics import histogram, value_counts
from tasks.core import schema as schemas
from tasks.core.outcome import Outcome, Tools

TEXT = "A generator is a function which returns a generator iterator. It looks like a normal function."
GOOD: dict[str, Any] = {
    "parent_id": "chunk",
    "instruction": "Explain what a generator is.",
    "response": "A generator is a function which returns a generator iterator.",
    "source": "reference",
    "origin": "human",
    "method": "template",
    "answer_method": "extractive",
    "prompt_source": "definition@1",
    "evidence": [{"chunk_id": "chunk", "start": 0, "end": 61}],
    "licence": "PSF-2.0",
    "generation": 0,
    "category": "explanation",
    "difficulty": "easy",
    "language": "en",
    "grounding": 1.0,
    "toxicity": 0.0,
    "contamination": 0.0,
    "cluster": 0,
    "cluster_size": 1,
    "theme": 0,
    "theme_label": "generators",
}
VERBS = ["Name", "Draw", "Describe", "Paint", "Count", "Explain", "Sing", "Sort"]
THINGS = ["volcanoes", "taxes", "violins", "proteins", "bridges", "poems", "galaxies", "soups", "verbs", "tides"]


def table(*rows: dict[str, Any]) -> pa.Table:
    full = [{"example_id": f"row{i}", **row} for i, row in enumerate(rows)]
    full = [{"content_hash": f"{row.get('instruction')}/{row.get('response')}", **row} for row in full]
    return schemas.conform(pa.Table.from_pylist(full, schema=schemas.CLUSTERED), schemas.CLUSTERED)


def chunks(flags: list[str] | None = None, chunk_id: str = "chunk") -> pa.Table:
    rows = [{"chunk_id": chunk_id, "text": TEXT, "flags": flags}]
    return schemas.conform(pa.Table.from_pylist(rows, schema=schemas.CHUNK), schemas.CHUNK)


def audited(
    rows: pa.Table, previous: pa.Table | None = None, passages: pa.Table | None = None, **params: Any
) -> Outcome:
    tools = Tools(key="key", store_root=Path())
    return compute(rows, previous, chunks() if passages is None else passages, Audit(**params), tools)


def facts(*rows: dict[str, Any], **params: Any) -> dict[str, Any]:
    return audited(table(*rows), **params).facts


def different(count: int, **columns: Any) -> list[dict[str, Any]]:
    """`count` good rows whose instructions are unlike each other."""
    return [
        {
            **GOOD,
            "instruction": f"{VERBS[i % 8]} {THINGS[i // 8]}.",
            "response": f"{THINGS[i // 8]} of kind {i}",
            **columns,
        }
        for i in range(count)
    ]


def test_rows_are_kept_as_they_are() -> None:
    rows = table(*different(5))
    outcome = audited(rows)
    assert outcome.kept.equals(rows)
    assert outcome.rejected.num_rows == outcome.failed.num_rows == 0


@pytest.mark.parametrize("rows", [[], [{}], [{}, {}], [GOOD]], ids=["none", "nulls", "two-of-nulls", "one"])
@pytest.mark.parametrize("passages", [chunks(), schemas.CHUNK.empty_table()], ids=["chunks", "no-chunks"])
def test_degenerate_tables_give_finite_figures(rows: list[dict[str, Any]], passages: pa.Table) -> None:
    now = table(*rows)
    for previous in (None, table(), now):
        measured = audited(now, previous, passages).facts
        json.dumps(measured, allow_nan=False)
        assert measured["rows"] == len(rows)
    assert measured["comparison"]["regressions"] == []


def test_the_same_rows_give_the_same_bytes_in_any_batches() -> None:
    rows = table(*different(30))
    pieces = pa.concat_tables([rows.slice(0, 7), rows.slice(7)])
    assert json.dumps(audited(rows, rows).facts) == json.dumps(audited(pieces, pieces).facts)


def test_lengths() -> None:
    lengths = facts({"instruction": "one two three", "response": "One. Two.\n\nThree four five."}, {"response": None})
    words = lengths["distributions"]
    assert words["instruction_words"] == {
        "edges": [0, 1, 2, 5],
        "counts": [1, 0, 1],
        **{"mean": 1.5, "median": 1.5, "p95": 2.85, "min": 0, "max": 3},
    }
    assert words["response_words"]["max"] == 5
    assert words["response_sentences"]["max"] == 3


def test_histograms_hold_every_value() -> None:
    assert histogram([0, 0, 3, 100_000])["counts"] == [2, 0, 1, *[0] * 10, 1]
    assert histogram([7])["edges"] == [5, 10]


def test_diversity_counted_by_hand() -> None:
    rows = [{"instruction": "name a red fruit", "cluster": 0, "theme": 0, "category": "list"}] * 2
    rows += [{"instruction": "name a green car", "cluster": 1, "theme": -1, "category": "list"}]
    found = facts(*rows)["diversity"]
    assert found["distinct_1"] == 0.5  # name a red fruit green car: 6 of 12
    assert found["distinct_2"] == 0.5556  # name a, a red, red fruit, a green, green car: 5 of 9
    assert (found["clusters"], found["effective_clusters"], found["largest_cluster_share"]) == (2, 1.8899, 0.6667)
    assert (found["themes"], found["without_theme_share"], found["near_same_share"]) == (1, 0.3333, 0.6667)
    assert found["openings"] == {"name a": 3}
    assert found["effective_categories"] == 1.0


def test_distinct_n_grams() -> None:
    assert distinct([["a", "b", "a", "b"]], 2) == 0.6667
    assert distinct([["a"]], 2) == 0.0


@pytest.mark.parametrize(
    ("row", "other", "apart"),
    [
        (("What is 15 °C in °F?", "59 °F", None), ("What is 13 °C in °F?", "55.4 °F", None), True),
        (("Name 4 mammals.", "Cat, dog, cow, bat.", None), ("Name two mammals.", "Cat, dog.", None), False),
        (("Add 2 and 3.", "It is 5.", None), ("Add 3 and 2.0.", "It is five.", None), False),
        (("One digit?", "`\\d`", "\\d"), ("One letter?", "`[a-z]`", "[a-z]"), True),
        (("One digit?", "`\\d`", "\\d"), ("One letter?", "`[a-z]`", None), False),
    ],
)
def test_rows_with_other_numbers_or_another_reference_are_apart(
    row: tuple[str, str, str | None], other: tuple[str, str, str | None], apart: bool
) -> None:
    names = ("instruction", "response", "reference")
    table = pa.Table.from_pylist([dict(zip(names, one, strict=True)) for one in (row, other)], schema=schemas.EXAMPLE)
    assert other_answers(table)(slice(0, 2)).tolist() == [[False, apart], [apart, False]]
    same = np.array([[1, 0], [1, 0]], dtype=np.float32)
    assert nearest_within(same, apart=other_answers(table)).tolist() == ([-1, -1] if apart else [1, 1])


@pytest.mark.parametrize(
    ("method", "parent", "apart"),
    [("paraphrase", "a", True), ("paraphrase", "x", False), ("evol_instruct", "a", False)],
)
def test_a_variant_and_its_parent_are_no_repetition(method: str, parent: str, apart: bool) -> None:
    same = {"instruction": "Name two mammals.", "response": "Cat, dog."}
    made = {"example_id": "b", "parent_id": parent, "method": method}
    table = pa.Table.from_pylist([{"example_id": "a", **same}, {**made, **same}], schema=schemas.EXAMPLE)
    assert other_answers(table)(slice(0, 2)).tolist() == [[False, apart], [apart, False]]


def test_nearest_neighbours() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    assert nearest_within(vectors).round(4).tolist() == [0.6, 0.8, 0.8]
    assert nearest_among(vectors[:1], vectors[1:]).round(4).tolist() == [0.6]
    assert nearest_within(vectors[:1]).tolist() == [0.0]
    many = np.random.default_rng(0).normal(size=(2500, 8)).astype(np.float32)
    many /= np.linalg.norm(many, axis=1, keepdims=True)
    cosines = many @ many.T
    np.fill_diagonal(cosines, -1)
    assert np.allclose(nearest_within(many), cosines.max(axis=1), atol=1e-5)


def test_tallies() -> None:
    assert list(value_counts(["b", "a", None, "b"]).items()) == [("b", 2), ("a", 1), ("none", 1)]


def test_grammar_of_instructions() -> None:
    texts = ["Write a short story about a cat.", "What does it do?", "The list is sorted. Explain the reason.", ""]
    found = read(texts, 1)
    assert found[texts[0]].pair == ("write", "story")
    assert found[texts[1]].pair is None
    assert found[texts[2]].pair == ("explain", "reason")
    assert (found[texts[2]].sentences, found[texts[2]].words) == (2, 7)
    assert found[texts[0]].depth == 4  # write > story > about > cat > a
    assert found[""].words == found[""].depth == 0


def test_verbs_and_objects() -> None:
    asks = ["Write a story.", "Write a long story.", "Write a poem.", "Explain the reason.", "Why is it so?"]
    found = facts(*({"instruction": text} for text in asks))
    assert found["verb_object"]["pairs"][0] == {"verb": "write", "object": "story", "count": 2}
    assert (found["verb_object"]["different"], found["verb_object"]["share"]) == (3, 0.8)
    assert (found["complexity"]["verbs"], found["complexity"]["verb_diversity"]) == (2, 0.5)
    assert found["complexity"]["words_per_sentence"] == 3.4


def test_steps_of_reasoning() -> None:
    assert reasoning_steps("1. Add them.\n2) Divide.\nTherefore it is 3, because 2 and 4 are even.") == 4
    assert reasoning_steps("It is 3.") == 0


def test_slices_unlike_the_rest_are_named() -> None:
    rows = [{"source": "plain", "response": f"short {i}", "toxicity": 0.1} for i in range(60)]
    rows += [{"source": "wordy", "response": "word " * 80, "toxicity": None} for _ in range(12)]
    found = facts(*rows)["slices"]
    assert found["source"][0] == {
        **{"slice": "plain", "rows": 60, "share": 0.8333},
        **{"instruction_words": 0.0, "response_words": 2.0, "grounding": None, "toxicity": 0.1},
    }
    assert [(o["dimension"], o["slice"], o["measure"]) for o in found["outliers"]] == [
        ("source", "wordy", "response_words")
    ]
    assert found["outliers"][0]["mean"] == 80.0


def test_many_slices_are_gathered() -> None:
    found = facts(*({"topic": f"t{i:02}"} for i in range(40)))["slices"]["topic"]
    assert (len(found), found[-1]["slice"], found[-1]["rows"]) == (31, "others", 10)


def test_personal_data_that_was_redacted_is_told_from_what_was_left() -> None:
    rows = [
        {"pii": ["PERSON:response", "EMAIL_ADDRESS:response"], "changes": ["pii:response"]},
        {"pii": ["PERSON:instruction", "PERSON:response"], "changes": ["pii:response"]},
        {"pii": [], "toxicity": 0.97},
        {"toxicity": 0.1},
    ]
    safety = facts(*rows)["safety"]
    assert safety["pii"] == {"rows": 2, "rows_not_redacted": 1, "types": {"PERSON": 3, "EMAIL_ADDRESS": 1}}
    assert (safety["toxicity"]["toxic_share"], safety["toxicity"]["measured_share"]) == (0.5, 0.5)


def test_rows_from_passages_that_instruct_a_model_are_counted() -> None:
    flagged = audited(table(GOOD, {}), passages=chunks(["instruction_like"])).facts
    assert flagged["safety"]["instruction_like"] == {"chunks_used": 1, "rows": 1}
    assert facts(GOOD)["safety"]["instruction_like"] == {"chunks_used": 0, "rows": 0}


def test_grounding_by_answer_method() -> None:
    rows = [{"answer_method": "rag", "grounding": g} for g in (0.5, 0.9)] + [{"answer_method": "human"}]
    found = facts(*rows)["grounding"]
    assert (found["mean"], found["min"], found["grounded_share"], found["measured_share"]) == (0.7, 0.5, 0.5, 0.6667)
    assert found["by_answer_method"] == {"rag": {"rows": 2, "mean": 0.7, "min": 0.5}}


def test_depth_in_models_and_licences() -> None:
    found = facts({"generation": 2, "licence": "unknown"}, {"generation": 0, "licence": "MIT", "origin": "human"}, {})
    assert found["generations"] == {
        **{"rows": {"0": 2, "2": 1}, "mean": 0.6667, "max": 2},
        **{"deep_share": 0.3333, "human_share": 0.3333},
    }
    assert found["licences"] == {"rows": {"MIT": 1, "none": 1, "unknown": 1}, "unknown_share": 0.6667}


def span(start: int, end: int, chunk_id: str = "chunk") -> dict[str, Any]:
    return {"evidence": [{"chunk_id": chunk_id, "start": start, "end": end}]}


@pytest.mark.parametrize(
    ("broken", "missing"),
    [
        ({"source": None}, "source of every row"),
        ({"licence": ""}, "licence of every row"),
        ({"generation": None}, "generation of every row"),
        ({"prompt_source": None}, "prompt_source of rows from templates"),
        ({"teacher": "openai/x"}, "requests of rows a model wrote"),
        ({"evidence": []}, "evidence of rows answered from passages"),
        ({"method": "reverse", "answer_method": "human", "evidence": None}, "evidence of rows made from a passage"),
        (span(0, len(TEXT) + 1), None),
        (span(-1, 5), None),
        (span(5, 5), None),
        (span(0, 5, "another"), None),
        ({"evidence": [*GOOD["evidence"], *span(9, 999)["evidence"]]}, None),
    ],
)
def test_a_row_that_cannot_say_where_it_came_from(broken: dict[str, Any], missing: str | None) -> None:
    found = facts(GOOD, {**GOOD, **broken}, GOOD, GOOD)["provenance"]
    assert found["complete_share"] == 0.75
    assert found["incomplete"] == ["row1"]
    assert list(found["missing"]) == ([missing] if missing else [])


def test_provenance_is_complete_when_every_row_is() -> None:
    found = facts(GOOD, {**GOOD, **span(0, len(TEXT))})["provenance"]
    assert found == {
        "complete_share": 1.0,
        "missing": {},
        "spans": {"checked": 2, "inside": 2, "without_passage": 0},
        "incomplete": [],
    }


def test_six_qualities_of_rows_that_have_them() -> None:
    found = facts(*different(16))["qualities"]
    assert [(name, quality["score"], quality["passed"]) for name, quality in found.items()] == [
        (name, 1.0, True)
        for name in ("relevant", "aligned", "consistent", "correctly_formatted", "sufficiently_unique", "compliant")
    ]


@pytest.mark.parametrize(
    ("quality", "broken"),
    [
        ("relevant", {"evidence": None, "instruction": "Roast a duck.", "response": "Put the duck in the oven, basting."}),
        ("aligned", {"response": "Tomorrow we shall sail across lakes with grandmother."}),
        ("aligned", {"response": ""}),
        ("consistent", {"grounding": 0.3}),
        ("correctly_formatted", {"response": "Done.<|im_end|>"}),
        ("correctly_formatted", {"response": "See <div>this</div>."}),
        ("correctly_formatted", {"response": "```python\nx = 1"}),
        ("correctly_formatted", {"response": " padded"}),
        ("correctly_formatted", {"response": "padded\n"}),
        ("correctly_formatted", {"response": "   "}),
        ("correctly_formatted", {"difficulty": "very hard"}),
        ("compliant", {"licence": "unknown"}),
        ("compliant", {"toxicity": 0.95}),
        ("compliant", {"contamination": 0.6}),
        ("compliant", {"pii": ["PERSON:response"]}),
    ],
)  # fmt: skip
def test_a_row_without_a_quality_is_found(quality: str, broken: dict[str, Any]) -> None:
    rows = different(4)
    rows[0] = {**rows[0], **broken}
    found = facts(*rows, expected=Expected(**{quality: 0.8}))["qualities"][quality]
    assert (found["score"], found["threshold"], found["passed"]) == (0.75, 0.8, False)


def test_neither_markup_in_code_nor_the_indent_of_code_is_a_fault() -> None:
    rows = [{**GOOD, "response": "Write `<div>` or:\n```html\n<br>\n```"}, {**GOOD, "response": "    x = 1"}]
    assert facts(*rows)["qualities"]["correctly_formatted"]["score"] == 1.0


def test_two_answers_to_one_question_are_inconsistent() -> None:
    rows = [GOOD, {**GOOD, "instruction": "Explain what  a generator is.", "response": "Knights and pawns."}]
    found = facts(*rows, *different(2))["qualities"]
    assert (found["consistent"]["score"], found["sufficiently_unique"]["score"]) == (0.5, 1.0)


@pytest.mark.parametrize("kind", [{"rejected": "Bishops."}, {"score": 0.5}])
def test_a_question_may_have_several_pairs_and_scores(kind: dict[str, Any]) -> None:
    rows = [GOOD, {**GOOD, "response": "Knights and pawns.", **kind}]
    assert facts(*rows, *different(2))["qualities"]["consistent"]["score"] == 1.0


def test_rows_that_ask_and_answer_the_same_are_not_unique() -> None:
    found = facts(GOOD, {**GOOD, "instruction": "Explain what  a generator is."}, *different(2))
    assert found["qualities"]["sufficiently_unique"]["score"] == 0.5
    assert found["diversity"]["near_same_share"] == 0.5


def test_what_was_not_measured_is_not_zero() -> None:
    found = audited(table({}), table({"grounding": 0.9, "toxicity": 0.0})).facts
    assert found["grounding"]["mean"] is found["safety"]["toxicity"]["mean"] is found["contamination"]["max"] is None
    moved = {figure["figure"]: figure for figure in found["comparison"]["figures"]}
    assert (moved["grounding.mean"]["before"], moved["grounding.mean"]["change"]) == (0.9, None)


def test_rows_added_removed_changed_and_same() -> None:
    old = [{**row, "example_id": f"id{i}"} for i, row in enumerate(different(6))]
    new = [*old[2:5], {**old[5], "response": "other words"}, {**old[0], "example_id": "renamed"}]
    new += [{**GOOD, "example_id": "new"}]
    found = audited(table(*new), table(*old)).facts["comparison"]
    assert {name: found[name] for name in ("same", "changed", "added", "removed")} == {
        **{"same": 4, "changed": 1, "added": 1, "removed": 1}
    }


def test_no_regression_against_itself_and_none_from_growth_alone() -> None:
    rows = different(40)
    assert audited(table(*rows), table(*rows)).facts["comparison"]["regressions"] == []
    grown = audited(table(*rows), table(*rows[::2])).facts["comparison"]
    assert grown["added"] == 20
    assert "diversity.distinct_2" not in [regression["figure"] for regression in grown["regressions"]]


def test_regressions_are_named_with_what_was_allowed() -> None:
    before = table(*different(20))
    worse = table(*different(20, grounding=0.6, licence="unknown"))
    found = audited(worse, before).facts["comparison"]
    named = {regression["figure"]: regression for regression in found["regressions"]}
    assert set(named) == {
        "grounding.mean", "grounding.grounded_share", "licences.unknown_share", "qualities.consistent.score",
        "qualities.compliant.score",
    }  # fmt: skip
    assert named["grounding.mean"] == {
        **{"figure": "grounding.mean", "before": 1.0, "after": 0.6},
        "why": "higher is better; worse by 0.4, allowed is 0.02",
    }
    assert audited(worse, before, share_drop=1.0).facts["comparison"]["regressions"] == []


def test_a_lost_tail_and_shifted_slices_are_named() -> None:
    before = table(*different(40))
    now = table(*different(8, source="elsewhere"))
    found = audited(now, before, similar_from=0.95).facts["comparison"]
    assert found["previous_covered_share"] == 0.2
    assert "previous_covered_share" in [regression["figure"] for regression in found["regressions"]]
    assert "rows" in [regression["figure"] for regression in found["regressions"]]
    assert {"dimension": "source", "slice": "elsewhere", "before": 0.0, "after": 1.0} in found["shifts"]


def test_a_sample_says_so_and_hardly_changes_when_rows_do() -> None:
    rows = table(*different(60))
    assert facts(*different(60), sample=10)["sample"] == {"rows": 10, "of": 60, "drawn": "by a hash of the rows' ids"}
    one, other = (set(sampled(t, 10)["example_id"].to_pylist()) for t in (rows, rows.slice(0, 59)))
    assert len(one - other) <= 1
    assert sampled(rows, 60).equals(rows)


# what was not measured, and what is searched for again


def test_what_cannot_be_measured_has_no_score() -> None:
    quality = audited(table(GOOD), passages=schemas.CHUNK.empty_table()).facts["qualities"]
    assert (quality["relevant"]["score"], quality["relevant"]["passed"]) == (None, None)
    assert quality["compliant"]["not_measured"] == []
    blank = facts(GOOD | {"toxicity": None, "contamination": None})["qualities"]["compliant"]
    assert blank["not_measured"] == ["toxicity", "contamination"]


def test_a_quality_that_is_not_asked_for_has_a_score_and_no_verdict() -> None:
    quality = facts(GOOD, expected=Expected(aligned=None))["qualities"]["aligned"]
    assert (quality["score"], quality["threshold"], quality["passed"]) == (1.0, None, None)


@pytest.mark.parametrize(
    ("asked", "answered", "kind"),
    [
        ("Who runs the shop?", "Ask jane.doe@acme-tools.co.uk about it.", "e-mail address"),
        ("Which card was used?", "It was 5425 2334 3010 9903 as far as I know.", "payment card"),
        ("Which card was used?", "It was 5425 2334 3010 9904 as far as I know.", None),
        ("Where is the money?", "On GB82 WEST 1234 5698 7654 32, I think.", "bank account"),
        ("Where is the money?", "On GB82 WEST 1234 5698 7654 33, I think.", None),
        ("What is his number?", "His SSN is 536-22-8726.", "social security number"),
        ("What does the log say?", "key AKIAIOSFODNN7QWERTYU was refused", "key or token"),
        ("Who runs the shop?", "Ask info@example.com, or <EMAIL_ADDRESS_1>.", None),
        ("Write an email to our customers.", "From: jane.doe@acme-tools.co.uk", None),
        ("Write an answer to jane.doe@acme-tools.co.uk.", "Dear Jane", "e-mail address"),
        ("What is the version?", "It is 4.2.1, build 20261128, of 3 March.", None),
    ],
)
def test_personal_data_is_searched_for_again_by_other_rules(asked: str, answered: str, kind: str | None) -> None:
    left = facts(GOOD | {"instruction": asked, "response": answered}, GOOD)["safety"]["personal_data_left"]
    assert left["kinds"] == ({kind: 1} if kind else {})
    assert (left["rows"], left["share"], left["ids"]) == ((1, 0.5, ["row0"]) if kind else (0, 0.0, []))


def test_coverage_counts_the_passages_and_documents_behind_rows() -> None:
    rows = [{"chunk_id": name, "document_id": name[0], "text": TEXT} for name in ("a1", "a2", "b1")]
    passages = schemas.conform(pa.Table.from_pylist(rows, schema=schemas.CHUNK), schemas.CHUNK)
    row = GOOD | {"parent_id": "a1", "evidence": [{"chunk_id": "a2", "start": 0, "end": 5}]}
    covered = audited(table(row), passages=passages).facts["coverage"]
    assert covered == {"passages": 3, "used": 2, "share": 0.6667, "documents": 2, "documents_used": 1}
    assert audited(table(GOOD), passages=schemas.CHUNK.empty_table()).facts["coverage"] == {}
