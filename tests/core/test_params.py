from pathlib import Path
from typing import Annotated

import pytest
from pydantic import ValidationError

from tasks.core.params import CONTENT, NOT_IN_KEY, Params, canonical_json


class Inner(Params):
    least: int = 3


class Outer(Params):
    inner: Inner = Inner()
    workers: Annotated[int, NOT_IN_KEY] = 2
    files: Annotated[tuple[Path, ...], CONTENT] = ()


def test_an_unknown_key_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValidationError, match=r"unknown key 'worker'; did you mean 'workers'\?"):
        Outer.model_validate({"worker": 3})


def test_a_knob_does_not_change_the_identity_and_anything_else_does() -> None:
    assert Outer(workers=1).identity() == Outer(workers=9).identity()
    assert Outer(inner=Inner(least=4)).identity() != Outer().identity()


def test_a_file_stands_for_its_bytes_and_not_for_its_path(tmp_path: Path) -> None:
    one, same, other = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "c.txt"
    one.write_text("x")
    same.write_text("x")
    other.write_text("y")
    assert Outer(files=(one,)).identity() == Outer(files=(same,)).identity() != Outer(files=(other,)).identity()


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object(), Path("x")])
def test_values_without_a_stable_encoding_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no stable encoding"):
        canonical_json({"a": value})


def test_equal_values_have_one_text() -> None:
    assert canonical_json({"b": 1, "a": (1, 2)}) == canonical_json({"a": [1, 2], "b": 1}) == '{"a":[1,2],"b":1}'
