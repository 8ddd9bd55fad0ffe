"""After the dataset was measured: what must be true of it as a whole."""

from typing import Final

from expectations.suite import Suite, Threshold, at_least

SUITE: Final = Suite(
    stage="audit",
    required=("example_id", "instruction", "response", "source", "licence", "method", "content_hash"),
    thresholds={
        "min_rows": Threshold(1, "a release needs rows"),
        "min_provenance": Threshold(1.0, "every row explains itself: no exception"),
    },
    checks=lambda t: (
        at_least("provenance.complete_share", t["min_provenance"], "every row names its source, method and evidence"),
    ),
)
