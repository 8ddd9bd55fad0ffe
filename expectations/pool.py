"""After imported rows joined those that were made."""

from typing import Final

from expectations.suite import Suite, Threshold, at_least

SUITE: Final = Suite(
    stage="pool",
    required=("example_id", "parent_id", "instruction", "response", "source", "origin", "licence"),
    thresholds={"min_rows": Threshold(1, "a release needs rows")},
    checks=lambda _: (
        at_least("made", 1, "a mixed build without rows of its own is an import"),
        at_least("imported", 1, "a mixed build without imported rows is none"),
    ),
)
