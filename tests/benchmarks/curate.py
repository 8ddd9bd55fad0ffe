"""The curate DAG on many rows: seconds and CPU seconds of each stage, and the peak memory of the whole.

    python tests/benchmarks/curate.py [ROWS] [--keep FOLDER] [--set A.B=V]…

Rows are those of the real Alpaca-like files in the shared data folder, over and over, a third of the words of each copy replaced by
words drawn from all of them: lengths, punctuation and code stay what they are, and no two copies are near-duplicates. Of each
hundred rows two are exact copies of an earlier one and three differ from one in a few words.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

SHARED = Path(os.environ.get("INSTRUCTORY_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
FILES = (
    "alpaca/alpaca_5000.json", "alpaca/alpagasus_random_9k.json", "alpaca/raschka_instruction_data_1100.json",
    "dolly/dolly_3k.json", "evol-instruct/code_alpaca_2k.json",
)  # fmt: skip
REPLACED = 0.35
CHUNK = 20_000
"""Rows made at a time."""


def write(path: Path, rows: int, seed: int = 0) -> None:
    """Write `rows` rows as JSON Lines."""
    rng = np.random.default_rng(seed)
    real = [row for file in FILES for row in json.loads((SHARED / "instructions" / file).read_text("utf-8"))]
    words = np.array([w for row in real for w in f"{row['instruction']} {row['output']}".split(" ")], dtype=object)
    with path.open("w", encoding="utf-8") as out:
        recent: list[tuple[str, str, str]] = []
        for start in range(0, rows, CHUNK):
            made: list[tuple[str, str, str]] = []
            for number in range(start, min(start + CHUNK, rows)):
                row = real[number % len(real)]
                texts = (row["instruction"], row.get("input", ""), row["output"])
                lot = number % 100
                if recent and lot < 2:
                    made.append(recent[int(rng.integers(len(recent)))])
                elif recent and lot < 5:
                    made.append(tuple(varied(t, words, rng, 0.02) for t in recent[int(rng.integers(len(recent)))]))  # type: ignore[arg-type]
                else:
                    share = 0.0 if number < len(real) else REPLACED
                    made.append(tuple(varied(t, words, rng, share) for t in texts))  # type: ignore[arg-type]
            for instruction, given, output in made:
                row = {"instruction": instruction, "input": given, "output": output}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
            recent = made


def varied(text: str, words: np.ndarray, rng: np.random.Generator, share: float) -> str:
    """`text` with this share of its words replaced."""
    if not text or not share:
        return text
    tokens = np.array(text.split(" "), dtype=object)
    chosen = np.flatnonzero(rng.random(len(tokens)) < share)
    tokens[chosen] = words[rng.integers(0, len(words), len(chosen))]
    return " ".join(tokens)


def whole(path: Path, store: Path, settings: list[str]) -> None:
    """Run `instructory curate` in a process of its own and print what it says of each stage."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from flows.cli.main import main; main()", "curate", str(path), "--json"]
    done = subprocess.run(
        [*command, f"--store={store}", *(f"--set={s}" for s in settings)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    for stage in json.loads(done.stdout.splitlines()[-1])["stages"]:
        print(f"{stage['stage']:10} {stage['rows_in']:>9,} in {stage['kept']:>9,} kept {stage['seconds']:>8.1f} s")
    print(
        f"whole: {time.perf_counter() - began:.1f} s, {used.ru_utime + used.ru_stime:.1f} s CPU, peak of one process "
        f"{used.ru_maxrss / 1024**2:.2f} GB, exit {done.returncode}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--set", action="append", default=[])
    options = parser.parse_args()
    folder = options.keep or Path(mkdtemp(prefix="curate-"))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"rows-{options.rows}.jsonl"
    if not file.exists():
        write(file, options.rows)
        print(f"{file}: {file.stat().st_size / 1024**2:.0f} MB")
    whole(file, folder / f"store-{options.rows}", options.set)
