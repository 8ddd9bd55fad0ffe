"""What an ablation is to find out, as the command line and Prefect's form give it."""

from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import Field

from tasks.core.errors import BadInput
from tasks.core.params import Params
from tasks.students.settings import Column, HeldOut, Student


class Ablation(Params):
    """What is to be found out about a dataset."""

    dataset: str
    """DATASET, or DATASET@N."""
    against: str = ""
    """Another dataset of the store, of which students learn as many tokens."""
    held_out_file: Path | None = None
    """Rows with right answers, in any format that can be imported; empty: a share of the dataset itself."""
    by: tuple[Column, ...] = ("source", "method")
    """Columns whose values are slices: for each of the largest, students learn without it."""
    seeds: int = 3
    """Students of each part."""
    tokens: int = 40_000
    win_rate: Annotated[int, Field(ge=0, le=2000)] = 0
    """So many held-out instructions are answered by each student of the whole, each untrained one and each of the other dataset,
    and a judge says whose answers are better; 0: nobody is asked."""
    judge: str = ""
    """Who judges: one of the recipe's `teachers` by name, or PROVIDER/MODEL; empty: the one called `judge`, else `teacher`."""
    student: Student = Student()
    held_out: HeldOut = HeldOut()


def asked_for(
    dataset: str, by: str, held_out: Path | None, exact_match: int, student: Path | None, tune: str, **more: Any
) -> Ablation:
    """The ablation that the options of the command line mean. BadInput for a column that rows have not."""
    columns = [name.strip() for name in by.split(",") if name.strip()]
    if unknown := sorted({*columns} - {*get_args(Column)}):
        raise BadInput(f"--by: no column {unknown[0]!r}; choose of {', '.join(get_args(Column))}")
    trained = Student.model_validate({"model": student, "tune": tune})
    return Ablation.model_validate(
        {
            "dataset": dataset,
            "by": columns,
            "held_out_file": held_out,
            "held_out": {"exact_tokens": exact_match},
            "student": trained,
            **more,
        }
    )
