"""After the filters."""

from typing import Final

from expectations.suite import Check, Suite, Threshold, share

SUITE: Final = Suite(
    stage="filters",
    required=("example_id", "instruction", "response", "content_hash"),
    thresholds={
        "min_rows": Threshold(1, "a release needs rows"),
        "max_rejected_share": Threshold(0.9, "if nine rows of ten are refused, what made them is broken"),
        "max_contamination": Threshold(
            0.5, "Tülu 3: more than half of a benchmark item's tokens shared means contaminated"
        ),
        "min_grounding": Threshold(0.5, "less than half of the words in the evidence: not an answer from the passages"),
    },
    checks=lambda t: (
        Check("ExpectColumnValuesToBeUnique", {"column": "content_hash"}, "exact duplicates were to be removed"),
        Check(
            "ExpectColumnValuesToBeBetween", {"column": "response_words", "min_value": 1}, "an answer says something"
        ),
        Check(
            "ExpectColumnValuesToBeBetween",
            {"column": "contamination", "max_value": t["max_contamination"]},
            "benchmarks stay unseen",
        ),
        Check(
            "ExpectColumnValuesToBeBetween",
            {"column": "grounding", "min_value": t["min_grounding"]},
            "answers stand on evidence",
        ),
        share("rejected_share", at_most=t["max_rejected_share"], why="rows refused"),
    ),
)
