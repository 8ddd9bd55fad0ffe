"""What a stage is called with: snapshots, which are read as tables, and parameters."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from tasks.core.params import Params
from tasks.pipeline.build import Build
from tasks.store.snapshot import Snapshot

Argument = Snapshot | Sequence[Snapshot] | Params | Sequence[Params] | int | None
"""What a stage can be called with: rows, parameters, a limit."""


def snapshots_in(argument: Argument) -> list[Snapshot]:
    """The snapshots in an argument of a stage: one, several that are read as one table, or none."""
    if isinstance(argument, Snapshot):
        return [argument]
    if isinstance(argument, Sequence) and argument and all(isinstance(one, Snapshot) for one in argument):
        return [one for one in argument if isinstance(one, Snapshot)]
    return []


def identity_of(argument: Argument) -> Any:
    """What of an argument goes into a key: the content of rows, whichever key they were made under."""
    contents = [read.content for read in snapshots_in(argument)]
    if not contents:
        return argument
    return contents[0] if len(contents) == 1 else contents


def value_of(build: Build, argument: Argument) -> Any:
    """An argument as the stage's function gets it: snapshots as one table."""
    tables = [read.table(build.store) for read in snapshots_in(argument)]
    if not tables:
        return argument
    return tables[0] if len(tables) == 1 else pa.concat_tables(tables)
