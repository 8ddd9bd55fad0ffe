"""After instructions were answered."""

from typing import Final

from expectations.suite import Check, Suite, Threshold, share

SUITE: Final = Suite(
    stage="answers",
    required=("example_id", "instruction", "response", "answer_method", "method"),
    thresholds={
        "min_rows": Threshold(1, "no answer, no dataset"),
        "max_failed_share": Threshold(
            0.05, "a teacher that fails more than one call in twenty is not fit for the work"
        ),
        "max_rejected_share": Threshold(
            0.7, "if most questions cannot be answered from the corpus, the questions are wrong"
        ),
    },
    checks=lambda t: (
        Check(
            "ExpectColumnValuesToBeBetween",
            {"column": "evidence_count", "min_value": 1},
            "an answer stands on a passage",
        ),
        Check(
            "ExpectColumnValuesToBeBetween", {"column": "response_words", "min_value": 1}, "an answer says something"
        ),
        share("failed_share", at_most=t["max_failed_share"], why="calls that failed"),
        share("rejected_share", at_most=t["max_rejected_share"], why="questions without an answer"),
    ),
)
