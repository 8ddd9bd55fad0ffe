"""The same request in other words is recognised; rows that differ in what matters stay both."""

import numpy as np
import pytest

from tasks.filters.contract import FilterContext
from tasks.filters.duplicates import semantic_duplicates as semantic

ANSWER = "Photosynthesis turns sunlight, water and carbon dioxide into sugar and oxygen, inside the leaves of a plant."
AGAIN = "Inside the leaves of a plant, photosynthesis turns carbon dioxide, water and sunlight into oxygen and sugar."


def test_the_better_of_two_that_say_the_same_stays(filtered, context: FilterContext) -> None:
    rows = [
        {"instruction": "Explain what photosynthesis does.", "response": AGAIN},
        {"instruction": "Where do bears sleep in winter?", "response": "In caves and hollow trees."},
        {"instruction": "What does photosynthesis do? Explain it.", "response": ANSWER, "origin": "human"},
    ]
    verdict = semantic.compute(filtered(*rows), semantic.SemanticDuplicates(threshold=0.9), context)
    assert verdict.reason.to_pylist() == ["semantic_duplicate", None, None]
    assert verdict.detail[0].as_py().startswith("r2 0.9")
    assert verdict.columns["duplicates"].to_pylist() == [0, 0, 1]
    alone = semantic.compute(filtered(rows[0]), semantic.SemanticDuplicates(), context)
    assert alone.reason.null_count == 1


def planted(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Random directions, of which the last tenth are earlier ones turned to a cosine of 0.97 or 0.90; which row each is like."""
    rng = np.random.default_rng(4)
    vectors = rng.standard_normal((rows, 256))
    fresh = rows * 9 // 10
    like = rng.integers(0, fresh, rows - fresh)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near = np.where(np.arange(rows - fresh) % 2, 0.9, 0.97)[:, None]
    noise = vectors[fresh:] - (vectors[fresh:] * vectors[like]).sum(axis=1, keepdims=True) * vectors[like]
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    vectors[fresh:] = near * vectors[like] + np.sqrt(1 - near**2) * noise
    return vectors.astype(np.float16), like


@pytest.mark.parametrize("rows", [4000, semantic.COMPARE_ALL])
def test_close_rows_are_found_at_every_size(rows: int) -> None:
    vectors, like = planted(rows)
    groups = semantic.close_groups(vectors, 0.95)
    fresh = rows - len(like)
    together = groups[fresh:] == groups[like]
    assert together[::2].mean() > 0.97
    assert not together[1::2].any()
    singles = np.setdiff1d(np.arange(fresh), like)
    assert np.array_equal(groups[singles], singles)


def test_texts_without_tokens_are_like_nothing() -> None:
    assert semantic.semantic_duplicate_groups(["", "", "the cat sat", "the cat sat", None]).tolist() == [0, 1, 2, 2, 4]
