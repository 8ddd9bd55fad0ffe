"""After the documents were found."""

from typing import Final

from expectations.suite import Suite, Threshold, share

SUITE: Final = Suite(
    stage="inventory",
    required=("document_id", "source", "path", "raw_sha256", "licence"),
    thresholds={
        "min_rows": Threshold(1, "a dataset needs a document"),
        "max_unreadable_share": Threshold(0.2, "more than a fifth unreadable means a wrong folder or a wrong encoding"),
    },
    checks=(share("unreadable_share", "max_unreadable_share", "unreadable documents"),),
)
