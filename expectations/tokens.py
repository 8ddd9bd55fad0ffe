"""After rows were counted in the tokens of the models that are to be trained on them."""

from typing import Final

from expectations.suite import Suite, Threshold, figure

SUITE: Final = Suite(
    stage="tokens",
    required=("example_id", "instruction", "response"),
    thresholds={
        "min_rows": Threshold(1, "a release needs rows"),
        "max_untrained": Threshold(0, "a row without a trained token costs time and teaches nothing"),
        "max_special_inside": Threshold(0, "a special token inside a text ends a turn where nobody meant it"),
        "max_prompt_differs": Threshold(0, "a model that is asked otherwise than it was trained answers worse"),
        "max_refused": Threshold(0, "a row that the template refuses stops the trainer, or is dropped"),
        "max_truncated_share": Threshold(None, "of rows that the trainer would cut off"),
    },
    checks=(
        figure("untrained", "every row teaches something", most="max_untrained"),
        figure("special_inside", "texts hold no special tokens", most="max_special_inside"),
        figure("prompt_differs", "prompts are as at inference", most="max_prompt_differs"),
        figure("refused", "the template takes every row", most="max_refused"),
        figure("truncated_share", "rows fit", most="max_truncated_share", if_measured=True),
    ),
)
