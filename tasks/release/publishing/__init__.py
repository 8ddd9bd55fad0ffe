"""Sends a release to others: to a folder, below a prefix of a bucket, or to a hub of datasets."""
