"""After the rows of all generation methods were put together."""

from typing import Final

from expectations.suite import Check, Suite, Threshold

SUITE: Final = Suite(
    stage="pool",
    required=("example_id", "parent_id", "instruction", "method", "origin", "category", "licence"),
    thresholds={"min_rows": Threshold(1, "no instruction, no dataset")},
    checks=lambda _: (
        Check(
            "ExpectColumnValuesToBeUnique", {"column": "instruction"}, "the same question asked twice teaches nothing"
        ),
    ),
)
