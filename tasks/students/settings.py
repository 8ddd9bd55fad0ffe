"""Which student is trained, on which part of a dataset, and what it is asked."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from tasks.core.params import CONTENT, Params

Column = Literal["source", "method", "answer_method", "origin", "category", "difficulty", "domain", "topic"]


class Student(Params):
    """The model that is trained, and how."""

    model: Annotated[Path | None, CONTENT] = None
    """A folder as transformers saves it, or a GGUF file; empty: the packaged SmolLM2-135M-Instruct."""
    tune: Literal["lora", "full"] = "lora"
    """lora trains small matrices beside the weights (Hu et al. 2021), full all weights."""
    rank: Annotated[int, Field(ge=1, le=256)] = 16
    """Rank of LoRA's matrices."""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 5e-4
    """At its highest; it rises over the first tenth of the steps and falls to nothing."""
    batch_rows: Annotated[int, Field(ge=1, le=1024)] = 8
    """Rows of one step."""
    max_length: Annotated[int, Field(ge=16, le=131_072)] = 512
    """Tokens of a row; of longer ones the beginning is cut off, so that the answer stays."""


class StudentPart(Params):
    """The rows that a student learns from."""

    kind: Literal["all", "without", "only", "baseline", "none"] = "all"
    """without and only choose by `column` and `value`; baseline is the other dataset, called `value`, none trains nothing."""
    column: Column = "source"
    """The column to choose by."""
    value: str = ""
    """The value to leave out, or to keep; the name of the other dataset."""
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """How much of the tokens that the other parts get."""

    @property
    def title(self) -> str:
        """What the part is called in tables: `all`, `25 %`, `without source alpaca`."""
        if self.kind == "baseline":
            return f"dataset {self.value}"
        if self.kind in {"without", "only"}:
            return f"{self.kind} {self.column} {self.value}"
        return f"{self.share:.0%}" if self.share < 1 else {"none": "untrained"}.get(self.kind, self.kind)

    @property
    def identifier(self) -> str:
        """The title as names of stages hold it."""
        return "".join(letter if letter.isalnum() else "_" for letter in self.title.replace("%", ""))[:80]


class HeldOut(Params):
    """The rows whose answers the students are asked for, and never learn from."""

    share: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Share of the dataset that is held out, where no file of held-out rows is named; whole families: a row and what was made from
    the same parent are on one side."""
    rows: Annotated[int, Field(ge=10)] = 200
    """At most so many."""
    exact_tokens: Annotated[int, Field(ge=0, le=512)] = 0
    """Answers of at most so many tokens are also written by the students and compared with the right ones; 0: none."""


class StudentRun(Params):
    """One student: what it learns from and how many tokens of it."""

    part: StudentPart = StudentPart()
    student: Student = Student()
    held_out: HeldOut = HeldOut()
    tokens: Annotated[int, Field(ge=1)] = 40_000
    """Tokens that a student with the whole share learns from, one pass; rows are drawn at random until so many are reached."""
    answers: Annotated[int, Field(ge=0)] = 0
    """So many held-out instructions are answered by the student, always by the likeliest token, for a judge to compare; 0: none."""
    answer_tokens: Annotated[int, Field(ge=1, le=2048)] = 200
    """Tokens that such an answer may have."""
    seed: int = 0
    """Draws the rows, their order and what the training begins with."""
