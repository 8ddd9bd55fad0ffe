"""The text columns of a table, as filters work on them; see `tasks.text.columns`."""

from tasks.text.columns import (
    COLUMNS,
    Pieces,
    Texts,
    joined,
    noted,
    pieces,
    plain,
    with_pieces,
)

__all__ = [
    "COLUMNS", "Pieces", "Texts", "joined", "noted", "pieces", "plain", "with_pieces",
]  # fmt: skip
