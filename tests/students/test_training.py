"""Students that are trained: what they learn, and what an ablation says of planted truth."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("torch", reason="needs the extra `student`; `make test-trainers` has it")

from tasks.core.outcome import Tools
from tasks.students.answers import normal
from tasks.students.comparison import compared
from tasks.students.network import Encoded
from tasks.students.settings import HeldOut, Student, StudentPart, StudentRun
from tasks.students.stage import compute
from tasks.students.training import together
from tasks.students.win_rate import answered
from tests.students.tiny import rows, tiny_student

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")  # peft asks transformers so


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Student:
    import torch

    torch.set_num_threads(1)  # so small a network gains nothing from more
    model = tiny_student(tmp_path_factory.mktemp("student"))
    return Student(model=model, tune="full", learning_rate=8e-3, max_length=128)


def loss(learnt: pa.Table, student: Student, seed: int, tmp_path: Path, kind: str = "all") -> np.ndarray:
    run = StudentRun(part=StudentPart(kind=kind), student=student, tokens=45_000, seed=seed)
    held_out = rows(60, seed=99)
    return compute(learnt, held_out, None, run, Tools("key", tmp_path)).kept["loss"].to_numpy()


def test_training_makes_right_answers_likelier(student: Student, tmp_path: Path) -> None:
    learnt = rows(900)
    assert loss(learnt, student, 0, tmp_path).mean() < 0.5 * loss(learnt, student, 0, tmp_path, "none").mean()


def test_the_same_run_gives_the_same_figures(student: Student, tmp_path: Path) -> None:
    learnt = rows(40)
    assert loss(learnt, student, 3, tmp_path).tolist() == loss(learnt, student, 3, tmp_path).tolist()


def test_shuffled_answers_are_ranked_behind_clean_ones_in_every_seed(student: Student, tmp_path: Path) -> None:
    clean, shuffled = rows(900, seed=1), rows(900, shuffled=0.3, seed=1)
    both = [np.array([loss(one, student, seed, tmp_path) for seed in range(5)]) for one in (clean, shuffled)]
    found = compared("clean", both[0], "shuffled", both[1])
    assert min(found.by_seed) > 0
    assert found.finding == "better"


def test_equal_halves_are_called_equal(student: Student, tmp_path: Path) -> None:
    whole = rows(1800, seed=5)
    halves = [whole.take(list(range(start, whole.num_rows, 2))) for start in (0, 1)]
    both = [np.array([loss(half, student, seed, tmp_path) for seed in range(3)]) for half in halves]
    assert compared("one", both[0], "other", both[1]).finding == "no difference"


def test_lora_trains_few_weights_and_learns(student: Student, tmp_path: Path) -> None:
    small = student.model_copy(update={"tune": "lora", "learning_rate": 2e-2})
    learnt = rows(400)
    assert loss(learnt, small, 0, tmp_path).mean() < loss(learnt, small, 0, tmp_path, "none").mean()


def test_short_answers_are_written_and_compared(student: Student, tmp_path: Path) -> None:
    """Who learnt writes the answers, who did not writes none; longer answers are not asked for, whatever their batch."""
    held_out = rows(60, seed=99)
    long = [
        "It is of many colours, and nobody knows them all." if at % 7 == 0 else row["response"]
        for at, row in enumerate(held_out.to_pylist())
    ]
    held_out = held_out.set_column(held_out.schema.get_field_index("response"), "response", pa.array(long))

    def exact(kind: str, seed: int) -> pa.ChunkedArray:
        run = StudentRun(
            part=StudentPart(kind=kind), student=student, tokens=45_000, seed=seed, held_out=HeldOut(exact_tokens=30)
        )
        return compute(rows(900), held_out, None, run, Tools("key", tmp_path)).kept["exact"]

    learnt, untaught = exact("all", 1), exact("none", 1)
    assert [value is None for value in learnt.to_pylist()] == [at % 7 == 0 for at in range(60)]
    assert np.mean(learnt.drop_null().to_numpy(zero_copy_only=False)) > 0.9
    assert not any(untaught.drop_null().to_pylist())


def test_answers_for_a_judge_are_written_to_the_questions_that_were_drawn(student: Student, tmp_path: Path) -> None:
    held_out = rows(60, seed=99)
    run = StudentRun(student=student, tokens=45_000, seed=1, answers=9, answer_tokens=30)
    written = compute(rows(900), held_out, None, run, Tools("key", tmp_path)).kept["answer"].to_pylist()
    right = held_out["response"].to_pylist()
    drawn = answered(held_out["example_id"].to_pylist(), 9)
    assert [at for at, text in enumerate(written) if text is not None] == drawn
    assert sum(written[at] == right[at] for at in drawn) >= 8
    short = run.model_copy(update={"answer_tokens": 4})
    cut = compute(rows(900), held_out, None, short, Tools("key", tmp_path)).kept["answer"].to_pylist()
    assert all(len(cut[at] or "") <= 5 for at in drawn), "four tokens, each a byte, and an end"


def test_answers_are_compared_as_squad_compares_them() -> None:
    assert normal(" The  Answer, is: 42. ") == normal("answer is 42")
    assert normal("+") != normal("-")


def test_parts_of_a_batch_waste_little_and_hold_every_row_once() -> None:
    batch = [Encoded(tuple(range(length)), 1) for length in (500, 20, 512, 90, 60, 700, 33, 80)]
    parts = together(batch)
    assert sorted(len(row.tokens) for part in parts for row in part) == sorted(len(row.tokens) for row in batch)
    assert [len(part) * max(len(row.tokens) for row in part) for part in parts] == [450, 1000 + 24, 700]
