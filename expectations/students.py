"""After a student was asked for held-out answers: one suite for all students; and after answers of two were put side by side."""

from typing import Final

from expectations.suite import Suite, Threshold, between

GROUP: Final = "students"
PREFIX: Final = "student_"
"""Stages whose name begins so train a student."""


def suite(stage: str) -> Suite:
    """The suite of the student whose stage is called `stage`."""
    return Suite(
        stage=stage,
        required=("example_id", "loss"),
        thresholds={"min_rows": Threshold(10, "fewer held-out answers compare nothing")},
        checks=(
            between("loss", "a student whose training broke down finds nothing likely", min_value=0, max_value=30),
        ),
        group=GROUP,
    )


def pairs_suite(stage: str) -> Suite:
    """The suite of the pairs of answers whose stage is called `stage`."""
    return Suite(
        stage=stage,
        required=("example_id", "parent_id", "instruction", "response", "rejected"),
        thresholds={"min_rows": Threshold(0, "two students may write the same everywhere")},
        checks=(),
    )
