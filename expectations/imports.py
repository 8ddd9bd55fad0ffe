"""After the records of open datasets were read."""

from typing import Final

from expectations.suite import Suite, Threshold, one_of, share

SUITE: Final = Suite(
    stage="imports",
    required=("example_id", "parent_id", "instruction", "response", "source", "origin", "licence"),
    thresholds={
        "min_rows": Threshold(1, "nothing to curate otherwise"),
        "max_rejected_share": Threshold(
            0.5, "real files hold odd rows, but if most cannot be read, the format was mistaken or the file is damaged"
        ),
    },
    checks=(
        one_of("origin", ("human", "synthetic"), "the mix counts them"),
        share("rejected_share", "max_rejected_share", "records refused"),
    ),
)
