"""After the rows of all generation methods were put together."""

from typing import Final

from expectations.suite import Check, Suite, Threshold, figure

SUITE: Final = Suite(
    stage="pool",
    required=("example_id", "parent_id", "instruction", "method", "origin", "category", "licence"),
    thresholds={
        "min_rows": Threshold(1, "no instruction, no dataset"),
        "min_coverage": Threshold(None, "how many passages should give a row depends on documents and methods"),
    },
    checks=(
        Check(
            "ExpectColumnValuesToBeUnique", {"column": "instruction"}, "the same question asked twice teaches nothing"
        ),
        figure("coverage", "passages from which a row was made", least="min_coverage", if_measured=True),
    ),
)
