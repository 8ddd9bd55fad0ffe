"""Decontamination: how fast the n-gram tiers are, and what the rephrased tier finds and flags in error.

    python tests/benchmarks/contamination.py DATA [STORE]

DATA is a folder with `benchmarks/` (JSONL, JSON, CSV or TSV) and `instructions/` (alpaca, dolly,
evol-instruct, cot). The pack of all benchmarks is built in STORE (a temporary folder by default), and loaded again. Then

- rows a second of the n-gram tiers over 200,000 rows of about 64 words, best of three;
- recall of the rephrased tier on the rephrasings in tests/filters/rephrasings.py, with either encoder: those it was fitted on, and
  those that were written afterwards;
- the share of real instructions that it flags, set by set, and of all that were not read and found to ask an item's question.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[2]))

from tasks.filters.decontamination.building import pack
from tasks.filters.decontamination.contamination import scan
from tasks.filters.decontamination.pack import BenchmarkPack, Encoder
from tests.accuracy.labelled import asking
from tests.benchmarks.timing import R, best
from tests.filters.rephrasings import FITTED, FREER, UNSEEN, Rephrasings

ROWS = 200_000
EACH = 3000
ENCODERS: tuple[Encoder, ...] = ("static", "minilm")


def timed(what: str, work: Callable[[], R], runs: int = 1) -> tuple[R, float]:
    """What `work` returns, and its seconds at best; prints them."""
    wall, processor, result = best(work, runs)
    print(f"{what}: {wall:.2f} s wall, {processor:.2f} s processor", flush=True)
    return result, wall


def instructions(folder: Path) -> dict[str, list[str]]:
    """Up to 3,000 instructions of each set, by its name."""
    sets = {
        "gsm8k train": [line.split("\t")[0] for line in (folder / "cot" / "gsm8k_train.tsv").open(encoding="utf-8")][
            :EACH
        ]
    }
    for file in sorted((folder / name for name in ("alpaca", "dolly", "evol-instruct")), key=str):
        for path in sorted(file.glob("*.json")):
            rows = json.loads(path.read_text("utf-8"))
            sets[path.stem] = [f"{row.get('instruction') or ''}\n{row.get('input') or ''}".strip() for row in rows][
                :EACH
            ]
    return sets


def speed(known: BenchmarkPack, folder: Path) -> None:
    """The n-gram tiers over real responses, repeated and cut to about 64 words."""
    rows = json.loads((folder / "dolly" / "dolly_3k.json").read_text("utf-8"))
    words = " ".join(f"{row['instruction']} {row['output']}" for row in rows).split()
    texts = [" ".join(words[k : k + 64]) for k in range(0, len(words) - 64, 16)]
    column = pa.array((texts * (ROWS // len(texts) + 1))[:ROWS], pa.large_string())
    scan(column.slice(0, 20_000), known)
    _, seconds = timed(
        f"n-gram tiers, {ROWS:,} rows of {column.nbytes / ROWS:.0f} bytes", lambda: scan(column, known), 3
    )
    print(f"  {ROWS / seconds:,.0f} rows/s")


def recall(known: BenchmarkPack, name: str, rephrasings: Rephrasings) -> None:
    """How many of the rephrasings are found, and as what they are."""
    keys = list(rephrasings)
    rows, right = set(), set()
    for hit in scan(list(rephrasings.values()), known).to_pylist():
        if hit["tier"] != "13-gram":
            file, item = keys[hit["row"]]
            rows.add(hit["row"])
            if (Path(hit["benchmark"]).name, hit["item"]) == (Path(file).stem, item):
                right.add(hit["row"])
    print(
        f"rephrasings, {name}, {known.encoder}: {len(rows)} of {len(keys)} flagged ({len(rows) / len(keys):.3f}), "
        f"{len(right)} by that very item"
    )
    for row in sorted(set(range(len(keys))) - rows):
        print(f"  missed: {' '.join(keys[row])}")


def main(data: Path, store: Path) -> None:
    paths = [data / "benchmarks"]
    known, _ = timed("pack built", lambda: pack(paths, store))
    print(
        f"  {len(known):,} items, {len(known.index.grams):,} different 8-grams, {len(known.phrases.item):,} questions to rephrase"
    )
    speed(pack(paths, store, rephrased=False), data / "instructions")
    for encoder in ENCODERS:
        known, _ = timed(f"pack, {encoder}", lambda encoder=encoder: pack(paths, store, encoder=encoder))
        recall(known, "fitted", FITTED)
        recall(known, "unseen", UNSEEN)
        recall(known, "unseen and freer", FREER)
        false_alarms(known, data / "instructions")


def false_alarms(known: BenchmarkPack, folder: Path) -> None:
    """How many real instructions are flagged, set by set."""
    flagged, every = [], []
    for name, texts in instructions(folder).items():
        hits, _ = timed(f"{name}, {len(texts):,} instructions, {known.encoder}", lambda texts=texts: scan(texts, known))
        found = {hit["row"] for hit in hits.to_pylist() if hit["tier"] == "rephrased"}
        flagged += [texts[row] for row in found]
        every += texts
        print(f"  flagged as rephrased: {len(found)} ({len(found) / len(texts):.4f})")
    asks, wrong = asking(every).sum(), len(flagged) - asking(flagged).sum()
    print(
        f"all instructions, {known.encoder}: {len(flagged)} of {len(every):,} flagged as rephrased; "
        f"{wrong / (len(every) - asks):.4f} of those that are not known to ask an item's question"
    )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else folder))
