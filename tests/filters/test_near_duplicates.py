"""Signatures are datasketch's to the bit; pairs are found and verified; different questions of one pattern stay apart."""

import random

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.filters import kernels, minhash, shingles
from tasks.filters import near_duplicates as near
from tasks.filters.texts import plain
from tasks.filters.verdict import Context

WORDS = [f"word{n}" for n in range(5000)]


def prose(rng: random.Random, words: int = 64) -> list[str]:
    return rng.choices(WORDS, k=words)


def shingle_sets(texts: list[str]) -> list[frozenset[tuple[str, ...]]]:
    """The definition, in plain Python: five words, or all words of a shorter text."""
    split = [text.lower().split() for text in texts]
    return [frozenset(tuple(w[k : k + 5]) for k in range(max(len(w) - 4, 1))) if w else frozenset() for w in split]


def jaccard(left: frozenset[tuple[str, ...]], right: frozenset[tuple[str, ...]]) -> float:
    return len(left & right) / max(len(left | right), 1)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=120), max_size=8))
def test_signatures_equal_datasketch_bit_for_bit(texts: list[str]) -> None:
    grams = minhash.shingled(plain(texts))
    signatures = minhash.signatures(grams)
    for row in range(len(texts)):
        oracle = MinHash(num_perm=128, seed=1, hashfunc=int)
        hashes = grams.hashes[grams.offsets[row] : grams.offsets[row + 1]]
        oracle.update_batch([int(h) >> 32 for h in hashes])
        assert oracle.hashvalues.dtype == signatures.dtype
        assert np.array_equal(oracle.hashvalues, signatures[row])


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=120), min_size=1, max_size=8))
def test_compiled_kernels_equal_numpy(texts: list[str]) -> None:
    column = plain(texts)
    data, offsets = shingles.buffers(column)
    grams = shingles.grams(column, 5)
    counts = np.zeros(len(texts), np.int64)
    kernels.count_grams(data, offsets, shingles.IS_WORD, 5, counts)
    assert np.array_equal(counts, np.diff(grams.offsets))
    hashes = np.empty(counts.sum(), np.uint64)
    kernels.fill_grams(data, offsets, shingles.IS_WORD, shingles.factors(5), grams.offsets, hashes)
    assert np.array_equal(hashes, grams.hashes)
    signed = np.full((len(texts), 128), 0xFFFFFFFF, np.uint32)
    kernels.sign(hashes, grams.offsets, *minhash.permutations(), signed)
    assert np.array_equal(signed, minhash.signatures(grams))


def test_large_and_small_columns_group_alike() -> None:
    rng = random.Random(3)
    rows = [" ".join(prose(rng, 30)) for _ in range(2000)]
    rows += [row.replace(row.split()[0], "changed", 1) for row in rows[:500]]
    few = near.near_duplicate_groups(rows)
    many = near.near_duplicate_groups(rows + [" ".join(prose(rng, 12)) for _ in range(3000)])
    assert len(many) >= minhash.COMPILE_FROM > len(few)
    assert np.array_equal(few, many[: len(few)])
    assert np.array_equal(few[2000:], np.arange(500))


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


def test_a_crowd_of_equals_is_one_group() -> None:
    rng = random.Random(2)
    same = " ".join(prose(rng))
    rows = [same] * 300 + [" ".join(prose(rng)) for _ in range(50)]
    groups = near.near_duplicate_groups(rows)
    assert set(groups[:300].tolist()) == {0}
    assert groups[300:].tolist() == list(range(300, 350))


def test_arrow_slices_chunks_and_surrogates_are_taken_as_they_come() -> None:
    texts = ["x", "the same five words here", "y", "The same five words, here!", "z"]
    assert near.near_duplicate_groups(pa.array(texts)[1:4]).tolist() == [0, 1, 0]
    assert near.near_duplicate_groups(pa.chunked_array([texts[1:2], texts[2:]])).tolist() == [0, 1, 0, 3]
    assert near.near_duplicate_groups(["\ud800 a", "\udfff a", "b"]).tolist() == [0, 0, 2]


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=10), st.randoms())
def test_groups_do_not_depend_on_the_order_of_rows(texts: list[str], rng: random.Random) -> None:
    order = list(range(len(texts)))
    rng.shuffle(order)
    there, back = near.near_duplicate_groups(texts), near.near_duplicate_groups([texts[k] for k in order])
    for i, k in enumerate(order):
        for j, m in enumerate(order):
            assert (there[k] == there[m]) == (back[i] == back[j])


LONG = "Return {} index in the string where the substring is found within the given slice of the text, counted from its beginning."


@pytest.mark.parametrize(
    ("left", "right", "different"),
    [
        (
            ("What does `str.find()` do?", LONG.format("the lowest")),
            ("What does `str.index()` do?", "Like find, but raise ValueError."),
            True,
        ),
        (("Quote chapter 3.", "It is 3 o'clock."), ("Quote chapter 4.", "It is 4 o'clock."), True),
        (("Natalia sold 48 clips.", "48 / 2 = 24"), ("Natalia sold 60 clips.", "60 / 2 = 30"), True),
        (("Quote chapter 3.", LONG), ("Quote chapter 4.", LONG), False),
        (("Please quote it.", "It is 3 o'clock."), ("Quote it, please.", "It is 3 o'clock sharp."), False),
        (("What does Elizabeth say?", "No, never."), ("What does Jane say?", "Yes, always."), True),
    ],
)
def test_questions_about_different_things(left: tuple[str, str], right: tuple[str, str], different: bool) -> None:
    assert near.differ_in_names(left, right) is different
    assert near.differ_in_names(right, left) is different


def test_every_dropped_row_is_like_the_one_it_names(filtered, context: Context) -> None:
    """A chain of rows, each like the next and unlike the one after: the ends are not like each other, and both stay."""
    words = [f"w{n}" for n in range(60)]
    chain = [" ".join([*words[: 60 - 5 * k], *(f"x{n}" for n in range(5 * k))]) for k in range(7)]
    rows = [{"instruction": "Say it", "response": text + "."} for text in chain]
    sets = shingle_sets([f"Say it {text}" for text in chain])
    verdict = near.judge(filtered(*rows), near.NearDuplicates(), context)
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


def test_numbers_guard_in_the_filter(filtered, context: Context) -> None:
    story = "Natalia sold {} clips to her friends in April and then she sold half as many of them in the month of May."
    rows = [{"instruction": story.format(n), "response": f"She sold {n // 2} in May."} for n in (48, 60)]
    assert near.judge(filtered(*rows), near.NearDuplicates(threshold=0.5), context).reason.null_count == 2


def test_what_an_earlier_release_held_is_recognised() -> None:
    rng = random.Random(5)
    old = [prose(rng) for _ in range(300)]
    index = near.Index()
    index.add([" ".join(words) for words in old], [f"old{n}" for n in range(300)])
    index.add(["", "another short one"], ["empty", "short"])
    changed = [" ".join([*words[:63], "changed"]) for words in old[:50]]
    found = near.seen_before([*changed, " ".join(prose(rng)), "", "Another short one!"], index)
    assert [key for key, _ in found[:50] if key] == [f"old{n}" for n in range(50)]
    assert all(similarity > 0.7 for _, similarity in found[:50])
    assert found[50:] == [None, None, ("short", 1.0)]
