"""After the rows held for evaluation became a dataset of their own."""

from typing import Final

from expectations.suite import Suite, Threshold, one_of

SUITE: Final = Suite(
    stage="evaluation",
    required=("example_id", "instruction", "response", "split"),
    thresholds={"min_rows": Threshold(1, "a release needs rows")},
    checks=(one_of("split", ("test",), "exports for training leave test rows out"),),
)
