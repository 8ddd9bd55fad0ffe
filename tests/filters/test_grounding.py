"""Numbers, names, quotations and words of a response stand in its evidence, or the row is rejected and says which does not."""

import json

import pytest

from tasks.filters.contract import FilterContext
from tasks.filters.grounding import grounding
from tasks.text.claims import clauses, names, numbers, quotations, without_citations, without_numbering
from tasks.text.evidence import without_markers
from tasks.text.support import coverage

PASSAGE = (
    "Mr. Bennet had married Jane Gardiner in 1787 for £1,500. He regretted it after three years. "
    "“You must come to Longbourn at once,” wrote Mr. Collins. The estate was worth 2,000 pounds a year."
)
ASKED = "What did Mr. Bennet's marriage bring him in Meryton?"


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        ('{"speech": "You must come to Longbourn, wrote Mr. Collins"}', None),
        (
            "“Wrote Mr. Collins, you must come to Longbourn”",
            ("ungrounded_quote", "Wrote Mr. Collins, you must come to Longbourn"),
        ),
        (PASSAGE, None),
        ("1. Mr. Bennet had married Jane Gardiner in 1787 for £1,500.\n2. He regretted it after three years. [1]", None),
        ("He married in 1787, for 1500 pounds, and regretted it after 3 years [1, 2].", None),
        ("It brought 1,500 pounds, in Meryton as elsewhere.", None),
        ("He married in 1788 for £1,500.", ("ungrounded_number", "1788")),
        ("He married for £15,00.", ("ungrounded_number", "15")),
        ("Mr. Bennet had married Charlotte in 1787.", ("ungrounded_name", "Charlotte")),
        ('Mr. Collins wrote: "You must come to Longbourn at once"', None),
        ("Mr. Collins wrote: “You must come to London at once”", ("ungrounded_quote", "You must come to London at once")),
        ("In Chapter Seven of The Manual he married.", None),
        ("He adored elephants, parrots, crocodiles and married penguins.", ("ungrounded_content", "0.17")),
    ],
)  # fmt: skip
def test_what_must_stand_in_the_evidence(
    filtered, chunks, tools, response: str, problem: tuple[str, str] | None
) -> None:
    row = {"instruction": ASKED, "response": response, "evidence": [{"chunk_id": "c", "start": 0, "end": len(PASSAGE)}]}
    verdict = grounding.compute(filtered(row), grounding.Grounding(), FilterContext(chunks(c=PASSAGE), tools))
    assert (verdict.reason[0].as_py(), verdict.detail[0].as_py()) == (problem or (None, None))


def test_extracts_score_one_and_rows_without_evidence_nothing(filtered, chunks, tools) -> None:
    half = PASSAGE.index("He regretted")
    spans = [{"chunk_id": "c", "start": half, "end": half + 33}, {"chunk_id": "c", "start": 0, "end": 20}]
    extract = "- " + PASSAGE[half : half + 33] + "\n- " + PASSAGE[:20]
    rows = [
        {"response": extract, "evidence": spans},
        {"response": "Made up in 1999."},
        {"response": "Made up.", "evidence": []},
    ]
    verdict = grounding.compute(filtered(*rows), grounding.Grounding(), FilterContext(chunks(c=PASSAGE), tools))
    assert verdict.reason.null_count == 3
    assert verdict.columns["grounding"].to_pylist() == [1.0, None, None]


def test_the_whole_passage_counts_where_the_spans_do_not_hold_it(filtered, chunks, tools) -> None:
    narrow = {"response": "It was worth 2,000 pounds.", "evidence": [{"chunk_id": "c", "start": 0, "end": 30}]}
    other = {"response": "It was worth 2,000 pounds.", "evidence": [{"chunk_id": "d", "start": 0, "end": 30}]}
    context = FilterContext(chunks(c=PASSAGE, d="It was worth much more pounds."), tools)
    verdict = grounding.compute(filtered(narrow, other), grounding.Grounding(), context)
    assert verdict.reason.to_pylist() == [None, "ungrounded_number"]


def test_a_sentence_cut_out_of_two_spans_can_be_quoted(filtered, chunks, tools) -> None:
    spans = [{"chunk_id": "c", "start": 0, "end": 10}, {"chunk_id": "c", "start": 20, "end": 34}]
    said = PASSAGE[0:10] + PASSAGE[20:34]
    row = {"response": f"They say “{said}” there.", "evidence": spans}
    verdict = grounding.compute(filtered(row), grounding.Grounding(), FilterContext(chunks(c=PASSAGE), tools))
    assert verdict.reason[0].as_py() is None


def test_who_says_nothing_says_nothing_wrong() -> None:
    assert coverage("It is so.", "") == 1.0
    assert coverage("Elephants it is.", "", "Which elephants?") == 1.0
    assert coverage("Elephants eat.", "", "Which elephants?") == 0.0


def test_without_documents_nothing_is_measured(filtered, context: FilterContext) -> None:
    row = {"response": "In 1999.", "evidence": [{"chunk_id": "c", "start": 0, "end": 30}]}
    assert grounding.compute(filtered(row), grounding.Grounding(), context).columns == {}


def test_each_check_can_be_turned_off(filtered, chunks, tools) -> None:
    row = {"response": "He married Charlotte in 1788.", "evidence": [{"chunk_id": "c", "start": None, "end": None}]}
    context = FilterContext(chunks(c=PASSAGE), tools)
    off = grounding.Grounding(numbers=False, names=False, min_coverage=0.0)
    assert grounding.compute(filtered(row), off, context).reason.null_count == 1
    assert (
        grounding.compute(filtered(row), grounding.Grounding(numbers=False), context).reason[0].as_py()
        == "ungrounded_name"
    )


def test_true_summaries_of_real_news_pass(shared) -> None:
    lines = (shared / "detectors" / "factual" / "qags_cnndm.jsonl").read_text("utf-8").splitlines()
    rejected = {True: 0, False: 0}
    rows = [json.loads(line) for line in lines[:120]]
    for row in rows:
        article = row["article"]
        for sentence in row["summary_sentences"]:
            true = sum(vote["response"] == "yes" for vote in sentence["responses"]) >= 2
            score = coverage(sentence["sentence"], article)
            rejected[true] += score < grounding.Grounding().min_coverage
    assert rejected[True] == 0
    assert rejected[False] > 0


def test_claims() -> None:
    text = "In 3.11.4, at 3:45 on 1/2, utf8 had 1,000.50 or 2.50; the 12th (5%) of items 1,2."
    assert list(numbers(text)) == ["3.11.4", "3", "45", "1", "2", "1000.5", "2.5", "12", "5"]
    assert names("Mr. Darcy met Miss Bingley. Jane (and I) said “Oh, Lizzy”:\nThe API of NumPy") == [
        "Darcy", "Miss", "Bingley", "Lizzy", "API", "NumPy",
    ]  # fmt: skip
    assert quotations('A "word" and "three whole words" and “curly ones count too”.') == [
        "three whole words",
        "curly ones count too",
    ]
    assert quotations(r'{"a": "she \"really\" said"}') == ["she 'really' said"]
    assert clauses("Oh! certainly, we -- all of us -- will.") == ["Oh", "certainly", "we", "all of us", "will"]
    assert without_citations("So it is [1], as a[1] says [2, 3].") == "So it is, as a[1] says."
    assert without_markers("1. One\n  - Two\n> Three\n4 Four") == "One\nTwo\nThree\n4 Four"


@pytest.mark.parametrize(
    "numbered",
    [
        "1. Wash\n2. Dry\n3. Fold", "(1) Wash\n(2) Dry\n(3) Fold", "1: Wash\n2: Dry\n3: Fold",
        "**1.** Wash\n**2.** Dry\n**3.** Fold", "### 1. Wash\n### 2) Dry\n### 3 - Fold", "> 1.1. Wash\n> 1.2. Dry\n> 2. Fold",
        "Step 1: Wash\nStep 2: Dry\nSTEP 3 Fold", "| 1 | Wash\n| 2 | Dry", "#1 Wash\n#2 Dry",
        "Do this: (1) wash, (2) dry and (3) fold.", "Do this: 1) wash 2) dry 3) fold.", "First 1. wash then 2. dry and 3. fold.",
    ],
)  # fmt: skip
def test_what_numbers_a_list_is_no_claim(numbered: str) -> None:
    assert list(numbers(without_numbering(numbered))) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It was founded in 1787. It closed.", ["1787"]),
        ("12 apples were sold.\n3 pounds were paid.", ["12", "3"]),
        ("- 2019 was dry\n- 2020 was wet", ["2019", "2020"]),
        ("See item (12) of the list.", ["12"]),
        ("He had 4. Then 5. Apples cost more.", ["4", "5"]),
        ("3 - 1 = 2", ["3", "1", "2"]),
    ],
)
def test_other_numbers_at_the_beginning_of_a_line_are_claims(text: str, said: list[str]) -> None:
    assert list(numbers(without_numbering(text))) == said


TWO = {"a": "The mill was built in 1820 by Hannah Lord.", "b": "The bridge was built in 1911 by Otto Brandt."}


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        ("The mill was built in 1820 [1]. The bridge was built in 1911 [2].", None),
        ("The mill was built in 1820. [1] The bridge was built in 1911. [2]", None),
        ("The mill was built in 1911 [1]. The bridge was built in 1911 [2].", ("ungrounded_number", "1911")),
        ("The mill was built in 1820. [1] The bridge was built in 1820. [2]", ("ungrounded_number", "1820")),
        ("The bridge was built by Hannah Lord [2].", ("ungrounded_name", "Hannah")),
        ("Both were built, in 1820 and 1911 [1, 2].", None),
        ("Both were built, in 1820 and 1911 [1-2].", None),
        ("The mill was built in 1820 [3]. The bridge was built in 1911 [5].", None),
        ("The mill was built in 1911 [3]. The bridge was built in 1911 [5].", ("ungrounded_number", "1911")),
        ("The mill was built in 1911 [7].", None),
        ("The mill was built in 1911, the bridge in 1820.", None),
    ],
    ids=str,
)
def test_a_sentence_stands_on_the_passage_that_it_cites(filtered, chunks, tools, response, problem) -> None:
    spans = [{"chunk_id": name, "start": 0, "end": len(text)} for name, text in TWO.items()]
    row = {"instruction": "What was built?", "response": response, "evidence": spans}
    verdict = grounding.compute(filtered(row), grounding.Grounding(), FilterContext(chunks(**TWO), tools))
    assert (verdict.reason[0].as_py(), verdict.detail[0].as_py()) == (problem or (None, None))
