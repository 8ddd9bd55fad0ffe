import pytest

from tasks.text.diversity import effective_number


def test_effective_number_of_groups() -> None:
    assert effective_number([5, 5, 5, 5]) == pytest.approx(4)
    assert effective_number([7]) == 1.0
    assert effective_number([9, 1]) == pytest.approx(1.384, abs=0.001)  # exp(-(0.9 ln 0.9 + 0.1 ln 0.1))
    assert effective_number([]) == 0.0
