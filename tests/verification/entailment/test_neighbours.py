"""Near pairs are found without comparing all of them, and none that is not near."""

import numpy as np
import pytest

from tasks.verification.entailment.neighbours import near_pairs


@pytest.mark.parametrize("rows", [0, 1, 2, 600, 12_000])
def test_pairs_of_near_vectors_among_others_are_found(rows: int) -> None:
    """One vector in six has a near one at a cosine of some 0.85. Random directions are the hardest case."""
    chance = np.random.default_rng(5)
    vectors = chance.normal(size=(rows, 256)) + 0.5
    planted = [(6 * n, 6 * n + 5) for n in range(rows // 6)]
    for one, other in planted:
        vectors[other] = vectors[one] + 0.7 * chance.normal(size=256)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    found = near_pairs(vectors, 0.8, 10)
    assert set(found) <= set(planted)
    assert len(found) >= 0.98 * len(planted)
    assert near_pairs(vectors, 0.8, 10) == found


def test_of_many_near_ones_the_nearest_are_compared() -> None:
    """Vectors on an arc, each next to two others."""
    angles = np.linspace(0, 0.5, 5_000)
    arc = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    found = near_pairs(np.concatenate([arc, np.zeros((5_000, 2), np.float32)]), 0.8, 2)
    assert all(0 < other - one < 20 for one, other in found)
    assert len({row for pair in found for row in pair}) == 5_000
