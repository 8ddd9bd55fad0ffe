"""After the files of open datasets were found."""

from typing import Final

from expectations.suite import Suite, Threshold, share

SUITE: Final = Suite(
    stage="datasets",
    required=("document_id", "source", "path", "raw_sha256", "media_type", "licence"),
    thresholds={
        "min_rows": Threshold(1, "an import needs a file"),
        "max_unreadable_share": Threshold(0.2, "more than a fifth unreadable means a wrong folder"),
    },
    checks=(share("unreadable_share", "max_unreadable_share", "unreadable files"),),
)
