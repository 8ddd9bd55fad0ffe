"""After documents were read and cut into chunks."""

from typing import Final

from expectations.suite import Check, Suite, Threshold, between, one_of, share

SUITE: Final = Suite(
    stage="documents",
    required=("chunk_id", "document_id", "raw_sha256", "text", "kind", "start", "end"),
    thresholds={
        "min_rows": Threshold(1, "nothing can be asked of an empty corpus"),
        "max_rejected_share": Threshold(
            0.2, "more than a fifth without text means that a reader is wrong for its files"
        ),
        "max_words": Threshold(2000, "a chunk far beyond the target means that its structure was not understood"),
    },
    checks=(
        Check(
            "ExpectColumnValuesToBeBetween", {"column": "text_words", "min_value": 1}, "chunk size", most="max_words"
        ),
        between("start", "offsets point into the document", min_value=0),
        Check(
            "ExpectColumnPairValuesAToBeGreaterThanB", {"column_A": "end", "column_B": "start"}, "a chunk is not empty"
        ),
        between("offsets_count", "a chunk leads back to raw bytes", min_value=1),
        one_of("kind", ("prose", "entry", "code", "grammar", "list", "table"), "finders choose by kind"),
        share("rejected_share", "max_rejected_share", "documents without text"),
    ),
)
