"""After rows were clustered."""

from typing import Final

from expectations.suite import Check, Suite, Threshold

SUITE: Final = Suite(
    stage="clusters",
    required=("example_id", "cluster", "cluster_size", "theme"),
    thresholds={
        "min_rows": Threshold(1, "clustering removes nothing"),
        "max_cluster_share": Threshold(0.5, "one cluster with half of the rows: the data says one thing over and over"),
    },
    checks=lambda t: (
        Check("ExpectColumnValuesToBeBetween", {"column": "cluster", "min_value": 0}, "K-Means places every row"),
        Check(
            "ExpectColumnValuesToBeBetween",
            {"column": "clusters.largest_share", "max_value": t["max_cluster_share"]},
            "no single cluster dominates",
            "summary",
        ),
    ),
)
