"""The files of open datasets."""
