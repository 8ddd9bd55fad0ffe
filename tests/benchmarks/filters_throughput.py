"""Rows a second of cleaning and of every filter, and of the job that other curation tools were measured on.

    python tests/benchmarks/filters_throughput.py [--rows 40000] [--workers 2]

Rows are those of the instruction sets in the folder of shared data, and then copies of them in which a third of the words is
replaced, until there are enough; without that folder they are invented. Each figure is the best of three: wall seconds, and
processor time a row. The last line of stdout is the whole as JSON.
"""

import argparse
import dataclasses
import functools
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BEGUN = time.perf_counter()

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402

from tasks import cleaning  # noqa: E402
from tasks.core import schema  # noqa: E402
from tasks.core.outcome import Tools  # noqa: E402
from tasks.filters import stage as filters  # noqa: E402
from tasks.filters.catalogue import FILTERS, Filters  # noqa: E402
from tasks.filters.contract import FilterContext  # noqa: E402
from tests.benchmarks.curate import REPLACED, varied  # noqa: E402
from tests.benchmarks.timing import best  # noqa: E402

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("INSTRUCTORY_TEST_DATA", ROOT.parent / "shared" / "data")) / "instructions"
ALPACA = ("alpaca/alpaca_5000.json", "alpaca/alpagasus_random_9k.json", "dolly/dolly_3k.json")
HEURISTICS = (
    "metadata", "length", "placeholders", "refusal", "feasibility", "characters", "language", "echo", "repetition",
)  # fmt: skip
JOB = ("length", "characters", "repetition", "exact_duplicates", "near_duplicates")
"""Length and word filters, character ratios, repetition, exact and MinHash duplicates; cleaning stands for normalise and HTML."""


def real() -> Iterator[tuple[str, str]]:
    """(instruction, response) of the instruction sets that are here."""
    for name in ALPACA:
        if (SHARED / name).is_file():
            for row in json.loads((SHARED / name).read_text("utf-8")):
                asked = "\n\n".join(part for part in (row["instruction"], row.get("input")) if part)
                yield asked, row["output"]


def invented() -> Iterator[tuple[str, str]]:
    """The same for machines without them: words drawn as words are, from the most frequent to the rare."""
    rng = np.random.default_rng(0)
    words = np.array([f"{a}{b}{c}" for a in "bdfklmnprst" for b in "aeiou" for c in ("n", "r", "ll", "st", "")])
    while True:
        drawn = words[np.minimum(rng.zipf(1.3, 70) - 1, len(words) - 1)].tolist()
        yield f"Explain {' '.join(drawn[:8])}?", " ".join(drawn[8:]).capitalize() + "."


def corpus(rows: int) -> pa.Table:
    """`rows` rows of schema EXAMPLE: real ones, then copies of them that are no near-duplicates."""
    pairs = list(real()) or [pair for pair, _ in zip(invented(), range(min(rows, 20_000)), strict=False)]
    rng = np.random.default_rng(0)
    words = np.array([word for pair in pairs for text in pair for word in text.split(" ")], dtype=object)
    copies = (pairs[n % len(pairs)] for n in range(len(pairs), rows))
    pairs += [(varied(asked, words, rng, REPLACED), varied(said, words, rng, REPLACED)) for asked, said in copies]
    table = {
        "example_id": [f"r{n}" for n in range(rows)],
        "source": ["bench"] * rows,
        "origin": ["synthetic"] * rows,
        "instruction": [asked for asked, _ in pairs[:rows]],
        "response": [said for _, said in pairs[:rows]],
    }
    return pa.table(
        {name: table.get(name, pa.nulls(rows, schema.EXAMPLE.field(name).type)) for name in schema.EXAMPLE.names},
        schema.EXAMPLE,
    )


def only(*names: str) -> Filters:
    """Settings with nothing but `names` enabled."""
    return Filters.model_validate({each.name: {"enabled": each.name in names} for each in FILTERS})


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--job", action="store_true", help="only the job of the peers, as a whole process")
    asked = parser.parse_args()
    table, tools = corpus(asked.rows), Tools("bench", Path(), workers=asked.workers)
    figures: dict[str, Any] = {"rows": asked.rows, "workers": asked.workers}
    if not asked.job:
        cleaned = _measured(
            figures, "cleaning", asked.rows, lambda: cleaning.compute(table, None, cleaning.Cleaning(), tools)
        ).kept
        _each_filter(figures, filters.prepared(cleaned), tools)
        together = only(*HEURISTICS, "conflicts")

        def heuristics() -> int:
            rows = cleaning.compute(table, None, cleaning.Cleaning(), tools).kept
            return int(filters.compute(rows, None, together, tools).kept.num_rows)

        _measured(figures, "cleaning + heuristics + conflicts", asked.rows, heuristics)

    def job() -> int:
        rows = cleaning.compute(table, None, cleaning.Cleaning(), tools).kept
        return int(filters.compute(rows, None, only(*JOB), tools).kept.num_rows)

    figures["job_rows_kept"] = _measured(figures, "job", asked.rows, job, 1 if asked.job else 3)
    figures["process_seconds"] = round(time.perf_counter() - BEGUN, 2)
    figures["peak_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    print(json.dumps(figures))


def _measured(figures: dict[str, Any], name: str, rows: int, work: Callable[[], Any], times: int = 3) -> Any:
    wall, processor, result = best(work, times)
    figures[name] = {"rows_per_second": round(rows / wall), "cpu_us_per_row": round(processor * 1e6 / rows, 2)}
    print(f"{name:36} {rows / wall:>12,.0f} rows/s {processor * 1e6 / rows:>9.2f} µs of processor a row", flush=True)
    return result


def _each_filter(figures: dict[str, Any], table: pa.Table, tools: Tools) -> None:
    """Microseconds a row of each row-wise filter; those that look into evidence or benchmarks are given some."""
    some = table.slice(0, 4 * filters.SLICE)
    evident = _with_evidence(some)
    chunks = pa.table({"chunk_id": evident["example_id"], "text": evident["response"]})
    with tempfile.TemporaryDirectory() as folder:
        benchmark = Path(folder) / "items.jsonl"
        items = [json.dumps({"question": f"Question {n}: {text} {text}"[:400]}) for n, text in enumerate(_last(some))]
        benchmark.write_text("\n".join(items))
        given = Filters.model_validate({"contamination": {"benchmarks": [benchmark]}})
        kept = dataclasses.replace(tools, store_root=Path(folder))
        for each in (each for each in FILTERS if each.row_wise):
            name, params, rows = each.name, each.settings(given), evident if each.name == "grounding" else some
            context = FilterContext(schema.conform(chunks, schema.CHUNK) if name == "grounding" else None, kept)
            each.compute(rows.slice(0, 3000), params, context)
            work = functools.partial(each.compute, rows, params, context)
            _measured(figures, name, rows.num_rows, work)


def _last(table: pa.Table) -> list[str]:
    return [text or "" for text in table["instruction"].slice(max(0, table.num_rows - 300)).to_pylist()]


def _with_evidence(table: pa.Table) -> pa.Table:
    """Rows whose evidence is their own response, with its sentences in another order."""
    texts = table["response"].to_pylist()
    said = [". ".join(reversed((text or "").split(". "))) for text in texts]
    spans = [[{"chunk_id": name, "start": None, "end": None}] for name in table["example_id"].to_pylist()]
    place = table.schema.get_field_index("evidence")
    table = table.set_column(place, table.schema.field(place), pa.array(spans, table.schema.field(place).type))
    place = table.schema.get_field_index("response")
    return table.set_column(place, table.schema.field(place), pa.array(said, pa.string())).slice(0, 2000)


if __name__ == "__main__":
    sys.exit(main())
