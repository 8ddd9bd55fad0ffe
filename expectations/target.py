"""After the rounds of a build with a target."""

from typing import Final

from expectations.suite import Suite, Threshold, figure

SUITE: Final = Suite(
    stage="target",
    required=("example_id", "instruction"),
    thresholds={
        "min_rows": Threshold(1, "a release needs rows"),
        "min_share": Threshold(None, "1 where fewer rows than the target must not be released"),
    },
    checks=(figure("share", "rows kept, of those that the recipe wants", least="min_share"),),
)
