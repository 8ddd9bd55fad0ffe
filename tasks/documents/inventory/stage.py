"""The first stage: which documents there are, and how many of them this build takes."""

from collections.abc import Sequence

import pyarrow.compute as pc

from tasks.core.outcome import Outcome, Tools
from tasks.documents.inventory.collect import collect
from tasks.documents.params import Source


def compute(sources: Sequence[Source], limit: int | None, tools: Tools) -> Outcome:
    """The documents of `sources`, their bytes kept; the first `limit` of them in a trial.

    Facts: `unreadable_share`, of all documents found, those that are neither kept nor mere copies of a kept one.
    """
    found = collect(sources, tools.keep_raw, limit=limit)
    copies = pc.sum(pc.equal(found.rejected.column("reason"), "duplicate_document")).as_py() or 0
    unreadable = found.rejected.num_rows - copies + found.failed.num_rows
    total = max(1, found.kept.num_rows + found.rejected.num_rows + found.failed.num_rows)
    facts = {**found.facts, "unreadable_share": unreadable / total}
    return Outcome(found.kept, found.rejected, found.failed, facts)
