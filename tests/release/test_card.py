"""The card is a README that hubs can read, and text from data stays text in it."""

import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tasks.core.schema import CLUSTERED
from tasks.release.card import card, plain
from tasks.release.fields import FIELDS
from tests.release import sample
from tests.release.hostile import PAYLOADS

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def front(text: str) -> dict:
    _, yaml_text, _ = text.split("---\n", 2)
    return yaml.safe_load(yaml_text)


def body(text: str) -> str:
    return text.split("---\n", 2)[2]


def kinds(text: str) -> set[str]:
    """The kinds of Markdown tokens that `text` becomes."""
    return {token.type for outer in MARKDOWN.parse(text) for token in [outer, *(outer.children or ())]}


def test_front_matter_has_what_hubs_ask_for():
    made = front(card(sample.report_data()))
    assert made["pretty_name"] == "python-reference 7"
    assert made["license"] == "other"
    assert made["license_name"] == "psf-2.0"
    assert made["language"] == ["en"]
    assert made["size_categories"] == ["1K<n<10K"]
    assert "text-generation" in made["task_categories"]


def test_a_licence_the_hub_knows_is_named_as_the_hub_names_it():
    rows = sample.rows(5)
    place = rows.column_names.index("licence")
    rows = rows.set_column(place, rows.schema.field("licence"), pa.array(["MIT", "Apache-2.0"] * 2 + ["MIT"]))
    made = front(card(sample.report_data(rows=rows)))
    assert made["license"] == ["apache-2.0", "mit"]
    assert made["size_categories"] == ["n<1K"]


def test_the_body_tells_stages_fields_licences_and_changes():
    text = card(sample.report_data())
    for heading in (
        "How it was made",
        "Fields",
        "Provenance and licences",
        "Quality",
        "Known limits",
        "Use",
        "Changes",
    ):
        assert f"\n## {heading}\n" in text
    assert "| filters | 3,301 | 0 | 2,106 | 1,195 | 0 |" in text
    assert "Rows since version 6: 131 added, 45 removed, 12 changed, 1,061 same." in text
    assert "openai/gpt-5-mini" in text


def test_regressions_are_named():
    facts = {"added": 1, "regressions": [{"figure": "grounding.mean", "before": 0.9, "after": 0.7}]}
    assert "Worse than allowed: grounding.mean." in card(sample.report_data(audit={"comparison": facts}))


def test_every_column_is_explained():
    assert list(FIELDS) == CLUSTERED.names


def test_a_first_release_without_findings_has_a_card():
    text = card(sample.report_data(previous=None, audit={}, rows=CLUSTERED.empty_table(), gates=(), themes={}))
    assert "This is the first release." in text
    assert "Not verified" in text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_stays_text(payload):
    rows = sample.rows(3)
    for name in ("source", "licence", "teacher", "language"):
        rows = rows.set_column(rows.column_names.index(name), rows.schema.field(name), pa.array([payload] * 3))
    harmless = card(sample.report_data(rows=sample.rows(3)))
    hostile = card(sample.report_data(rows=rows, recipe={"description": payload}, licences={payload: payload}))
    assert set(front(hostile)) == set(front(harmless))
    assert kinds(body(hostile)) <= kinds(body(harmless))


@given(st.text())
def test_plain_text_reads_as_it_was_written(text):
    (paragraph,) = [token for token in MARKDOWN.parse("x " + plain(text)) if token.type == "inline"]
    assert {child.type for child in paragraph.children} <= {"text", "text_special"}
    shown = "".join(child.content for child in paragraph.children)
    assert shown.split() == ["x", *"".join(" " if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 else c for c in text).split()]


@given(st.text(min_size=1))
def test_plain_text_begins_no_block(text):
    shown = plain(text)
    if shown:
        assert [token.type for token in MARKDOWN.parse(shown)] == ["paragraph_open", "inline", "paragraph_close"]
