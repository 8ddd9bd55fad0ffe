"""After instructions were evolved."""

from typing import Final

from expectations.suite import Check, Suite, Threshold, share

SUITE: Final = Suite(
    stage="evolve",
    required=("example_id", "parent_id", "instruction", "response", "method"),
    thresholds={
        "min_rows": Threshold(1, "evolution keeps what it was given"),
        "max_failed_share": Threshold(
            0.05, "a teacher that fails more than one call in twenty is not fit for the work"
        ),
    },
    checks=lambda t: (
        Check(
            "ExpectColumnValuesToBeBetween", {"column": "response_words", "min_value": 1}, "an answer says something"
        ),
        share("failed_share", at_most=t["max_failed_share"], why="calls that failed"),
    ),
)
