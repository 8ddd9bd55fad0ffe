"""Filters: a row in which something is wrong is rejected, with a reason. (What can be repaired, `tasks/cleaning` has repaired.)

catalogue  which filters there are, and their settings: the place to add one
running    through all of them, in order
verdict    what a filter says of a table

Every other module is a filter, or what it computes with.
"""

from tasks.filters.catalogue import ORDER, ROW_WISE, THEN, Filters
from tasks.filters.stage import SLICE, compute, prepared

__all__ = ["ORDER", "ROW_WISE", "SLICE", "THEN", "Filters", "compute", "prepared"]
