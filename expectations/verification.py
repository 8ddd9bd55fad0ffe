"""After a verifier looked at the rows: one suite for all of them, under the name of each entry."""

from typing import Final

from expectations.suite import Suite, Threshold, figure, share

GROUP: Final = "verification"
"""A recipe's `gates: {verification: …}` holds for every verifier; `verify_NAME`, for one entry alone."""
PREFIX: Final = "verify_"
"""Stages whose name begins so are verifiers."""


def suite(stage: str) -> Suite:
    """The suite of the verifier (or of the entry of a recipe) whose stage is called `stage`."""
    return Suite(
        stage=stage,
        required=("example_id", "instruction"),
        thresholds={
            "min_rows": Threshold(1, "a release needs rows"),
            "max_rejected_share": Threshold(
                0.5,
                "where every second row is wrong, the method that made them is to be mended, not its rows sorted out",
            ),
            "max_failed_share": Threshold(
                0.05, "a judge that gives no answer in one call of twenty is not fit for the work"
            ),
            "min_kappa": Threshold(
                None, "agreement of the judge with people, as Cohen's kappa; a recipe says how much it needs"
            ),
            "min_named_domain_share": Threshold(
                None, "the smallest share of a domain that the recipe names; `least_share` only reports it"
            ),
            "max_unsure_share": Threshold(
                None, "rows of which the verifier could not tell; a recipe says how many it bears"
            ),
        },
        checks=(
            share("rejected_share", "max_rejected_share", "rows that are wrong"),
            share("failed_share", "max_failed_share", "calls that failed"),
            figure("calibration.kappa", "a judge is believed as far as it agrees with people", least="min_kappa"),
            figure(
                "least_named_share", "every named domain is there", least="min_named_domain_share", if_measured=True
            ),
            figure("unsure_share", "not known is not right", most="max_unsure_share"),
        ),
        group=GROUP,
    )
