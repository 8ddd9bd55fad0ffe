"""Puts imported rows behind those a build has made, so that cleaning and filters see them together."""

import pyarrow as pa

from tasks.core import schema as schemas
from tasks.core.outcome import Outcome, Tools


def compute(made: pa.Table, imported: pa.Table, _tools: Tools) -> Outcome:
    """All rows of `made` and `imported` (schema EXAMPLE). Facts: `made`, `imported` and `origins`, numbers of rows."""
    pool = pa.concat_tables([schemas.conform(table, schemas.EXAMPLE) for table in (made, imported)])
    counts = pool.group_by("origin").aggregate([("example_id", "count")]).to_pylist()
    origins = {str(entry["origin"]): entry["example_id_count"] for entry in counts}
    facts = {"made": made.num_rows, "imported": imported.num_rows, "origins": dict(sorted(origins.items()))}
    return Outcome.of(schemas.EXAMPLE, pool, facts=facts)
