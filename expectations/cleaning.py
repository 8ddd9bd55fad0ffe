"""After texts were cleaned."""

from typing import Final

from expectations.suite import Check, Suite, Threshold, share

SUITE: Final = Suite(
    stage="cleaning",
    required=("example_id", "changes", "edits"),
    thresholds={
        "min_rows": Threshold(1, "cleaning repairs rows, it does not choose among them"),
        "max_rejected_share": Threshold(
            0.05, "where nothing is left of more than one row in twenty, the rules or the data are not what they seem"
        ),
    },
    checks=(
        Check("ExpectColumnValuesToNotBeNull", {"column": "instruction"}, "a repair never loses a text"),
        share("rejected_share", "max_rejected_share", "rows of which nothing was left"),
    ),
)
