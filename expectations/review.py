"""After the decisions of reviewers were laid over the rows."""

from typing import Final

from expectations.suite import Suite, Threshold, figure

SUITE: Final = Suite(
    stage="review",
    required=("example_id", "parent_id", "instruction", "licence"),
    thresholds={
        "min_rows": Threshold(1, "if people reject every row, there is nothing to release"),
        "min_reviewed_share": Threshold(
            0, "a sample is reviewed in most datasets; raise it where people see every row"
        ),
        "max_conflicts": Threshold(
            None, "how many rows may be released on which reviewers disagree is for the recipe to say"
        ),
    },
    checks=(
        figure("review.reviewed_share", "rows about which people agree on a decision", least="min_reviewed_share"),
        figure("review.conflict", "rows on which reviewers disagree; a third person decides", most="max_conflicts"),
    ),
)
