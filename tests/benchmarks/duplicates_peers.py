"""Near-duplicate detection beside its peers: the same rows, the same shingles, the same threshold, in one run.

    python tests/benchmarks/duplicates_peers.py PEER_PYTHON [ROWS]

PEER_PYTHON is the interpreter of an environment of its own with `pip install rensa datasketch`. Rows have about 64 words; every
fifth is an earlier row with up to four words replaced. Each side starts from the texts and ends with the rows to drop: five-word
shingles, 128 permutations, Jaccard 0.7. The speed of a shared machine changes within seconds, so both sides are measured in turn:
ours, a peer, ours, the next, nine times over (datasketch once), the best of three runs each time, after a warm-up. Printed are
the medians of the turns, and the least and the most that a peer took beside us. Recall counts the replaced rows whose exact
similarity to their original is at least 0.7 and that were found.

rensa is measured four ways, all of its own documentation: row by row, its deduplicator with an index, its batch of full-set
signatures, and its sampling "rho" batch, which looks at a part of the shingles only.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

THRESHOLD, PERMUTATIONS, SHINGLE, BANDS = 0.7, 128, 5, 16


def shingles(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[k : k + SHINGLE]) for k in range(max(len(words) - SHINGLE + 1, 1))]


def datasketch(texts: Sequence[str]) -> list[bool]:
    """As its documentation does it: a sketch a row, query the index, insert. True where a row is like an earlier one."""
    from datasketch import MinHash, MinHashLSH

    index, flags = MinHashLSH(THRESHOLD, PERMUTATIONS), []
    for number, text in enumerate(texts):
        sketch = MinHash(PERMUTATIONS)
        sketch.update_batch([shingle.encode() for shingle in shingles(text)])
        flags.append(bool(index.query(sketch)))
        index.insert(number, sketch)
    return flags


def rensa_row_by_row(texts: Sequence[str]) -> list[bool]:
    """As the first example of its documentation does it: a sketch a row, query the index, insert."""
    from rensa import RMinHash, RMinHashLSH

    index, flags = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=BANDS), []
    for number, text in enumerate(texts):
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update(shingles(text))
        flags.append(bool(index.query(sketch)))
        index.insert(number, sketch)
    return flags


def rensa_deduplicator(texts: Sequence[str]) -> list[bool]:
    from rensa import RMinHashDeduplicator

    keeper = RMinHashDeduplicator(threshold=THRESHOLD, num_perm=PERMUTATIONS, use_lsh=True)
    return [not new for new in keeper.add_pairs((str(n), shingles(text)) for n, text in enumerate(texts))]


def rensa_matrix(kind: str, texts: Sequence[str]) -> list[bool]:
    from rensa import RMinHash, RMinHashLSH

    matrix = getattr(RMinHash, kind)([shingles(text) for text in texts], PERMUTATIONS, 42)
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=BANDS)
    return list(map(bool, index.query_duplicate_flags_matrix_one_shot(matrix)))


TURNS, RUNS = 9, 3

PEERS: dict[str, tuple[Callable[[Sequence[str]], list[bool]], int, int]] = {
    "datasketch": (datasketch, 1, 1),
    "rensa row by row": (rensa_row_by_row, RUNS, TURNS),
    "rensa deduplicator": (rensa_deduplicator, RUNS, TURNS),
    "rensa batch": (partial(rensa_matrix, "digest_matrix_from_token_sets"), RUNS, TURNS),
    "rensa rho": (partial(rensa_matrix, "digest_matrix_from_token_sets_rho"), RUNS, TURNS),
}
"""Each with the runs of a turn, of which the best counts, and the turns."""


def measured(work: Callable[[Sequence[str]], list[bool]], texts: Sequence[str], runs: int) -> dict[str, Any]:
    """Wall and processor seconds of the best run, and the rows found."""
    work(texts[:2000])
    best, flags = (float("inf"), 0.0), []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        flags = work(texts)
        best = min(best, (time.perf_counter() - wall, time.process_time() - cpu))
    return {"wall": best[0], "cpu": best[1], "found": [n for n, flag in enumerate(flags) if flag]}


def ours(texts: Sequence[str]) -> list[bool]:
    import numpy as np
    import pyarrow as pa

    from tasks.filters.duplicates.near_duplicates import near_duplicate_groups

    groups = near_duplicate_groups(pa.array(texts, pa.large_string()), THRESHOLD)
    flags: list[bool] = (groups != np.arange(len(texts))).tolist()
    return flags


def main(peer_python: str, rows: int) -> None:
    """Prints a line for each way."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.benchmarks.filters_near_duplicates import column, drawn, similar

    words, parent = drawn(rows)
    texts = column(words).to_pylist()
    made = [row for row in range(rows) if parent[row] != row]
    true = {row for row in made if similar(texts[row], texts[parent[row]])}
    ours(texts)  # compiles, or loads what was compiled
    results: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        file.write_text(json.dumps(texts))
        for turn in range(TURNS):
            for name in (name for name, (_, _, turns) in PEERS.items() if turn < turns):
                own, other = measured(ours, texts, RUNS), peer(peer_python, name, file)
                results.setdefault("instructory", []).append(own)
                results.setdefault(name, []).append({**other, "times": other["wall"] / own["wall"]})
    for name, turns in results.items():
        found = set(turns[0]["found"])
        times = sorted(turn.get("times", 1.0) for turn in turns)
        print(
            f"{name:20} {statistics.median(turn['wall'] for turn in turns):7.3f} s wall, "
            f"{statistics.median(turn['cpu'] for turn in turns):7.3f} s processor, {statistics.median(times):6.1f} x ours "
            f"({times[0]:.1f} to {times[-1]:.1f}), recall {len(true & found) / len(true):.4f} of {len(true):,}, "
            f"other rows flagged {len(found - set(made)):,}"
        )


def peer(python: str, name: str, file: Path) -> dict[str, Any]:
    """`measured` of a peer, in a process of its own environment."""
    ran = subprocess.run([python, __file__, "--peer", name, str(file)], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{name} failed: {ran.stderr.strip().splitlines()[-1]}")
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        function, runs, _ = PEERS[sys.argv[2]]
        print(json.dumps(measured(function, json.loads(Path(sys.argv[3]).read_text()), runs)))
    elif len(sys.argv) < 2:
        sys.exit(__doc__)
    else:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 40_000)
