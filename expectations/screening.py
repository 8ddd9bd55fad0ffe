"""After instructions were screened, before they are answered."""

from typing import Final

from expectations.suite import FEW, Suite, Threshold, between, figure

SUITE: Final = Suite(
    stage="screening",
    required=("example_id", "instruction", "method"),
    thresholds={
        "min_rows": Threshold(1, "no instruction, no dataset"),
        "few_rows": FEW,
        "max_rejected_of_screened": Threshold(
            0.5, "if half of the instructions are not worth an answer, what made them is to be mended first"
        ),
    },
    checks=(
        between("instruction_words", "an instruction says something", min_value=1),
        figure(
            "rejected_of_screened",
            "instructions refused before they were answered",
            most="max_rejected_of_screened",
            of_many=True,
            if_measured=True,
        ),
    ),
)
