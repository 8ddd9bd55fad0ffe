"""Training, validation and test data that have nothing in common: no document, no near-duplicate, no rephrasing."""

from tasks.split.params import Split
from tasks.split.stage import compute

__all__ = ["Split", "compute"]
