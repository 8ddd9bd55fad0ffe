"""Before a version is published."""

from typing import Final

from expectations.suite import Check, Suite, Threshold, one_of

SUITE: Final = Suite(
    stage="release",
    required=("example_id", "instruction", "response", "source", "origin", "licence", "content_hash"),
    thresholds={"min_rows": Threshold(1, "an empty release helps nobody")},
    checks=lambda _: (
        Check("ExpectColumnValuesToBeUnique", {"column": "content_hash"}, "no row is released twice"),
        Check("ExpectColumnValuesToBeUnique", {"column": "instruction"}, "one instruction, one answer"),
        one_of("origin", ("human", "synthetic"), "readers must be able to tell"),
    ),
)
