"""Signatures are datasketch's to the bit; pairs are found and verified; different questions of one pattern stay apart."""

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from datasketch import LeanMinHash, MinHash, MinHashLSH
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.filters import shingle_kernels, shingles
from tasks.filters.contract import FilterContext
from tasks.filters.duplicates import groups as grouping
from tasks.filters.duplicates import kernels, minhash
from tasks.filters.duplicates import near_duplicates as near
from tasks.filters.duplicates import previous_releases as earlier
from tasks.filters.duplicates import semantic_duplicates as semantic
from tasks.store.store import Store
from tasks.text.columns import COMPILE_FROM, plain
from tests.store import records

WORDS = [f"word{n}" for n in range(5000)]


def prose(rng: random.Random, words: int = 64) -> list[str]:
    return rng.choices(WORDS, k=words)


def shingle_sets(texts: list[str]) -> list[frozenset[tuple[str, ...]]]:
    """The definition, in plain Python: five words, or all words of a shorter text."""
    split = [text.lower().split() for text in texts]
    return [frozenset(tuple(w[k : k + 5]) for k in range(max(len(w) - 4, 1))) if w else frozenset() for w in split]


def jaccard(left: frozenset[tuple[str, ...]], right: frozenset[tuple[str, ...]]) -> float:
    return len(left & right) / max(len(left | right), 1)


ANY_TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=120), max_size=8)


@given(ANY_TEXTS)
def test_signatures_equal_datasketch_bit_for_bit(texts: list[str]) -> None:
    column = shingles.column(plain(texts))
    grams = shingles.grams(column, 5)
    signatures = minhash.signatures(column)
    for row in range(len(texts)):
        oracle = MinHash(num_perm=128, seed=1, hashfunc=int)
        hashes = grams.hashes[grams.offsets[row] : grams.offsets[row + 1]]
        oracle.update_batch([int(h) >> 32 for h in hashes])
        assert oracle.hashvalues.dtype == signatures.dtype
        assert np.array_equal(oracle.hashvalues, signatures[row])


@given(ANY_TEXTS)
def test_words_are_counted_in_lower_case(texts: list[str]) -> None:
    """An ASCII row is not copied to be lowered, another is: both must give what lowering everything gives."""
    lowered = [pc.utf8_lower(pa.scalar(text)).as_py() for text in texts]
    left, right = (shingles.words(plain(t)) for t in (texts, lowered))
    assert np.array_equal(left.hashes, right.hashes)
    assert np.array_equal(left.offsets, right.offsets)


@given(ANY_TEXTS)
def test_the_kernels_sign_and_group_as_datasketch_does(texts: list[str]) -> None:
    column = shingles.column(
        plain([*texts, *texts[:1], "one two three four five six", "One two three four five six seven"])
    )
    rows = len(column.offsets) - 1
    signed = np.empty((rows, 128), np.uint32)
    permutations = MinHash(num_perm=128, seed=1).permutations
    kernels.sign(*column, shingles.factors(5), *permutations, 0, rows, signed)
    assert np.array_equal(signed, minhash.signatures(column))
    assert np.array_equal(grouping.by_kernel(column, signed, 0.5, 2), grouping.by_index(column, signed, 0.5))


@pytest.mark.parametrize("letters", [1, 7, 8, 9, 16, 17, 24, 300])
def test_compiled_kernels_read_long_texts_of_words_of_any_length(letters: int) -> None:
    rng = random.Random(letters)
    marks = [" ", "  ", ", ", "-", "\n"]
    texts = [
        "".join("".join(rng.choices("abXYZ09_éß", k=rng.randint(1, letters))) + rng.choice(marks) for _ in range(words))
        for words in (0, 1, 3, 4, 5, 63, 600, 3000)
    ]
    column, factors = shingles.column(plain(texts)), shingles.factors(5)
    expected = shingles.grams(column, 5)
    for row in range(len(texts)):
        begin, stop = column.offsets[row : row + 2].tolist()
        found, room = shingle_kernels.room(stop - begin)
        words = shingle_kernels.grams_of(column.data, begin, stop, factors, found, room)
        hashes = expected.hashes[expected.offsets[row] : expected.offsets[row + 1]]
        assert np.array_equal(found[: max(words - 4, min(words, 1))], hashes)


def test_large_and_small_columns_group_alike() -> None:
    rng = random.Random(3)
    rows = [" ".join(prose(rng, 30)) for _ in range(2000)]
    rows += [row.replace(row.split()[0], "changed", 1) for row in rows[:500]]
    rows += ["É " + " ".join(rng.choices("abcde", k=rng.randint(0, 9))) for _ in range(2000)]
    few = near.near_duplicate_groups(rows)
    many = near.near_duplicate_groups(rows + [f"w{n} v{n}" for n in range(COMPILE_FROM)])
    assert np.array_equal(few, many[: len(few)])
    assert np.array_equal(few[2000:2500], np.arange(500))
    assert np.array_equal(many[len(few) :], np.arange(len(few), len(many)))


def test_a_crowd_larger_than_a_workers_part_is_one_group() -> None:
    for count in (300, COMPILE_FROM):
        groups = near.near_duplicate_groups(
            ["one and the same text of some words"] * count + ["and", "three", "others"]
        )
        assert groups.tolist() == [*[0] * count, count, count + 1, count + 2]


def test_recall_and_precision_on_pairs_of_known_similarity() -> None:
    rng = random.Random(1)
    rows: list[str] = []
    for _ in range(1500):
        words = prose(rng)
        other = list(words)
        for place in rng.sample(range(64), rng.randint(0, 4)):
            other[place] = rng.choice(WORDS)
        rows += [" ".join(words), " ".join(other)]
    sets = shingle_sets(rows)
    groups = near.near_duplicate_groups(rows)
    similar = [jaccard(sets[k], sets[k + 1]) >= 0.7 for k in range(0, len(rows), 2)]
    found = [groups[k] == groups[k + 1] for k in range(0, len(rows), 2)]
    assert 500 < sum(similar) < 1400
    assert sum(f and s for f, s in zip(found, similar, strict=True)) / sum(similar) >= 0.97
    assert not any(f and not s for f, s in zip(found, similar, strict=True))
    assert all(group // 2 == row // 2 for row, group in enumerate(groups.tolist()))


def test_short_and_empty_rows() -> None:
    texts = ["", "  ", "...", "one two", "One, two!", "one two three", "one", None]
    assert near.near_duplicate_groups(texts).tolist() == [0, 1, 2, 3, 3, 5, 6, 7]
    assert near.near_duplicate_groups([]).tolist() == []


def test_arrow_slices_chunks_and_surrogates_are_taken_as_they_come() -> None:
    texts = ["x", "the same five words here", "y", "The same five words, here!", "z"]
    assert near.near_duplicate_groups(pa.array(texts)[1:4]).tolist() == [0, 1, 0]
    assert near.near_duplicate_groups(pa.chunked_array([texts[1:2], texts[2:]])).tolist() == [0, 1, 0, 3]
    assert near.near_duplicate_groups(["\ud800 a", "\udfff a", "b"]).tolist() == [0, 0, 2]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=10), st.randoms())
def test_groups_do_not_depend_on_the_order_of_rows(texts: list[str], rng: random.Random) -> None:
    order = list(range(len(texts)))
    rng.shuffle(order)
    there, back = near.near_duplicate_groups(texts), near.near_duplicate_groups([texts[k] for k in order])
    for i, k in enumerate(order):
        for j, m in enumerate(order):
            assert (there[k] == there[m]) == (back[i] == back[j])


def test_every_dropped_row_is_like_the_one_it_names(filtered, context: FilterContext) -> None:
    """A chain of rows, each like the next and unlike the one after: the ends are not like each other, and both stay."""
    words = [
        first + last
        for first in "bcdfgh"
        for last in ("ell", "ank", "ump", "ist", "oad", "ine", "art", "ook", "ush", "age")
    ]
    chain = [" ".join([*words[: 60 - 5 * k], *(f"{word}y" for word in words[: 5 * k])]) for k in range(7)]
    rows = [{"instruction": "Say it", "response": text + "."} for text in chain]
    sets = shingle_sets([f"Say it {text}" for text in chain])
    verdict = near.compute(filtered(*rows), near.NearDuplicates(), context)
    stays = [row for row, reason in enumerate(verdict.reason.to_pylist()) if reason is None]
    assert 1 < len(stays) < len(rows) - 1
    assert all(jaccard(sets[i], sets[k]) < 0.7 for i in stays for k in stays if i != k)
    for row, detail in enumerate(verdict.detail.to_pylist()):
        if detail:
            kept, similarity = detail.split()
            assert float(similarity) == pytest.approx(jaccard(sets[row], sets[int(kept[1:])]), abs=0.006)
            assert float(similarity) >= 0.7
            assert verdict.reason[int(kept[1:])].as_py() is None
    assert sum(verdict.columns["duplicates"].to_pylist()) == len(rows) - verdict.reason.null_count


DEFINITION = (
    "Given a review of a film by somebody who has seen it in a cinema, decide whether what the person says about it is "
    "positive or negative on the whole. Answer with one word, which is either positive or negative, and nothing else."
)
ADJECTIVES = ("great", "awful", "lovely", "boring", "clever", "stupid", "brilliant", "dull", "moving", "hollow")
NOUNS = [
    f"{first}{last}" for first in ("sun", "moon", "star", "wood", "stone") for last in ("light", "fall", "rise", "man")
]


@pytest.mark.parametrize("rows", [200, COMPILE_FROM])
def test_no_row_of_a_templated_set_goes_but_copies(filtered, context: FilterContext, rows: int) -> None:
    """Rows of one pattern are more alike than the threshold, each with each, and ask different things."""
    templated = []
    for number in range(rows):
        adjective, noun = ADJECTIVES[number % 10], NOUNS[number // 10 % 20]
        tail = f" in part {number // 200}" if number >= 200 else ""
        templated.append(
            {
                "instruction": f"{DEFINITION} Review: {noun} was {adjective}{tail}.",
                "response": ("Positive", "Negative")[number % 2],
            }
        )
    copy = {"instruction": f"Please: {templated[0]['instruction']}", "response": "Positive"}
    verdict = near.compute(filtered(*templated, copy), near.NearDuplicates(), context)
    assert verdict.reason.to_pylist() == [None] * rows + ["near_duplicate"]
    assert verdict.detail[rows].as_py().split()[0] == "r0"
    wide = semantic.compute(filtered(*templated), semantic.SemanticDuplicates(threshold=0.9), context)
    assert wide.reason.null_count == rows


def test_responses_that_contradict_keep_both_rows(filtered, context: FilterContext) -> None:
    story = "Natalia sold clips to her friends in April and then she sold {} as many of them in the month of May, as she {}said."
    rows = [
        {"instruction": f"{please}Retell the story of the clips.", "response": story.format(share, denied)}
        for please, share, denied in (
            ("", "half", ""),
            ("Please: ", "half", "never "),
            ("Kindly: ", "twice", ""),
            ("Now: ", "half", "also "),
        )
    ]
    verdict = near.compute(filtered(*rows), near.NearDuplicates(threshold=0.5), context)
    assert verdict.reason.to_pylist() == [None, None, None, "near_duplicate"]


def test_rows_that_contradict_each_other_cost_no_square(filtered, context: FilterContext) -> None:
    """Of more rows than a group may keep, those beyond stay without being compared."""
    told = "The number that was drawn in front of all these people on that evening in the old town hall was {} and no other one."
    rows = [{"instruction": "Say what was drawn.", "response": told.format(number)} for number in range(120)]
    verdict = near.compute(filtered(*rows), near.NearDuplicates(threshold=0.5), context)
    assert verdict.reason.null_count == 120


def released(rows: pa.Table, root: Path, dataset: str = "old") -> str:
    """`rows` published as a release of a store under `root`; its name."""
    store = Store(root)
    manifest = records.manifest("audit", "k" + dataset, store.put(rows))
    store.put_manifest(manifest)
    return f"{dataset}@{store.publish(records.release(dataset, manifest)).version}"


def test_what_an_earlier_release_holds_is_recognised(filtered, tmp_path: Path) -> None:
    rng = random.Random(5)
    told = [" ".join(prose(rng)) for _ in range(60)]
    old = filtered(
        *({"example_id": f"old{n}", "instruction": "Tell me.", "response": text} for n, text in enumerate(told))
    )
    name = released(old, tmp_path)
    rows = [
        {"instruction": "Tell me.", "response": " ".join([*told[7].split()[:60], "and", "so", "it", "ends."])},
        {"instruction": "Tell me.", "response": " ".join(prose(rng))},
        {"example_id": "old9", "instruction": "Tell me.", "response": told[9]},
        {"instruction": "Tell me.", "response": told[9] + " Yes."},
        {"instruction": "Tell me about Bath.", "response": "Tell me in 9 words. " + told[8]},
    ]
    params = near.NearDuplicates(against_previous=(name,))
    context = FilterContext(None, Tools(key="test", store_root=tmp_path))
    verdict = near.compute(filtered(*rows), params, context)
    assert verdict.reason.to_pylist() == ["near_duplicate", None, "near_duplicate", None, None]
    assert verdict.detail[0].as_py().startswith("old@1/old7 0.")
    assert verdict.detail[2].as_py().startswith("r3 ")
    kept = list((tmp_path / "signatures").glob("*.parquet"))
    assert len(kept) == 1
    kept[0].write_bytes(kept[0].read_bytes()[:-9] + b"x" * 9)
    assert near.compute(filtered(*rows), params, context).detail.equals(verdict.detail)
    assert [f.stat().st_size for f in (tmp_path / "signatures").glob("*.parquet")] == [kept[0].stat().st_size]


def test_candidates_are_what_a_datasketch_index_finds() -> None:
    rng = random.Random(6)
    told = [" ".join(prose(rng, 30)) for _ in range(80)]
    changed = [" ".join([*text.split()[: 30 - n % 12], *prose(rng, n % 12)]) for n, text in enumerate(told)]
    before, after = (minhash.signatures(shingles.column(plain(texts))) for texts in (told, changed))
    index = MinHashLSH(num_perm=128, params=(grouping.BANDS, grouping.ROWS_PER_BAND))
    sketches = [[LeanMinHash(seed=1, hashvalues=row, scheme="affine32") for row in rows] for rows in (before, after)]
    for row, sketch in enumerate(sketches[0]):
        index.insert(row, sketch)
    rows, others = grouping.candidates(after, before, threshold=0)
    found = set(zip(rows.tolist(), others.tolist(), strict=True))
    assert found == {(row, other) for row, sketch in enumerate(sketches[1]) for other in index.query(sketch)}
    assert 40 < len(found) < 90


def test_releases_are_pinned_to_the_first_with_their_rows(filtered, tmp_path: Path) -> None:
    table = filtered({"response": "One."})
    assert earlier.pinned(["old"], Store(tmp_path), "old") == ()
    for _ in range(2):
        released(table, tmp_path)
    assert earlier.pinned(["old", "new@7"], Store(tmp_path), "mine") == ("old@1", "new@7")
    with pytest.raises(BadInput, match="no release of 'odl'"):
        earlier.pinned(["odl"], Store(tmp_path), "mine")
    with pytest.raises(BadInput, match="dataset@version"):
        earlier.earlier("old", tmp_path)
    with pytest.raises(BadInput, match="old@3 does not exist"):
        earlier.earlier("old@3", tmp_path)
