"""What a recipe says about training, validation and test data."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tasks.core.params import Params


class Split(Params):
    """How rows are divided into training, validation and test data. A row that was released stays where it was."""

    validation: Annotated[float, Field(ge=0, lt=1)] = 0.02
    """Share of the rows that go to validation, whole groups at a time."""
    test: Annotated[float, Field(ge=0, lt=1)] = 0.02
    """Share of the rows that go to test."""
    evaluation: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the rows that are never trained on: they are released as a dataset of their own, DATASET-evaluation. Rows released
    before are not among them, and rows in that dataset stay there."""
    by: Literal["document", "topic", "row"] = "document"
    """What is never on two sides, beside rows with a common parent, near-duplicates and rows made from each other: a document; a
    topic (that of the method, else the theme of the clusters); or nothing else."""
    seed: str = ""
    """Any text: another one draws other groups."""

    @model_validator(mode="after")
    def _leaves_training(self) -> "Split":
        sides = {"validation": self.validation, "test": self.test, "evaluation": self.evaluation}
        if sum(sides.values()) >= 1:
            said = ", ".join(f"{name} ({share:g})" for name, share in sides.items() if share)
            raise ValueError(f"{said} leave no rows to train on")
        return self
