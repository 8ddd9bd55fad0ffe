"""What must hold after each stage: one suite per stage, every threshold named and justified.

A suite is data, so that it can be hashed, printed and overridden by a recipe without importing Great Expectations;
`run.py` hands it to Great Expectations. Nothing here imports from the rest of the house.
"""

from typing import Final

from expectations import (
    answers,
    audit,
    cleaning,
    clusters,
    datasets,
    documents,
    evolve,
    filters,
    imports,
    inventory,
    mix,
    pool,
    release,
    seeds,
)
from expectations.suite import Suite

SUITES: Final[dict[str, Suite]] = {
    suite.stage: suite
    for suite in (
        inventory.SUITE,
        documents.SUITE,
        seeds.SUITE,
        answers.SUITE,
        evolve.SUITE,
        datasets.SUITE,
        imports.SUITE,
        pool.SUITE,
        cleaning.SUITE,
        filters.SUITE,
        clusters.SUITE,
        mix.SUITE,
        audit.SUITE,
        release.SUITE,
    )
}
"""In the order of the stages."""
