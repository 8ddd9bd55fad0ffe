"""How long rows are."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.audit.statistics import histogram, texts
from tasks.text.columns import word_counts
from tasks.text.sentences import sentence_spans


def distributions(rows: pa.Table, sample: pa.Table) -> dict[str, Any]:
    """Histograms of words and turns over all `rows`, of sentences over `sample`."""
    turns = pc.fill_null(pc.list_value_length(rows["history"]), 0)
    return {
        "instruction_words": histogram(word_counts(rows["instruction"])),
        "response_words": histogram(word_counts(rows["response"])),
        "response_sentences": histogram([len(sentence_spans(text)) for text in texts(sample, "response")]),
        "earlier_turns": histogram(turns.to_numpy()),
    }
