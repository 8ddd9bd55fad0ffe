"""Filters that look at a dataset as a whole: outliers, and synthetic rows that a classifier recognises."""
