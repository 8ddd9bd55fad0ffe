"""Imports: rows that exist already, from whatever file people keep them in.

finding       which files there are; their bytes are kept
streams       bytes: unpacked, as UTF-8
containers    records: JSON arrays, JSON Lines, CSV, TSV, Parquet, block by block
recognise     which format a file's records have
formats       a record → examples; one module a format
conversation  turns in any dialect → an example
known         licence and origin of datasets that are known by name
reading       records → rows, or refusals with file and line
pooling       imported rows beside made ones
"""

from tasks.imports.params import Dataset, Imports

__all__ = ["Dataset", "Imports"]
