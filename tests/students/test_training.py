"""Students that are trained: what they learn, and what an ablation says of planted truth."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("torch", reason="needs the extra `student`; `make test-trainers` has it")

from tasks.core.outcome import Tools
from tasks.students.comparison import compared
from tasks.students.settings import Student, StudentPart, StudentRun
from tasks.students.stage import compute
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
