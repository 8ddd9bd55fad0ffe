"""After the dataset was measured: what must be true of it as a whole."""

from typing import Final

from expectations.suite import FEW, Suite, Threshold, figure

SUITE: Final = Suite(
    stage="audit",
    required=("example_id", "instruction", "response", "source", "licence", "method", "content_hash"),
    thresholds={
        "min_rows": Threshold(1, "a release needs rows"),
        "min_provenance": Threshold(1.0, "every row explains itself: no exception"),
        "max_personal_data_left": Threshold(
            0.02, "a sample is searched again by other rules than the filter's, which err in a row of a hundred"
        ),
        "max_toxic_share": Threshold(0.01, "of rows that the toxicity filter was to reject, none should be left"),
        "max_contaminated_share": Threshold(0.0, "no row holds a benchmark's item"),
        "min_grounded_share": Threshold(
            0.5, "where answers stand on passages, half of them outside is not a dataset about the documents"
        ),
        "min_coverage": Threshold(None, "how many passages released rows should stand on depends on the documents"),
        "few_rows": FEW,
    },
    checks=(
        figure("provenance.complete_share", "every row names its source, method and evidence", least="min_provenance"),
        figure(
            "safety.personal_data_left.share",
            "personal data in a sample, searched for again",
            most="max_personal_data_left",
            of_many=True,
            if_measured=True,
        ),
        figure("safety.toxicity.toxic_share", "toxic rows", most="max_toxic_share", of_many=True, if_measured=True),
        figure(
            "contamination.contaminated_share",
            "rows with benchmark items",
            most="max_contaminated_share",
            if_measured=True,
        ),
        figure(
            "grounding.grounded_share",
            "answers that stand on their passages",
            least="min_grounded_share",
            of_many=True,
            if_measured=True,
        ),
        figure("coverage.share", "passages that released rows stand on", least="min_coverage", if_measured=True),
    ),
)
