"""After rows were chosen."""

from typing import Final

from expectations.suite import Suite, Threshold

SUITE: Final = Suite(
    stage="mix",
    required=("example_id", "instruction", "response", "origin"),
    thresholds={"min_rows": Threshold(1, "a release needs rows")},
    checks=lambda _: (),
)
