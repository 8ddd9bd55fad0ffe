"""Nothing that presidio finds gets past the prefilter; what is nobody's is let be; placeholders are consistent."""

import json
from collections.abc import Callable
from typing import get_args

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

from tasks.filters.contract import FilterContext
from tasks.filters.personal_data import detection, pii
from tasks.filters.personal_data.exceptions import FEWEST_DIGITS, innocent
from tasks.filters.personal_data.prefilters import MIN_PHONE_DIGITS
from tasks.text import nlp

Span = tuple[str, int, int]

MAIL, CARD, IBAN = "jane.doe@posteo.de", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
SAMPLES = [MAIL, CARD, IBAN, "+1 415 555 2671", "(415) 555-2671", "536-90-4399", "84.17.52.11", "2a02:8109:9c40::77"]


def found(text: str, entity: str) -> list[str]:
    spans = detection.find([text], [entity]).to_pylist()
    return [text[s["start"] : s["end"]] for s in spans if s["score"] >= 0.4]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        (f"Write to {MAIL}.", "EMAIL_ADDRESS", MAIL),
        (f"Pay with {CARD}, please", "CREDIT_CARD", CARD),
        (f"to {IBAN} now", "IBAN_CODE", IBAN),
        ("call (415) 555-2671 now", "PHONE_NUMBER", "(415) 555-2671"),
        ("her ssn is 536904399", "US_SSN", "536904399"),
        ("536-90-4399", "US_SSN", "536-90-4399"),
        ("ping 84.17.52.11 twice", "IP_ADDRESS", "84.17.52.11"),
        ("at 2001:4860:4860::8888 too", "IP_ADDRESS", "2001:4860:4860::8888"),
    ],
)
def test_patterns(text: str, entity: str, value: str) -> None:
    assert found(text, entity) == [value]
    assert found("é😀 " + text, entity) == [value]


@pytest.fixture(scope="module")
def engine() -> AnalyzerEngine:
    """presidio by itself, with its default registry."""
    models = [{"lang_code": "en", "model_name": nlp.PACKAGE}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    return AnalyzerEngine(nlp_engine=provider.create_engine())


@pytest.fixture(scope="module")
def alone(engine: AnalyzerEngine) -> Callable[[str], set[Span]]:
    """What presidio's patterns find when every recogniser reads every text."""
    nothing = engine.nlp_engine.process_text("", "en")
    patterns = list(get_args(pii.Pattern))
    return lambda text: {
        (found.entity_type, found.start, found.end)
        for found in engine.analyze(text, "en", patterns, nlp_artifacts=nothing)
    }


def spans_in(texts: list[str]) -> list[set[Span]]:
    spans: list[set[Span]] = [set() for _ in texts]
    for span in detection.find(texts, get_args(pii.Pattern)).to_pylist():
        spans[span["row"]].add((span["entity"], span["start"], span["end"]))
    return spans


def test_every_recogniser_of_presidios_default_registry_is_asked(engine: AnalyzerEngine) -> None:
    asked = {r.supported_entities[0] for r in engine.registry.recognizers if r.name != "SpacyRecognizer"}
    assert asked == set(get_args(pii.Pattern)) == set(detection.PREFILTERS)


def test_no_entity_of_the_labelled_set_is_lost(shared, alone) -> None:
    rows = json.loads((shared / "detectors" / "pii" / "synth_dataset_v2.json").read_text("utf-8"))
    texts = [row["full_text"] for row in rows[:500]]
    for text, spans in zip(texts, spans_in(texts), strict=True):
        assert alone(text) <= spans


FRAGMENTS = st.one_of(
    st.sampled_from(SAMPLES),
    st.from_regex(r"[+(]?[0-9]{1,5}([-. ()/x][0-9]{2,5}){1,4}", fullmatch=True),
    st.from_regex(r"[A-Z]{2}[0-9]{2}([ -]?[A-Z0-9]{4}){3,5}", fullmatch=True),
    st.from_regex(r"[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,8}", fullmatch=True),
    st.from_regex(r"[\w.+-]{1,8}@\w{1,8}\.(com|de|org)", fullmatch=True),
    st.from_regex(r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}|[0-9]{2,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4}", fullmatch=True),
    st.from_regex(r"([Ee]xt|x|#|int|anexo|,|;ext=|:)[.: ]?[0-9]{1,6}#?", fullmatch=True),
    st.from_regex(r"([13]|bc1)[a-zA-HJ-NP-Z0-9]{25,40}|www\.[a-z]{2,6}\.(com|net)/[a-z]*", fullmatch=True),
    st.sampled_from(
        [" ", "  ", "\n", "(", ")", "[", "+", "/", "-", ", ", "$", "%", "\u017f", "\u212a", "1640", "1813"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)


@settings(max_examples=300)
@given(st.lists(FRAGMENTS, max_size=8).map("".join))
def test_nothing_is_found_and_nothing_lost_that_presidio_alone_would_not(alone, text: str) -> None:
    assert spans_in([text])[0] >= alone(text)


@settings(max_examples=300)
@given(st.lists(FRAGMENTS, max_size=8).map("".join))
@example("call 349540\tX2 now")
def test_numbers_too_short_to_be_looked_for_are_nobodys(text: str) -> None:
    every, long = (
        detection.find([text], ["PHONE_NUMBER"], phone_digits=digits).to_pylist()
        for digits in (MIN_PHONE_DIGITS, FEWEST_DIGITS)
    )
    assert [span for span in every if not innocent(text, span)] == [span for span in long if not innocent(text, span)]


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("Mail to user@example.com or a@b.test or git@github.com.", "EMAIL_ADDRESS"),
        ("Listen on 127.0.0.1 and 192.168.0.1, or 203.0.113.7.", "IP_ADDRESS"),
        ("Python version 3.11.4.0 is out; see §15.12.2.7 and git 1.7.7.3", "IP_ADDRESS"),
        ("`8.8.8.8` in code", "IP_ADDRESS"),
        ("The largest int is 2147483647.", "PHONE_NUMBER"),
        ("In 1640, and 1641, and § 164-22", "PHONE_NUMBER"),
        ("from 3000-2350 BC, and (1642-1726/1727) too", "PHONE_NUMBER"),
        ("about 67.62804511 ounces", "PHONE_NUMBER"),
        ("ISBN 978-0-306-40615-7", "PHONE_NUMBER"),
        ("https://site.org/item/415-555-2671", "PHONE_NUMBER"),
        ("The resolvers are 8.8.8.8, 9.9.9.9, 2606:4700:4700::1111 and 208.67.222.222.", "IP_ADDRESS"),
        ("The masks are 255.255.240.0 and 128.0.0.0, the net is 8.0.0.0/8.", "IP_ADDRESS"),
        ("The mask is 255.255.240.0.", "PHONE_NUMBER"),
        ("In films: 212-555-0143, (310) 555-0199, 020 7946 0123, 01632 960123, 030 23125 123.", "PHONE_NUMBER"),
        ("415 555 2671 + 415 555 2672 = 831 110 5343", "PHONE_NUMBER"),
        ("Subtract: 9 876 543 210 - 1 234 567 890 = 8 641 975 320", "PHONE_NUMBER"),
        ("Exactly 1 234 567 890 grains were counted.", "PHONE_NUMBER"),
        ("Call str(1633049473) or time.sleep(4155552671).", "PHONE_NUMBER"),
        ("total = 415 555 2671", "PHONE_NUMBER"),
        ("Write to user (at) example (dot) com.", "EMAIL_ADDRESS"),
        (f"```\ncard = '{CARD}'\n```", "CREDIT_CARD"),
        ("doi:10.1000/4111111111111111", "CREDIT_CARD"),
    ],
)
def test_what_only_looks_personal_is_let_be(text: str, entity: str) -> None:
    assert all(innocent(text, span) for span in detection.find([text], [entity]).to_pylist())


@pytest.mark.parametrize(
    "text",
    [
        f"Write to {MAIL}",
        "call 4155552671",
        "Tel. +1 415 555 2671",
        "from 84.17.52.11",
        f"card {CARD}",
        "Phone = 415-555-2671",
    ],
)
def test_what_is_personal_is_not_let_be(text: str) -> None:
    spans = [span for span in detection.find([text]).to_pylist() if span["score"] >= 0.4]
    assert spans
    assert not any(innocent(text, span) for span in spans)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Write to jane dot miller at mailbox dot org.", "jane dot miller at mailbox dot org"),
        ("or k.odell (at) mailbox (dot) org, please", "k.odell (at) mailbox (dot) org"),
        ("anna[at]posteo[dot]de is mine", "anna[at]posteo[dot]de"),
        ("my mail is tom at gmail dot com", "tom at gmail dot com"),
        ("lisa.k [at] uni-bonn.de", "lisa.k [at] uni-bonn.de"),
        ("sam@mailbox dot org", "sam@mailbox dot org"),
        ("jane.miller at mailbox.org is my address", "jane.miller at mailbox.org"),
        ("Look at amazon dot com for it, or meet us at bank dot com.", None),
        ("We met at noon. The dot is red. See ch.3 at python.org", None),
    ],
)
def test_addresses_that_are_written_out_are_found(text: str, address: str | None) -> None:
    assert found(text, "EMAIL_ADDRESS") == ([address] if address else [])


def test_made_up_values_are_consistent_and_nobodys(filtered, context: FilterContext) -> None:
    other = "j.smith@posteo.de"
    samples = f"{MAIL}, {CARD}, {IBAN}, +1 415 555 2671, 536-90-4399, 84.17.52.11, 2a02:8109:9c40::77"
    rows = [
        {"instruction": f"Write to {other} and {MAIL}.", "response": samples},
        {"response": f"It is {MAIL.upper()}."},
    ]
    table = filtered(*rows)
    columns = pii.compute(table, pii.Pii(action="replace"), context).columns
    first, second = columns["response"].to_pylist()
    asked = columns["instruction"][0].as_py()
    assert not any(value in first + second + asked for value in (*samples.split(", "), other))
    assert first.split(", ")[0] in asked
    assert len({word for word in asked.split() if "@" in word}) == 2
    again = filtered({"instruction": asked, "response": first}, {"response": second})
    assert pii.compute(again, pii.Pii(action="replace"), context).columns == {}


def test_made_up_data_that_the_instruction_asks_for_stays(filtered, context: FilterContext) -> None:
    card = f"Phone: (415) 555-2671\nMail: {MAIL}"
    rows = [
        {"instruction": "Create a fake contact card.", "response": card},
        {"instruction": f"Create a fake contact card like that of {MAIL}.", "response": card},
        {"instruction": "How do I reach her?", "response": card},
    ]
    found = pii.compute(filtered(*rows), pii.Pii(), context).columns["pii"].to_pylist()
    assert found[0] == []
    assert found[1] == ["EMAIL_ADDRESS:instruction", "EMAIL_ADDRESS:response"]
    assert found[2] == ["PHONE_NUMBER:response", "EMAIL_ADDRESS:response"]


def test_a_bracket_without_its_other_half_stays(filtered, context: FilterContext) -> None:
    said = "Reach me (call 415-555-2671) or [415 555 2672 at night."
    text = pii.compute(filtered({"response": said}), pii.Pii(), context).columns["response"][0].as_py()
    assert text == "Reach me (call <PHONE_NUMBER_1>) or [<PHONE_NUMBER_2> at night."


def test_placeholders_are_consistent_through_a_row(filtered, context: FilterContext) -> None:
    other = "j.smith@posteo.de"
    row = {
        "history": [{"role": "user", "content": f"I am {MAIL}"}, {"role": "assistant", "content": None}],
        "instruction": f"Write to {other} and {MAIL.upper()}",
        "response": f"{other}, {MAIL}: sent from 84.17.52.11",
    }
    table = filtered({"response": "Nothing here."}, row, {"response": other})
    columns = pii.compute(table, pii.Pii(), context).columns
    assert columns["history"][1][0]["content"].as_py() == "I am <EMAIL_ADDRESS_1>"
    assert columns["history"][1][1]["content"].as_py() is None
    assert columns["instruction"][1].as_py() == "Write to <EMAIL_ADDRESS_2> and <EMAIL_ADDRESS_1>"
    assert columns["response"].to_pylist() == [
        "Nothing here.",
        "<EMAIL_ADDRESS_2>, <EMAIL_ADDRESS_1>: sent from <IP_ADDRESS_1>",
        "<EMAIL_ADDRESS_1>",
    ]
    assert columns["pii"].to_pylist()[0] == []
    assert columns["pii"].to_pylist()[1] == [
        "EMAIL_ADDRESS:history",
        "EMAIL_ADDRESS:instruction",
        "EMAIL_ADDRESS:response",
        "IP_ADDRESS:response",
    ]
    assert columns["changes"].to_pylist() == [[], ["pii:history", "pii:instruction", "pii:response"], ["pii:response"]]


def test_tag_and_drop(filtered, context: FilterContext) -> None:
    table = filtered({"response": f"At {MAIL}"}, {"response": f"Card {CARD}"}, {"response": "Neither."})
    verdict = pii.compute(table, pii.Pii(action="tag", actions={"CREDIT_CARD": "drop"}), context)
    assert verdict.reason.to_pylist() == [None, "pii", None]
    assert verdict.detail[1].as_py() == "CREDIT_CARD"
    assert "response" not in verdict.columns
    assert verdict.columns["pii"].to_pylist() == [["EMAIL_ADDRESS:response"], ["CREDIT_CARD:response"], []]


def test_names_are_looked_for_only_if_asked(filtered, context: FilterContext) -> None:
    said = "Angela Merkel met Emmanuel Macron in Paris. Then Angela Merkel went home to Berlin."
    table = filtered({"instruction": "Tell me what happened then.", "response": said})
    assert pii.compute(table, pii.Pii(), context).columns == {}
    tagged = pii.compute(table, pii.Pii(names=("PERSON", "LOCATION")), context).columns
    assert set(tagged["pii"][0].as_py()) == {"PERSON:response", "LOCATION:response"}
    assert "response" not in tagged
    redacted = pii.compute(table, pii.Pii(names=("PERSON",), actions={}), context).columns["response"][0].as_py()
    assert redacted == "<PERSON_1> met <PERSON_2> in Paris. Then <PERSON_1> went home to Berlin."
    assert detection.find([said], ["PERSON"]).num_rows == 0


def test_entities_in_a_long_line_are_found_once(tools) -> None:
    line = ("x" * 50 + " ") * 75
    text = "".join(f"{line}{sample} " for sample in SAMPLES) * 4
    spans = detection.find([text], ["EMAIL_ADDRESS", "IBAN_CODE"]).to_pylist()
    assert [text[s["start"] : s["end"]] for s in spans] == [MAIL, IBAN] * 4


@pytest.mark.parametrize("shift", range(0, 60, 3))
def test_an_entity_on_a_cut_is_found_whole(shift: int) -> None:
    text = "x " * 1965 + " " * shift + "jane@posteo.community" + " y" * 1000
    [span] = detection.find([text], ["EMAIL_ADDRESS"]).to_pylist()
    assert text[span["start"] : span["end"]] == "jane@posteo.community"


def test_overlapping_spans_are_resolved_by_score_and_length() -> None:
    rows = [(0, "A", 0, 10, 0.5), (0, "B", 5, 12, 0.9), (0, "C", 12, 14, 0.1), (1, "A", 0, 4, 0.5), (1, "B", 0, 9, 0.5)]
    table = pa.Table.from_pylist(
        [dict(zip(detection.SPANS.names, row, strict=True)) for row in rows], schema=detection.SPANS
    )
    assert detection.apart(table)["entity"].to_pylist() == ["B", "C", "B"]


def test_an_unknown_entity_is_refused() -> None:
    with pytest.raises(KeyError):
        detection.find(["text"], ["SHOE_SIZE"])
