"""What the bounds on records cost: `python -m tests.benchmarks.bounds` reads 200,000 rows of a file with and without them,
in turns, and prints the user processor time of each pair."""

import json
import resource
import tempfile
from pathlib import Path
from statistics import median
from unittest.mock import patch

from tasks.containers import blocks

ROWS, PAIRS = 200_000, 7


def seconds(path: Path) -> float:
    """User processor time of reading every record."""
    began = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    assert sum(len(block.values) for block in blocks(path, "jsonl")) == ROWS
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime - began


def main() -> None:
    """Print each pair and the median of what the bounds add."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        with path.open("w") as file:
            for number in range(ROWS):
                row = {"instruction": f"Explain word {number}.", "input": "", "output": f"{number} is a number. " * 15}
                file.write(json.dumps(row) + "\n")
        shares = []
        for _ in range(PAIRS):
            with patch("tasks.containers.json_records.is_crowded", lambda _data: False):
                without = seconds(path)
            bounded = seconds(path)
            shares.append(bounded / without - 1)
            print(f"without {without:.2f} s, with {bounded:.2f} s, {shares[-1]:+.1%}", flush=True)
        print(f"median of {PAIRS} pairs: {median(shares):+.1%}")


if __name__ == "__main__":
    main()
