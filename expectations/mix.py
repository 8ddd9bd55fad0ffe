"""After rows were chosen."""

from typing import Final

from expectations.suite import FEW, Suite, Threshold, figure

SUITE: Final = Suite(
    stage="mix",
    required=("example_id", "instruction", "response", "origin"),
    thresholds={
        "min_rows": Threshold(1, "a release needs rows"),
        "max_shares_missed": Threshold(
            None, "`mix.tolerance`, where the recipe asks for a `human_share` or for `length_shares` and may not `fill`"
        ),
        "min_rows_share": Threshold(None, "of the `mix.rows` that were asked for; fewer are named beside the verdict"),
        "few_rows": FEW,
    },
    checks=(
        figure(
            "shares_missed",
            "people and models, short and long, as the recipe asks",
            most="max_shares_missed",
            of_many=True,
            if_measured=True,
        ),
        figure("rows_share", "as many rows as the recipe asks for", least="min_rows_share", if_measured=True),
    ),
)
