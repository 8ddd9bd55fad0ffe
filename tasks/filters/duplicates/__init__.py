"""Filters that compare rows with each other and with earlier releases, and the MinHash machinery they share."""
