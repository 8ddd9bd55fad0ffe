"""Personal data: rows a second of presidio by itself and of ours, and the entities that ours would lose.

    python -m tests.benchmarks.pii [ROWS]

Rows are presidio's labelled set, and as many Alpaca and Dolly rows, from the folder of shared test data. `per row` is presidio as
its quick start uses it; `batch` is its BatchAnalyzerEngine with batches of 64. The same packaged spaCy model throughout.
"""

import json
import logging
import sys
from collections.abc import Callable
from itertools import islice
from typing import Any

from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

from tasks.filters.personal_data import detection
from tasks.text import nlp
from tests.accuracy.labelled import DATA, alpaca, dolly
from tests.benchmarks.timing import best

NAMES = ("PERSON", "LOCATION", "ORGANIZATION", "NRP")


def texts(rows: int) -> list[str]:
    """`rows` texts: a third each from presidio's labelled set, Alpaca and Dolly."""
    labelled = json.loads((DATA / "detectors" / "pii" / "synth_dataset_v2.json").read_text("utf-8"))
    parts = ([row["full_text"] for row in labelled], alpaca(), dolly())
    return [text for part in parts for text in islice(part, rows // 3)]


def presidio() -> AnalyzerEngine:
    models = [{"lang_code": "en", "model_name": nlp.PACKAGE}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    return AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])


def timed(name: str, rows: int, work: Callable[[], Any]) -> tuple[Any, float]:
    """What `work` returns, and its rows a second; printed."""
    seconds, processor, result = best(work)
    print(f"{name:<34}{rows / seconds:>10,.0f} rows/s {seconds:8.2f} s wall {processor:8.2f} s processor", flush=True)
    return result, rows / seconds


def spans(results: list[list[Any]]) -> set[tuple[int, str, int, int]]:
    return {(row, found.entity_type, found.start, found.end) for row, many in enumerate(results) for found in many}


def main(rows: int) -> None:
    """Prints one line a way, the ratios, and what was lost."""
    logging.disable(logging.ERROR)
    sample = texts(rows)
    rows = len(sample)
    engine = presidio()
    engine.analyze(sample[0], "en")
    patterns = list(detection.PERSONAL)
    detection.find(sample[:3000], patterns)  # imports, and the first compilation of patterns
    few = sample[:: max(1, rows // 600)]
    everything, alone = timed(
        "presidio, per row, patterns", len(few), lambda: [engine.analyze(t, "en", patterns) for t in few]
    )
    _, ours = timed("ours, patterns", rows, lambda: detection.find(sample, patterns))
    print(f"  {ours / alone:.0f} times")
    lost = spans(everything) - {
        (s["row"], s["entity"], s["start"], s["end"]) for s in detection.find(few, patterns).to_pylist()
    }
    print(f"  entities presidio found {len(spans(everything)):,}, of these lost {len(lost)}")
    batch = BatchAnalyzerEngine(engine)
    both = [*patterns, *NAMES]
    _, theirs = timed(
        "presidio, batch, with NER", len(few), lambda: list(batch.analyze_iterator(few, "en", 64, entities=both))
    )
    detection.find(sample[:64], both, ner=True)
    _, named = timed("ours, with NER", rows, lambda: detection.find(sample, both, ner=True))
    print(f"  {named / theirs:.1f} times")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4500)
