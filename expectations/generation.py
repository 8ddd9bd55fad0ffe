"""After a generation method made rows: one suite for all of them, under the name of each."""

from typing import Final

from expectations.suite import Check, Suite, Threshold, figure, one_of, share

GROUP: Final = "generation"
"""A recipe's `gates: {generation: …}` holds for every method; the name of a method, for that one alone."""


def suite(stage: str) -> Suite:
    """The suite of the generation method (or of the entry of a recipe) that is called `stage`."""
    return Suite(
        stage=stage,
        required=("example_id", "parent_id", "instruction", "method", "origin", "licence"),
        thresholds={
            "min_rows": Threshold(0, "rules may find nothing in some documents; the pool must not be empty"),
            "max_failed_share": Threshold(
                0.05, "a teacher that fails more than one call in twenty is not fit for the work"
            ),
            "min_survival": Threshold(
                0.1, "an operator of evol_instruct of which nine attempts in ten fail costs more than it gives"
            ),
            "max_words": Threshold(400, "an instruction is a request, not a document"),
        },
        checks=(
            Check(
                "ExpectColumnValuesToBeBetween",
                {"column": "instruction_words", "min_value": 2},
                "length",
                most="max_words",
            ),
            one_of("origin", ("human", "synthetic"), "the mix counts them"),
            one_of("difficulty", ("easy", "medium", "hard"), "slices are by difficulty"),
            share("failed_share", "max_failed_share", "calls that failed"),
            figure(
                "least_survival", "attempts of an operator that became rows", least="min_survival", if_measured=True
            ),
        ),
        group=GROUP,
    )
