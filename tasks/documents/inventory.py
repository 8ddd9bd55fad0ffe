"""The first stage: which documents there are, and how many of them this build takes."""

from collections.abc import Sequence

from tasks.core.outcome import Outcome, Tools
from tasks.documents.collect import collect
from tasks.documents.params import Source


def compute(sources: Sequence[Source], limit: int | None, tools: Tools) -> Outcome:
    """The documents of `sources`, their bytes kept; the first `limit` of them in a trial."""
    found = collect(sources, tools.keep_raw)
    return found if limit is None else Outcome(found.kept.slice(0, limit), found.rejected, found.failed, found.facts)
