"""The evaluation rows of a dataset, which the split refused with the reason `held_for_evaluation`, as rows of another dataset."""

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core import schema as schemas
from tasks.core.outcome import Outcome, Tools


def compute(refused: pa.Table, tools: Tools) -> Outcome:
    """`refused`: rows that the split rejected, with `reason` → those held for evaluation, schema CLUSTERED, as test data: so nobody
    exports them for training unawares. `facts`: `rows_read`."""
    held = schemas.conform(refused.filter(pc.equal(refused["reason"], "held_for_evaluation")), schemas.CLUSTERED)
    at = held.schema.get_field_index("split")
    side = pa.array(["test"] * held.num_rows, pa.string())
    tools.progress(refused.num_rows, refused.num_rows)
    return Outcome.of(
        schemas.CLUSTERED,
        held.set_column(at, held.schema.field(at), side),
        facts={"rows_read": refused.num_rows, "notes": [f"{held.num_rows:,} rows that no model is to learn from"]},
    )
