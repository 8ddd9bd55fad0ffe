"""Columns of texts are measured the same, however many texts there are."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.text.columns import COMPILE_FROM, plain, weights

WEIGHT = np.random.default_rng(1).integers(0, 1 << 32, 256, np.uint32)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1, max_size=8))
def test_what_texts_weigh_is_the_same_compiled_and_not(texts: list[str]) -> None:
    several = texts * (-(-COMPILE_FROM // len(texts)))
    expected = [sum(int(WEIGHT[byte]) for byte in text.encode()) % (1 << 32) for text in texts]
    assert weights(plain(texts), WEIGHT).tolist() == expected
    assert weights(plain(several), WEIGHT).tolist() == expected * (len(several) // len(texts))


def test_a_slice_weighs_what_its_own_texts_weigh() -> None:
    texts = plain([f"text {n}" for n in range(2 * COMPILE_FROM)])
    part = texts.slice(7, COMPILE_FROM)
    assert np.array_equal(weights(part, WEIGHT), weights(pa.array(part.to_pylist(), pa.large_string()), WEIGHT))
    assert np.array_equal(weights(part, WEIGHT), weights(texts, WEIGHT)[7 : 7 + len(part)])
