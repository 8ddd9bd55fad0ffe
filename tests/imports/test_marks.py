"""Labels, thumbs and stars: what a mark is worth is decided by its file."""

from pathlib import Path
from typing import Any

import pytest

from tasks.imports.marks import Scale, UnknownMarkError, scale_of, share_of
from tests.imports.conftest import Import, read, refusals, write


@pytest.mark.parametrize(
    ("column", "marks", "shares"),
    [
        ("label", [0, 1], [0, 1]),
        ("label", ["0", "1"], [0, 1]),
        ("label", ["False", "True"], [0, 1]),
        ("label", [False, True], [0, 1]),
        ("label", [-1, 1, 0], [0, 1, 0.5]),
        ("label", [1.0, 0.4], [1, 0.4]),
        ("rating", [1, 5, 3], [0, 1, 0.5]),
        ("rating", ["1", "4"], [0, 0.75]),
        ("rating", [1, 1], [0, 0]),
        ("rating", [0, 1], [0, 1]),
        ("rating", [0, 5], [0, 1]),
        ("rating", [10, 1], [1, 0]),
        ("rating", [20, 95], [0.2, 0.95]),
        ("rating", ["20%", "95 %"], [0.2, 0.95]),
        ("stars", ["★☆☆☆☆", "★★★★★", "1 star", "5 stars"], [0, 1, 0, 1]),
        ("rating", ["1/5", "4 out of 5"], [0.2, 0.8]),
        ("feedback", ["👍", "thumbs down", "neutral", None], [1, 0, None, None]),
        ("feedback", [{"rating": 1}, {"rating": 5}], [0, 1]),
    ],
)
def test_what_a_mark_is_worth_is_decided_by_all_marks_of_its_file(
    column: str, marks: list[Any], shares: list[Any]
) -> None:
    scale = scale_of(marks, column)
    assert [share_of(mark, scale) for mark in marks] == pytest.approx(shares)


def test_a_mark_beyond_the_scale_of_its_file_is_no_mark() -> None:
    with pytest.raises(UnknownMarkError, match="a mark of 7 where the file's marks are from 1 to 5"):
        share_of(7, Scale(1, 5))


@pytest.mark.parametrize(
    "rows",
    [
        [("Put it into the oven.", 0), ("Brush it.", 1)],
        [("Put it into the oven.", "False"), ("Brush it.", "True")],
        [("Put it into the oven.", -1), ("Brush it.", 1)],
        [("Put it into the oven.", 1), ("Brush it.", 5)],
    ],
)
@pytest.mark.parametrize("column", ["label", "rating"])
@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_disliked_answers_are_refused_however_that_is_written(
    imported: Import, tmp_path: Path, rows: list[Any], column: str, suffix: str
) -> None:
    path = tmp_path / f"marked.{suffix}"
    if suffix == "csv":
        path.write_text(f"prompt,completion,{column}\n" + "".join(f"How?,{said},{mark}\n" for said, mark in rows))
    else:
        write(path, [{"prompt": "How?", "completion": said, column: mark} for said, mark in rows])
    outcome = imported(path)
    assert outcome.kept.select(["response", "score"]).to_pylist() == [{"response": "Brush it.", "score": 1.0}]
    assert refusals(outcome) == [("disliked", f"marked.{suffix}:{1 if suffix == 'jsonl' else 2}: score 0")]


def test_a_class_is_no_mark_of_its_answer() -> None:
    for label in ("billing", "negative"):
        assert read({"prompt": "q", "completion": "negative", "label": label})[0].score is None
