"""What filters object to in rows that stand alone, each row for every reason at once: so that a person can mend it in one go."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tasks.core.errors import InstructoryError
from tasks.core.outcome import Tools
from tasks.filters.catalogue import FILTERS, Filters
from tasks.filters.contract import Filter, FilterContext
from tasks.filters.decontamination import contamination
from tasks.filters.stage import prepared, with_columns
from tasks.filters.toxicity import toxicity


@dataclass(frozen=True)
class Objections:
    """What the filters said."""

    found: dict[int, list[tuple[str, str]]]
    """Row → (reason, detail) of every filter that rejects it, in the order of the filters; rows without any are not named."""
    rows: pa.Table
    """The rows (schema FILTERED) with what the filters filled in and redacted."""
    not_tried: dict[str, str] = field(default_factory=dict)
    """Filters that are on and were not asked → why."""


def objections(examples: pa.Table, chunks: pa.Table | None, params: Filters, tools: Tools) -> Objections:
    """Ask every enabled filter that looks at one row about each of `examples` (schema CLEANED), also about rows that an earlier
    filter rejects. Filters that compare rows are not asked, nor those that ask a model or an endpoint, nor one that raises an
    InstructoryError, such as for a file that is not there. `chunks`: as for the stage.
    """
    table, context = prepared(examples), FilterContext(chunks, tools)
    found: dict[int, list[tuple[str, str]]] = {}
    not_tried: dict[str, str] = {}
    for listed in (listed for listed in FILTERS if listed.settings(params).enabled):
        settings = listed.settings(params)
        if why := _cannot_be_tried(listed, settings):
            not_tried[listed.name] = why
            continue
        try:
            result = listed.compute(table, settings, context)
        except InstructoryError as error:
            not_tried[listed.name] = str(error)
            continue
        for row, said in result.findings().items():
            found.setdefault(row, []).append(said)
        table = with_columns(table, result)
    return Objections(found, table, not_tried)


def _cannot_be_tried(listed: Filter[Any], settings: Any) -> str:
    """Why a filter is not asked about a row alone and at once; "" where it is."""
    if not listed.row_wise:
        return "compares rows"
    if isinstance(settings, toxicity.Toxicity) and settings.endpoint:
        return "asks an endpoint"
    by_sentences = isinstance(settings, contamination.Contamination) and settings.benchmarks and settings.rephrased
    if (isinstance(settings, toxicity.Toxicity) and settings.neural) or (by_sentences and settings.encoder == "minilm"):
        return "asks a neural model"
    return ""
