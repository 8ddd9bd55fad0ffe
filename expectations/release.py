"""Before a version is published."""

from typing import Final

from expectations.suite import Check, Suite, Threshold, at_least, one_of

SUITE: Final = Suite(
    stage="release",
    required=("example_id", "instruction", "response", "source", "origin", "licence", "content_hash"),
    thresholds={
        "min_rows": Threshold(1, "an empty release helps nobody"),
        "min_consistent": Threshold(
            0.8,
            "one question, one answer, for at least four rows in five: conversations and preference pairs may repeat one",
        ),
    },
    checks=lambda t: (
        Check("ExpectColumnValuesToBeUnique", {"column": "content_hash"}, "no row is released twice"),
        at_least("qualities.consistent.score", t["min_consistent"], "one question, one answer"),
        one_of("origin", ("human", "synthetic"), "readers must be able to tell"),
    ),
)
