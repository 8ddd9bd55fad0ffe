"""After rows were clustered."""

from typing import Final

from expectations.suite import FEW, Suite, Threshold, between, figure

SUITE: Final = Suite(
    stage="clusters",
    required=("example_id", "cluster", "cluster_size", "theme"),
    thresholds={
        "min_rows": Threshold(1, "clustering removes nothing"),
        "max_cluster_share": Threshold(0.5, "one cluster with half of the rows: the data says one thing over and over"),
        "few_rows": FEW,
    },
    checks=(
        between("cluster", "K-Means places every row", min_value=0),
        figure("clusters.largest_share", "no single cluster dominates", most="max_cluster_share", of_many=True),
    ),
)
