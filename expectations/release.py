"""Before a version is published."""

from typing import Final

from expectations.suite import FEW, Check, Suite, Threshold, figure, one_of

QUALITIES: Final = {
    "relevant": (0.5, "about the documents"),
    "aligned": (0.5, "answers what was asked"),
    "consistent": (0.8, "one question, one answer"),
    "correctly_formatted": (0.8, "free of markup and stray marks"),
    "sufficiently_unique": (0.5, "unlike all others"),
    "compliant": (None, "free of personal data, toxicity and benchmarks, under a known licence"),
}
"""The six qualities: the least share of rows that must have each, whatever the recipe asks for, and what it is."""
_WHY: Final = "of so few rows it would be no dataset; a recipe's `require` raises it to its `audit.expected`"

SUITE: Final = Suite(
    stage="release",
    required=("example_id", "instruction", "response", "source", "origin", "licence", "content_hash"),
    thresholds={
        "min_rows": Threshold(1, "an empty release helps nobody"),
        **{f"min_{name}": Threshold(least, _WHY) for name, (least, _) in QUALITIES.items()},
        "max_regressions": Threshold(None, "0 where a recipe requires regressions to be absent"),
        "few_rows": FEW,
    },
    checks=(
        Check("ExpectColumnValuesToBeUnique", {"column": "content_hash"}, "no row is released twice"),
        one_of("origin", ("human", "synthetic"), "readers must be able to tell"),
        *(
            figure(f"qualities.{name}.score", why, least=f"min_{name}", of_many=True, if_measured=True)
            for name, (_, why) in QUALITIES.items()
        ),
        figure("regressions", "figures worse than in the release before", most="max_regressions", if_measured=True),
    ),
)
