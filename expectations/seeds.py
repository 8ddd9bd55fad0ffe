"""After instructions were made."""

from typing import Final

from expectations.suite import Check, Suite, Threshold, one_of, share

SUITE: Final = Suite(
    stage="seeds",
    required=("example_id", "parent_id", "instruction", "method", "origin", "category", "licence"),
    thresholds={
        "min_rows": Threshold(1, "no instruction, no dataset"),
        "max_failed_share": Threshold(
            0.05, "a teacher that fails more than one call in twenty is not fit for the work"
        ),
        "max_words": Threshold(400, "an instruction is a request, not a document"),
    },
    checks=lambda t: (
        Check(
            "ExpectColumnValuesToBeBetween",
            {"column": "instruction_words", "min_value": 2, "max_value": t["max_words"]},
            "length",
        ),
        Check(
            "ExpectColumnValuesToBeUnique", {"column": "instruction"}, "the same question asked twice teaches nothing"
        ),
        one_of("origin", ("human", "synthetic"), "the mix counts them"),
        one_of("difficulty", ("easy", "medium", "hard"), "slices are by difficulty"),
        share("failed_share", at_most=t["max_failed_share"], why="calls that failed"),
    ),
)
