"""Claims are looked up in a folder of articles; what it contradicts fails, what it says nothing about is unsure."""

import json
import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.verification import stage
from tasks.verification.entailment.articles import PASSAGE_WORDS, Article, indexed, passages, read_articles
from tasks.verification.entailment.reference_facts import ReferenceFacts
from tests.servers.models import ModelServer
from tests.teachers.asked import settings_for
from tests.verification.conftest import Table
from tests.verification.entailment.conftest import fenced, span, word_reader
from tests.verification.entailment.conftest import passages as chunks_of


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    (folder / "cities").mkdir(parents=True)
    (folder / "cities" / "york.md").write_text(
        "# York\n\nYork lies on the river Ouse. Its minster was finished in 1472.\n"
    )
    (folder / "rivers.txt").write_text("The Ouse is 84 kilometres long and flows into the Humber.")
    lines = [
        {"title": "Bath", "text": "Bath lies on the river Avon."},
        {"title": "Hull", "text": "Hull lies on the Humber."},
    ]
    (folder / "more.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def verified(
    rows: Table, tools: Tools, entry: dict[str, object], *responses: str, settings: TeacherSettings | None = None
) -> list[dict[str, object]]:
    params = ReferenceFacts.model_validate({"action": "tag", **entry})
    table = rows(*({"instruction": "What of it?", "response": one} for one in responses))
    outcome: Outcome = stage.compute(table, None, params, settings or TeacherSettings(), Budget(), tools)
    return [found[0] if found else {} for found in outcome.kept["verdicts"].to_pylist()]


def test_support_contradiction_and_silence(rows: Table, tools: Tools, articles: Path) -> None:
    found = verified(
        rows,
        tools,
        {"articles": articles},
        "York lies on the river Ouse. Bath lies on the river Avon.",
        "Its minster in York was finished in 1572.",
        "The moon is made of green cheese.",
        "Is it?",
    )
    assert [one.get("verdict") for one in found] == ["pass", "fail", "unsure", None]
    assert "contradicts cities/york.md" in str(found[1]["why"])
    assert "nothing found about it: 1 of 1" in str(found[2]["why"])


def test_a_teacher_sees_only_what_was_found_about_the_claim(
    rows: Table, tools: Tools, articles: Path, model_server: ModelServer
) -> None:
    model_server.reply = word_reader(lambda passage, _: 0.9 if "Avon" in passage else 0.2)
    settings = settings_for(model_server, "openai")
    said = ("In Bath the river is called Avon.", "Hull on the Humber lies.", "Green cheese makes moons.")
    found = verified(rows, tools, {"articles": articles, "passages": 1}, *said, settings=settings)
    assert [one["verdict"] for one in found] == ["pass", "unsure", "unsure"]
    shown = {fenced(seen, "claim"): fenced(seen, "passage") for seen in model_server.seen}
    assert shown == {said[0]: "Bath\nBath lies on the river Avon.", said[1]: "Hull\nHull lies on the Humber."}


def test_a_second_source_of_the_recipe_is_a_reference(rows: Table, tools: Tools) -> None:
    chunks = chunks_of(a="Loans end after three weeks.")
    chunks = chunks.set_column(chunks.schema.get_field_index("source"), "source", [["rules"]])
    table = rows({"response": "Loans end after four weeks.", "evidence": [span("b")]})
    for source, word in (("rules", "fail"), ("other", None)):
        entry = ReferenceFacts(source=source, action="tag")
        if word is None:
            with pytest.raises(BadInput, match="no passage comes from a source called 'other'"):
                stage.compute(table, chunks, entry, TeacherSettings(), Budget(), tools)
        else:
            outcome = stage.compute(table, chunks, entry, TeacherSettings(), Budget(), tools)
            assert outcome.kept["verdicts"][0].as_py()[0]["verdict"] == word


def test_a_reference_must_be_named_and_hold_something(rows: Table, tools: Tools, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="name either"):
        verified(rows, tools, {}, "It is so.")
    with pytest.raises(BadInput, match=r"holds no \.txt"):
        verified(rows, tools, {"articles": tmp_path}, "It is so.")
    (tmp_path / "bad.jsonl").write_text('{"title": "no text"}\n')
    with pytest.raises(BadInput, match=r"bad\.jsonl, line 1"):
        verified(rows, tools, {"articles": tmp_path}, "It is so.")


def test_another_article_is_another_key(articles: Path) -> None:
    before = ReferenceFacts(articles=articles).identity()
    (articles / "rivers.txt").write_text("The Ouse is long.")
    assert ReferenceFacts(articles=articles).identity() != before


@given(st.text(max_size=300))
def test_no_text_breaks_the_search(text: str) -> None:
    with indexed([Article("a", text, text)]) as index:
        assert len(index.search(text, 3)) <= 3


@given(st.lists(st.integers(0, 300), max_size=8))
def test_passages_hold_every_word_and_are_short(sizes: list[int]) -> None:
    text = "\n\n".join(" ".join(f"w{n}x{k}" for k in range(size)) for n, size in enumerate(sizes))
    found = list(passages(text))
    assert {word for part in found for word in part.split()} == set(text.split())
    assert all(len(part.split()) <= PASSAGE_WORDS for part in found)


def test_memory_does_not_grow_with_the_number_of_articles(tmp_path: Path) -> None:
    def write(count: int) -> Path:
        file = tmp_path / f"{count}.jsonl"
        with file.open("w") as lines:
            for n in range(count):
                text = " ".join(f"word{(n * 7919 + k * 104729) % 50021}" for k in range(100))
                lines.write(json.dumps({"title": f"Article {n}", "text": text}) + "\n")
        return file

    def peak(count: int) -> int:
        with indexed(read_articles(write(count))) as index:
            assert index.search(f"article {count - 1}", 1)[0].title == f"Article {count - 1}"
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    few = peak(2000)
    assert peak(12_000) - few < 40_000  # KB; the file alone has 11 MB, and its words 60 MB as Python's objects
