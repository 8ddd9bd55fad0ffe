"""After the filters."""

from typing import Final

from expectations.suite import Check, Suite, Threshold, between, share

SUITE: Final = Suite(
    stage="filters",
    required=("example_id", "instruction", "response", "content_hash"),
    thresholds={
        "min_rows": Threshold(1, "a release needs rows"),
        "max_rejected_share": Threshold(0.9, "if nine rows of ten are refused, what made them is broken"),
        "max_contamination": Threshold(
            0.5, "Tülu 3: more than half of a benchmark item's tokens shared means contaminated"
        ),
        "min_contamination_measured": Threshold(
            None, "1 where the recipe names benchmarks: what was not compared is not clean"
        ),
        "min_grounding": Threshold(0.5, "less than half of the words in the evidence: not an answer from the passages"),
    },
    checks=(
        Check("ExpectColumnValuesToBeUnique", {"column": "content_hash"}, "exact duplicates were to be removed"),
        between("response_words", "an answer says something", min_value=1),
        Check(
            "ExpectColumnValuesToBeBetween",
            {"column": "contamination"},
            "benchmarks stay unseen",
            most="max_contamination",
            if_measured=True,
        ),
        Check(
            "ExpectColumnValuesToNotBeNull",
            {"column": "contamination"},
            "every row was compared with the benchmarks that the recipe names",
            least="min_contamination_measured",
        ),
        Check(
            "ExpectColumnValuesToBeBetween",
            {"column": "grounding"},
            "answers stand on evidence",
            least="min_grounding",
            if_measured=True,
        ),
        share("rejected_share", "max_rejected_share", "rows refused"),
    ),
)
