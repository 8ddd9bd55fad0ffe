"""After instructions were answered."""

from typing import Final

from expectations.suite import Suite, Threshold, between, share

SUITE: Final = Suite(
    stage="answers",
    required=("example_id", "instruction", "response", "answer_method", "method"),
    thresholds={
        "min_rows": Threshold(1, "no answer, no dataset"),
        "max_failed_share": Threshold(
            0.05, "a teacher that fails more than one call in twenty is not fit for the work"
        ),
        "max_rejected_share": Threshold(
            0.7, "if most questions cannot be answered from the corpus, the questions are wrong"
        ),
    },
    checks=(
        between("evidence_count", "an answer stands on a passage", min_value=1),
        between("response_words", "an answer says something", min_value=1),
        share("failed_share", "max_failed_share", "calls that failed"),
        share("rejected_share", "max_rejected_share", "questions without an answer"),
    ),
)
