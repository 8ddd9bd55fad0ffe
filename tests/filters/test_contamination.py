"""Benchmark items are found where they stand, and nowhere else; every hit says where and by which words."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.core.params import canonical_json
from tasks.filters import shingles
from tasks.filters.contract import FilterContext
from tasks.filters.decontamination import contamination
from tasks.filters.decontamination.benchmarks import BenchmarkItem, read
from tasks.filters.decontamination.building import pack
from tasks.filters.decontamination.contamination import Contamination, scan
from tasks.text.columns import plain

QUESTION = "Janet has sixteen ducks that lay eggs every single day and she eats three for breakfast with her friends"
ANSWER = "She sells the remaining thirteen eggs at the market for two dollars each so that she makes twenty six dollars"


def item(text: str, name: str = "1", side: str = "question", benchmark: str = "b/test") -> BenchmarkItem:
    return BenchmarkItem(benchmark, name, side, text)


def test_every_planted_item_of_real_benchmarks_is_found(shared) -> None:
    folder = shared / "benchmarks"
    paths = (
        folder / "gsm8k" / "test.jsonl",
        *sorted((folder / "mmlu" / "test").glob("[a-c]*.csv")),
        folder / "humaneval",
    )
    items = pack(paths, rephrased=False)
    planted = [i for i in read(paths) if i.side == "question" and len(i.text.split()) > 12][::31]
    assert len({i.benchmark.split("/")[0] for i in planted}) == 3
    texts = [f"Please answer this.\n{i.text.upper()}\nThink step by step, and then say it." for i in planted]
    hits = scan(texts, items).to_pylist()
    for row, wanted in enumerate(planted):
        mine = [hit for hit in hits if hit["row"] == row and hit["tier"] == "whole"]
        assert any((hit["benchmark"], hit["item"]) == (wanted.benchmark, wanted.item) for hit in mine), wanted
        assert all(hit["coverage"] == 1.0 and len(hit["ngram"].split()) >= 8 for hit in mine)


def test_real_instructions_are_hardly_ever_flagged(shared) -> None:
    folder = shared / "benchmarks"
    items = pack((folder / "gsm8k" / "test.jsonl", folder / "humaneval" / "HumanEval.jsonl"), rephrased=False)
    rows = json.loads((shared / "instructions" / "dolly" / "dolly_3k.json").read_text("utf-8"))
    hits = scan([f"{row['instruction']}\n{row['output']}" for row in rows], items)
    assert len({h["row"] for h in hits.to_pylist() if h["tier"] != "13-gram"}) <= 0.001 * len(rows)


def test_the_tiers_and_the_evidence() -> None:
    words = QUESTION.split()
    half = " ".join([*words[:11], *["other"] * 12])
    third = " ".join([*words[:7], *["other"] * 12, *words[7:9]])
    changed = " ".join([*words[:13], "one", *words[14:]])
    hits = scan([QUESTION, "x " + half, third, changed, "nothing at all"], pack([item(QUESTION)])).to_pylist()
    assert [(h["row"], h["tier"], round(h["coverage"], 2)) for h in hits] == [
        (0, "whole", 1.0),
        (1, "8-gram", 0.58),
        (3, "8-gram", 0.68),
    ]
    assert hits[1]["ngram"] == " ".join(words[:8]).lower()
    assert (hits[0]["benchmark"], hits[0]["item"]) == ("b/test", "1")


def test_a_13_gram_below_half_is_reported_and_rejects_nothing(filtered, tools, tmp_path: Path) -> None:
    long = " ".join(f"word{n}" for n in range(60))
    quoting = " ".join(f"word{n}" for n in range(20, 34)) + " and more"
    hits = scan([quoting], pack([item(long)])).to_pylist()
    assert [(h["tier"], h["ngram"]) for h in hits] == [("13-gram", " ".join(f"word{n}" for n in range(20, 33)))]
    (tmp_path / "b.jsonl").write_text(json.dumps({"question": long}))
    params = Contamination(benchmarks=(tmp_path / "b.jsonl",))
    verdict = contamination.compute(filtered({"response": quoting}), params, FilterContext(None, tools))
    assert verdict.reason.null_count == 1
    assert verdict.columns["contamination"][0].as_py() == pytest.approx(14 / 60)


def test_short_items_must_be_the_whole_text() -> None:
    texts = ("Why is the sky blue?", "Who was it then?", "Who was it then?", "Is it so?")
    items = pack([item(text, str(number)) for number, text in enumerate(texts, 1)], rephrased=False)
    hits = scan(
        ["why is the SKY blue", "Tell me: why is the sky blue?", "Who was it then?", "Is it so?"], items
    ).to_pylist()
    assert [(h["row"], h["tier"], h["ngram"]) for h in hits] == [(0, "whole", "why is the sky blue")]


def test_boilerplate_proves_nothing_but_the_whole_item_does() -> None:
    stem = "which of the following statements is the most likely to be true about"
    items = pack([item(f"{stem} thing{n}", str(n)) for n in range(12)], rephrased=False)
    hits = scan([f"{stem} something else", f"{stem} thing3"], items).to_pylist()
    assert [(h["row"], h["item"], h["tier"]) for h in hits] == [(1, "3", "whole")]


def test_every_turn_and_both_sides_are_searched(filtered, tools, tmp_path: Path) -> None:
    (tmp_path / "suite.json").write_text(
        json.dumps([{"id": "q7", "question": QUESTION, "answer": f"{ANSWER} <<13*2=26>> #### 26"}])
    )
    rows = [
        {"instruction": QUESTION},
        {"response": ANSWER + " 26"},
        {"history": [{"role": "user", "content": QUESTION}]},
        {"response": "Paris, of course."},
    ]
    params = Contamination(benchmarks=(tmp_path / "suite.json",))
    verdict = contamination.compute(filtered(*rows), params, FilterContext(None, tools))
    assert verdict.reason.to_pylist() == ["contaminated", "contaminated", "contaminated", None]
    name = f"{tmp_path.name}/suite q7: "
    assert [detail.startswith(name) for detail in verdict.detail.to_pylist()[:3]] == [True] * 3
    assert verdict.columns["contamination"].to_pylist() == [1.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("name", "content", "items"),
    [
        ("a.jsonl", '{"question": "Q one"}\n\n{"prompt": "Q two", "canonical_solution": "A two"}\n', ["Q one", "Q two", "A two"]),
        ("a.json", '[{"instruction": "I", "output": "O"}]', ["I", "O"]),
        ("a.json", '{"examples": [{"input": "I", "target": "T"}]}', ["I", "T"]),
        ("a.json", '{"question": "Q"}\n{"question": "R"}', ["Q", "R"]),
        ("a.jsonl", '{"turns": ["One", "Two"], "choices": ["x"]}', ["One", "Two"]),
        ("a.jsonl", '{"turns": [{"content": "One"}, {"content": "Two"}]}', ["One", "Two"]),
        ("a.jsonl", '{"choices": [{"index": 0, "turns": ["One", "Two"]}]}', ["One", "Two"]),
        ("a.jsonl", '{"context_options": ["So she", "So he"], "continuation": "went."}', ["So she", "So he"]),
        ("a.csv", "Question,Best Answer\nQ,A\n", ["Q", "A"]),
        ("a.csv", "What is it?,this,that,those,these,A\n\"Is, it?\",a,b,c,d,B\n", ["What is it?", "Is, it?"]),
        ("a.csv", "question;choices;answer\nWhat, if any?;['a', 'b'];1\n", ["What, if any?", "1"]),
        ("a.tsv", "id\tproblem\tsolution\n1\tP\tS\n", ["P", "S"]),
        ("a.csv", "\ufeffquestion,answer\ncaf\u00e9,1\n", ["café", "1"]),
    ],
)  # fmt: skip
def test_benchmark_files_are_read_as_they_come(tmp_path: Path, name: str, content: str, items: list[str]) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "SOURCE.md").write_text("not a benchmark")
    assert [i.text for i in read([tmp_path])] == items
    assert [i.text for i in read([tmp_path / name])] == items
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed" / f"{name}.gz").write_bytes(gzip.compress(content.encode()))
    packed = read([tmp_path / "packed" / f"{name}.gz"])
    assert [i.text for i in packed] == items
    assert packed[0].benchmark == "packed/a"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", '{"question": "Q"}\n{broken\n', "line 2: not JSON"),
        ("a.jsonl", "[1, 2]\n", "line 1: not a JSON object"),
        ("a.json", '[{"nothing": 1}]', "no benchmark items"),
        ("a.txt", "question", "no benchmark items"),
        ("a.jsonl.gz", "not gzip", "not JSON"),
        ("a.jsonl", "[" * 100_000, "line 1: nested more than 250 levels"),
        ("a.json", '{"a":' * 100_000, "nested more than 250 levels"),
        ("a.csv", "", "no benchmark items"),
    ],
)
def test_unreadable_benchmarks_say_what_and_where(tmp_path: Path, name: str, content: str, words: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInput, match=words) as error:
        read([tmp_path / name])
    assert str(tmp_path / name) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("cut", [False, True])
def test_a_packed_benchmark_unpacks_to_no_more_than_a_file_may(tmp_path: Path, cut: bool) -> None:
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(1 if cut else 160):
            file.write(b'{"question": "Which?"}\n' * 50_000)
    if cut:
        path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadInput, match="damaged or cut off" if cut else "at most 262,144 records"):
        read([path])


def test_a_missing_benchmark_names_its_recipe_path(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"filters\.contamination\.benchmarks"):
        pack([tmp_path / "absent.jsonl"])


def test_the_key_follows_the_benchmark_content(tmp_path: Path) -> None:
    file = tmp_path / "b.jsonl"
    file.write_text('{"question": "one"}')
    before = canonical_json(Contamination(benchmarks=(file,)))
    (tmp_path / "moved.jsonl").write_bytes(file.read_bytes())
    assert canonical_json(Contamination(benchmarks=(tmp_path / "moved.jsonl",))) == before
    file.write_text('{"question": "two"}')
    assert canonical_json(Contamination(benchmarks=(file,))) != before


WORDS = st.lists(st.sampled_from(["ape", "bat", "cat", "dog", "elk", "fox", "gnu"]), max_size=30)


@given(st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=4))
def test_coverage_is_what_it_says(rows: list[list[str]], items: list[list[str]]) -> None:
    """Against the definition in plain Python: an item's words that stand in 8-grams the row has too."""
    known = pack([item(" ".join(i), str(n)) for n, i in enumerate(items)], rephrased=False)
    hits = scan([" ".join(r) for r in rows], known).to_pylist()
    found = {(h["row"], h["item"]): h["coverage"] for h in hits if h["tier"] != "13-gram"}
    for r, row in enumerate(rows):
        grams = {tuple(row[k : k + 8]) for k in range(len(row) - 7)}
        for n, words in enumerate(items):
            covered = {p for k in range(len(words) - 7) if tuple(words[k : k + 8]) in grams for p in range(k, k + 8)}
            share = len(covered) / max(len(words), 1)
            if len(words) >= 8:
                assert ((r, str(n)) in found) == (share > 0.5)
                assert found.get((r, str(n)), share) == pytest.approx(share)


@given(st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=4))
def test_the_compiled_search_equals_numpy(rows: list[list[str]], items: list[list[str]]) -> None:
    known = pack([item(" ".join(i), str(n)) for n, i in enumerate(items)], rephrased=False)
    column = shingles.column(plain([" ".join(row) for row in rows]))
    found = [set(zip(*(each.tolist() for each in way), strict=True)) for way in (
        contamination._by_numpy(column, known), contamination._by_kernel(column, known, 2)
    )]  # fmt: skip
    assert found[0] == found[1]


def test_sums_prove_nothing_but_the_whole_item_does() -> None:
    sums = "2 x 3 x 5 x 7 x 11 x 13 x 17"
    items = pack([item(f"What is {sums} in all, if you please?"), item(sums, "2")])
    hits = scan([f"Note that {sums} is even.", f"{sums}!"], items).to_pylist()
    assert [(h["row"], h["item"], h["tier"]) for h in hits] == [(0, "2", "whole"), (1, "2", "whole")]


def test_a_pack_is_built_once_and_kept(tmp_path: Path) -> None:
    file, store = tmp_path / "suite.jsonl", tmp_path / "store"
    file.write_text(json.dumps({"question": QUESTION, "answer": ANSWER}))
    fresh, known = pack([file]), pack([file], store)
    kept = list(store.glob("*.parquet"))
    assert len(kept) == 1
    before = kept[0].stat().st_mtime_ns
    again = pack([file], store)
    assert kept[0].stat().st_mtime_ns == before
    assert fresh.items.equals(known.items)
    assert known.items.equals(again.items)
    file.write_text(json.dumps({"question": ANSWER}))
    assert pack([file], store).items["text"].to_pylist() == [ANSWER]
    kept[0].write_bytes(kept[0].read_bytes()[:-20] + bytes(20))
    file.write_text(json.dumps({"question": QUESTION, "answer": ANSWER}))
    assert pack([file], store).items.equals(fresh.items)


ITEM, NOTHING = pack([item(QUESTION)]), pack([])


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), max_size=5))
def test_any_text_can_be_scanned(texts: list[str]) -> None:
    assert scan(texts, ITEM).num_rows >= 0
    assert scan(texts, NOTHING).num_rows == 0
