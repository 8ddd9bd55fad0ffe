"""The report is one safe page: complete, repeatable, readable by everyone, dead to whatever a row tries."""

import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest

from tasks.audit import stage as audit
from tasks.audit.params import Audit
from tasks.core.outcome import Tools
from tasks.core.schema import CHUNK, CLUSTERED
from tasks.core.visible import visible
from tasks.release.formatting import share
from tasks.release.report import render
from tasks.release.report.fact_tables import fact_tables
from tasks.release.report.sections.sample_rows import drawn
from tasks.release.report_data import Cost, StageFacts
from tests.release import sample
from tests.release.browser import browser, chromium
from tests.release.hostile import PAYLOADS

VOID = {"meta", "link", "br", "img", "input", "base", "embed", "source"}
OURS = frozenset(
    "html head meta link title style body a header p h1 h2 h3 span strong bdi code dl div dt dd nav ol ul li main section "  # noqa: SIM905
    "details summary figure figcaption footer table caption thead tbody tr th td pre svg g path defs use text desc clippath "
    "rect lineargradient stop".split()
)
"""Elements that our templates and drawings are made of."""


class Outline(HTMLParser):
    """The elements, attributes and text of a page, as a browser's parser would find them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.astray: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.astray.append(tag)

    def handle_data(self, data):
        self.text.append(data)

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.tags if name in attributes]


def hostile_data():
    """A release whose every text is a payload: rows, reasons, names of stages, facts, licences, recipe."""
    number = len(PAYLOADS)
    rows = sample.rows(number)
    for name in CLUSTERED.names:
        if CLUSTERED.field(name).type == pa.string() and name not in ("example_id", "content_hash"):
            rows = rows.set_column(rows.column_names.index(name), CLUSTERED.field(name), pa.array(PAYLOADS))
    history = [[{"role": text, "content": text, "name": text, "tool_calls": text}] for text in PAYLOADS]
    place = rows.column_names.index("history")
    rows = rows.set_column(place, CLUSTERED.field("history"), pa.array(history, CLUSTERED.field("history").type))
    rejects = rows.append_column("reason", pa.array(PAYLOADS)).append_column("detail", pa.array(PAYLOADS))
    texts = dict(zip(PAYLOADS, PAYLOADS, strict=True))
    return sample.report_data(
        dataset=PAYLOADS[0],
        created_at=PAYLOADS[3],
        recipe={"description": PAYLOADS[1], **texts},
        recipe_hash=PAYLOADS[2],
        rows=rows,
        rejects=rejects,
        stages=tuple(StageFacts(text, 9, 5, 3, 1, reasons={text: 3}, facts=texts) for text in PAYLOADS),
        gates=tuple(sample.gate(text, (text, text, text, text, False, text)) for text in PAYLOADS),
        audit={
            "qualities": {text: {"score": 0.5, "definition": text, "passed": False} for text in PAYLOADS},
            "verb_object": {"pairs": [{"verb": text, "object": text, "count": 3} for text in PAYLOADS]},
            "comparison": {
                "regressions": [{"figure": text, "before": text, "after": text, "why": text} for text in PAYLOADS],
                "figures": [
                    {"figure": text, "before": text, "after": text, "change": 1.0, "better": text} for text in PAYLOADS
                ],
                "shifts": [{"dimension": text, "slice": text} for text in PAYLOADS],
            },
            "diversity": {"nested": {"deeper": {"deepest": texts}}, "openings": dict.fromkeys(PAYLOADS, 3), **texts},
            "slices": {
                "outliers": [{"dimension": text, "slice": text, "measure": text} for text in PAYLOADS],
                **{text: [{"slice": text, "rows": 1, "grounding": text}] for text in PAYLOADS},
            },
            "safety": {"pii": {"types": dict.fromkeys(PAYLOADS, 3)}},
            "grounding": {"by_answer_method": {text: {"rows": text} for text in PAYLOADS}},
            "provenance": {"missing": dict.fromkeys(PAYLOADS, 3), "complete_share": 0.5},
            PAYLOADS[0]: dict.fromkeys(PAYLOADS, 3),
        },
        themes={"themes": [{"label": text, "words": [text], "instructions": [text]} for text in PAYLOADS], **texts},
        licences=texts,
    )


@pytest.fixture(scope="module")
def page() -> str:
    return render(sample.report_data())


@pytest.fixture(scope="module")
def hostile() -> str:
    return render(hostile_data())


@pytest.fixture(scope="module")
def hostile_text(hostile) -> str:
    return " ".join("".join(Outline(hostile).text).split())


@pytest.fixture(scope="module")
def outline(page) -> Outline:
    return Outline(page)


@pytest.fixture(scope="module")
def tab():
    if chromium() is None:
        pytest.skip("no Chromium on this machine to open the report in")
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Write a page to a file and give its address."""

    def write(page: str) -> str:
        path = tmp_path_factory.mktemp("report") / "report.html"
        path.write_text(page, "utf-8")
        return path.as_uri()

    return write


def test_the_verdict_stands_first_and_every_part_is_there(page, outline):
    text = "".join(outline.text)
    assert "All 7 gates passed, and every quality that was asked for was measured and holds. 1,204 rows." in text
    assert "Since version 6: 131 added, 45 removed, 12 changed." in text
    titles = (
        "Changes since version 6", "Where the rows went", "Six qualities", "Gates", "Coverage and themes", "Lengths",
        "Verbs and their objects", "Complexity", "What it is made of", "Safety", "Grounding", "Provenance and licences",
        "Cost", "Rows to read", "Rejected rows to read", "Further figures", "Recipe",
    )  # fmt: skip
    places = [page.index(f'-title">{title}</h2>') for title in titles]
    assert places == sorted(places)


def test_equal_releases_give_equal_bytes(page):
    assert render(sample.report_data()) == page


def test_the_order_of_rows_does_not_choose_which_are_read():
    rows = sample.rows(200)
    backwards = rows.take(list(reversed(range(200))))
    assert drawn(rows, 50, "salt") == drawn(backwards, 50, "salt")
    assert drawn(rows, 50, "salt") != drawn(rows, 50, "other")


def test_the_funnel_tells_every_row(outline):
    told = [text for text in outline.attributes("aria-label") if " kept, " in text]
    assert len(told) == len(sample.STAGES)
    for stage, text in zip(sample.STAGES, told, strict=True):
        numbers = [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", text)]
        came, made, used, kept, rejected, failed = numbers
        assert (came, made, kept) == (stage.rows_in, stage.created, stage.kept)
        assert (rejected, failed) == (stage.rejected, stage.failed)
        assert came + made == used + kept + rejected + failed


def test_fifty_rows_and_twenty_rejects_with_reasons_are_there_to_read(page):
    assert page.count('<div class="turn instruction">') == 70
    reasons = re.findall(r'class="verdict-line warn" dir="auto">([^:]+):', page)
    assert len(reasons) == 20
    assert set(Counter(reasons).values()) <= {3, 4}


def test_nothing_runs_and_nothing_is_asked_from_outside(page, outline):
    assert {tag for tag, _ in outline.tags} <= OURS
    assert outline.astray == []
    policy = [
        attributes["content"]
        for tag, attributes in outline.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    ]
    assert all(address.startswith("#") or address == "data:," for address in outline.attributes("href"))
    assert not re.search(r"@import|url\((?!#)|https?://(?!www\.w3\.org)", page)


def test_a_page_made_of_hostile_text_holds_only_our_elements(hostile):
    found = Outline(hostile)
    assert {tag for tag, _ in found.tags} <= OURS
    assert found.astray == []
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    assert all(address.startswith("#") or address == "data:," for address in found.attributes("href"))
    ours = [attributes for tag, attributes in found.tags if tag in ("span", "div", "td")]  # drawings have matplotlib's
    assert all(re.fullmatch(r"width:\d+\.\d%", one["style"] or "") for one in ours if "style" in one)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_each_hostile_text_is_shown_as_it_was_written(hostile_text, payload):
    assert hostile_text.count(" ".join(visible(payload).split())) >= 5


def test_hostile_text_stays_dead_in_a_real_browser(tab, opened, hostile):
    url = opened(hostile)
    tab.open(url, 1280, 900)
    assert (
        tab.evaluate("document.querySelectorAll('script, img, iframe, object, embed, form, input, base, video').length")
        == 0
    )
    assert tab.evaluate("document.querySelectorAll('section').length") >= 12
    assert tab.seen("Page.javascriptDialogOpening") == []
    assert [
        event["request"]["url"]
        for event in tab.seen("Network.requestWillBeSent")
        if event["request"]["url"] != "data:,"
    ] == [url]
    assert tab.seen("Log.entryAdded") == []


def test_the_policy_would_stop_what_slipped_through(tab, opened, page):
    """The second wall: scripts, handlers and images that are in the page for real do nothing."""
    slipped = (
        "<script>alert(1)</script><img src='http://127.0.0.1:9/x.png' onerror=alert(1)><svg onload=alert(1)></svg>"
    )
    tab.open(opened(page.replace("<main", slipped + "<main", 1)), 1280, 900)
    tab.evaluate("new Promise(done => setTimeout(done, 300))")
    assert tab.seen("Page.javascriptDialogOpening") == []
    assert tab.seen("Network.responseReceived")[1:] == []
    assert any("Content Security Policy" in event["entry"]["text"] for event in tab.seen("Log.entryAdded"))


WIDER = "[...document.querySelectorAll('.scroll')].filter(b => b.scrollWidth > b.clientWidth + 1).map(b => b.ariaLabel)"
"""The tables that have to be moved from side to side to be read."""


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_the_page_fits_every_screen(tab, opened, page, width):
    tab.open(opened(page), width, 900)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    if width < 600:
        assert tab.evaluate(WIDER) == []


def test_hostile_text_does_not_widen_a_phone(tab, opened, hostile):
    tab.open(opened(hostile), 390, 900)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert tab.evaluate(WIDER) == []


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_can_be_read_against_its_ground(tab, opened, page, dark):
    """WCAG AA: 4.5 to 1 for every text, drawings included."""
    tab.open(opened(page), 1280, 900, dark=dark)
    assert tab.evaluate((Path(__file__).parent / "contrast.js").read_text("utf-8")) == []


def test_paper_has_what_failed_and_leaves_the_rest_folded(tab, opened, page, tmp_path):
    failed = sample.gate("filters", ("expect_column_min_to_be_between", "grounding", "0.31", "0.60", False, "why"))
    for name, gates in (("passed", sample.GATES), ("failed", (*sample.GATES[:2], failed))):
        tab.open(opened(render(sample.report_data(gates=gates))), 1280, 900)
        tab.ask("Emulation.setEmulatedMedia", media="print")
        shown = "[...document.querySelectorAll('details > .scroll')].filter((part) => part.checkVisibility()).length"
        assert tab.evaluate(shown) == (name == "failed")
        tab.ask("Emulation.setEmulatedMedia", media="")
        tab.pdf(tmp_path / f"{name}.pdf")
        assert (tmp_path / f"{name}.pdf").read_bytes().count(b"/Type /Page\n") <= 12


def test_headings_tables_and_drawings_are_named_for_those_who_cannot_see(page, outline):
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert outline.attributes("lang") == ["en"]
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in outline.tags if tag == "th")
    assert page.count("<table") == page.count("<caption>") > 20
    drawings = [attributes for tag, attributes in outline.tags if tag == "svg"]
    named = [d for d in drawings if d.get("role") == "img" and (d.get("aria-label") or d.get("aria-labelledby"))]
    assert len(named) == len([d for d in drawings if d.get("aria-hidden") != "true"]) >= 13
    ids = outline.attributes("id")
    assert len(ids) == len(set(ids))
    pointed = [name for value in outline.attributes("aria-labelledby") for name in value.split()]
    pointed += [address[1:] for address in outline.attributes("href") if address.startswith("#")]
    pointed += re.findall(r"url\(#([^)]+)\)", page)
    assert set(pointed) <= set(ids)


def test_a_release_that_knows_little_still_has_a_report():
    nothing = {"rejects": None, "audit": {}, "themes": {}, "stages": (), "gates": (), "previous": None, "recipe": {}}
    page = render(sample.report_data(rows=CLUSTERED.empty_table(), cost=Cost(usd=None), **nothing))
    text = "".join(Outline(page).text)
    assert "Not verified: no gate was run." in text
    assert "The first release of this dataset." in text
    assert "not known" in text
    assert "Six qualities" not in text


def test_a_failed_gate_is_said_first_and_stands_open():
    failed = ("expect_column_min_to_be_between", "grounding", "0.31", "at least 0.60", False, "why")
    gate = sample.gate("filters", failed)
    page = render(sample.small_data(gates=(*sample.GATES[:2], gate)))
    text = "".join(Outline(page).text)
    assert "Not verified: the gate after filters failed." in text
    assert page.count("<details open>") == 1


@pytest.mark.parametrize(
    "facts",
    [
        None, 0, "text", [], {}, [1, 2], [[1], [2]], {"a": {}}, {"n": float("nan")}, {"a": 0, "b": 0}, {"a": -3, "b": 5},
        {"a": [{"b": None}, {"c": [1, {"d": 2}]}]}, {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}},
        {"edges": [0, 1], "counts": [3]},
    ],
)  # fmt: skip
def test_facts_of_any_shape_are_shown(facts):
    fact_tables("facts", facts)
    names = "qualities verb_object complexity comparison diversity safety grounding provenance new".split()  # noqa: SIM905
    found = Outline(render(sample.small_data(rows=CLUSTERED.empty_table(), audit=dict.fromkeys(names, facts))))
    assert found.astray == []


def test_what_the_audit_really_measures_is_shown(tmp_path):
    """The audit of one release against another, as it is: no figure of it may be lost for a change of its shape."""
    facts = audit.compute(
        sample.rows(120), sample.rows(100, 9), CHUNK.empty_table(), Audit(), Tools("key", tmp_path)
    ).facts
    page = render(sample.report_data(audit=facts, rows=sample.rows(120)))
    text = "".join(Outline(page).text)
    for section in "qualities changes coverage lengths verbs complexity slices safety provenance".split():  # noqa: SIM905
        assert f'<section id="{section}"' in page
    for quality in facts["qualities"].values():
        assert quality["definition"] in text
    for record in facts["comparison"]["regressions"]:
        assert record["why"] in text
    for pair in facts["verb_object"]["pairs"][:5]:
        assert pair["object"] in text
    assert "What rows lack" in text
    assert f"{facts['complexity']['words_per_sentence']:.3g}" in text


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (0, 9, "0%"), (9, 9, "100%"), (1, 3, "33%"), (1, 40, "2.5%"), (1, 5000, "< 0.1%"), (4999, 5000, "> 99.9%"),
        (19, 20, "95%"), (0, 0, "–"),
    ],
)  # fmt: skip
def test_shares_are_never_rounded_to_all_or_nothing(part, whole, told):
    assert share(part, whole) == told
