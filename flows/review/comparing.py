"""Which of two answers is better: where each answer stands, and what a choice of a side means."""

from typing import Final

from flows.review.dataset import ReviewedDataset
from tasks.review.queue import response_is_first

SIDES: Final = ("left", "right")


def sides_of(reviewer: str, dataset: ReviewedDataset, row_id: str) -> tuple[str, str]:
    """What stands left and right for this person: the response and the rejected one, in an order drawn for person and row."""
    first = response_is_first(reviewer, row_id, dataset.states.get(row_id, ""))
    return ("response", "rejected") if first else ("rejected", "response")
