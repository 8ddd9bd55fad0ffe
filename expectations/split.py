"""After rows were divided into training, validation and test data."""

from typing import Final

from expectations.suite import FEW, Suite, Threshold, figure, one_of, share

SUITE: Final = Suite(
    stage="split",
    required=("example_id", "instruction", "response", "split"),
    thresholds={
        "min_rows": Threshold(1, "a release needs rows"),
        "max_shared_keys": Threshold(
            0, "a document, a parent or near-duplicates on two sides: the score on the test would flatter"
        ),
        "max_overlaps": Threshold(0, "a training row that holds a test row's text teaches the test"),
        "max_empty_sides": Threshold(0, "who asks for a test needs rows in it"),
        "max_rejected_share": Threshold(
            0.2,
            "rows that are so much alike cannot be divided one by one; divide them by topic, or generate more varied ones "
            "(rows held for evaluation are not counted)",
        ),
        "few_rows": FEW,
    },
    checks=(
        one_of("split", ("train", "validation", "test"), "loaders know these"),
        figure("shared_keys", "nothing stands on two sides", most="max_shared_keys"),
        figure("overlaps_left", "no side holds text of another", most="max_overlaps"),
        figure("empty_sides", "every side that was asked for has rows", most="max_empty_sides", of_many=True),
        share("refused_share", "max_rejected_share", "rows refused"),
    ),
)
