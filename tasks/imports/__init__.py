"""Rows that exist already, read from files in many formats.

datasets      the stage that finds the files and keeps their bytes
stage         the stage that reads them: records become rows, or are refused with file and line
recognise     which format a file's records have
formats       from a record to examples; one module a format
conversation  from turns, whatever their names and roles, to an example
known         licence and origin of datasets that are known by name
rows          from examples to Arrow tables

How records come out of files stands in `tasks.containers`.
"""

from tasks.imports.params import Dataset, Imports

__all__ = ["Dataset", "Imports"]
