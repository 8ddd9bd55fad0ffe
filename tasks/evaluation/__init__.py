"""Rows that are kept out of a dataset to evaluate models that learnt from it: a dataset of their own."""

from tasks.evaluation.stage import compute

__all__ = ["compute"]
