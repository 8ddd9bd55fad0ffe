"""What must hold after each stage: one suite per stage, every threshold named and justified.

A suite is data, so that it can be hashed, printed and overridden by a recipe without importing Great Expectations;
`run.py` hands it to Great Expectations. Nothing here imports from the rest of the house.
"""

from dataclasses import replace
from typing import Final

from expectations import (
    answers,
    audit,
    cleaning,
    clusters,
    datasets,
    documents,
    evaluation,
    filters,
    generation,
    imports,
    inventory,
    mix,
    pool,
    release,
    review,
    screening,
    split,
    students,
    target,
    tokens,
    verification,
)
from expectations.suite import Suite, round_one

SUITES: Final[dict[str, Suite]] = {
    suite.stage: suite
    for suite in (
        inventory.SUITE,
        documents.SUITE,
        pool.SUITE,
        screening.SUITE,
        answers.SUITE,
        datasets.SUITE,
        imports.SUITE,
        review.SUITE,
        cleaning.SUITE,
        filters.SUITE,
        target.SUITE,
        clusters.SUITE,
        mix.SUITE,
        split.SUITE,
        evaluation.SUITE,
        tokens.SUITE,
        audit.SUITE,
        release.SUITE,
    )
}
"""By stage, in their order. Generation methods have suites of their own, made by `generation.suite`;
verifiers too, by `verification.suite`."""


def suite_of(stage: str) -> Suite:
    """The suite of a stage: its own, that of verifiers for `verify_NAME`, of students for `student_NAME`, or that of
    generation methods for any other name. What a build runs in a later round (`pool-round-2`) has the suite of the first."""
    if (first := round_one(stage)) in SUITES:
        return replace(SUITES[first], stage=stage)
    if stage.startswith(students.PREFIX) or stage == students.GROUP:
        return students.suite(stage)
    verifies = stage.startswith(verification.PREFIX) or stage == verification.GROUP
    return verification.suite(stage) if verifies else generation.suite(stage)
