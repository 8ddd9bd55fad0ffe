"""The text columns of a table, as filters work on them; see `tasks.text.columns`."""

from tasks.text.columns import (
    COLUMNS,
    Pieces,
    Rewrite,
    Suspects,
    Texts,
    joined,
    noted,
    pieces,
    plain,
    rewritten,
    with_pieces,
)

__all__ = [
    "COLUMNS", "Pieces", "Rewrite", "Suspects", "Texts", "joined", "noted", "pieces", "plain", "rewritten", "with_pieces",
]  # fmt: skip
