"""Every benchmark, one after the other, on a machine that does nothing else: `make bench`, or `make bench ONLY=contamination`.

Peers are installed in an environment of their own (.venv-peers), once. What needs the folder of shared test data is left out, and
said, where that is missing. Figures go to stdout; docs/benchmarks.md keeps those of one run.
"""

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DATA = Path(os.environ.get("INSTRUCTORY_TEST_DATA", ROOT.parent / "shared" / "data"))
PEERS = ROOT / ".venv-peers"

COMMANDS: dict[str, list[str]] = {
    "filters_near_duplicates": [],
    "duplicates_peers": [str(PEERS / "bin" / "python")],
    "contamination": [str(DATA)],
    "filters_throughput": [],
    "documents": [],
    "pii": [],
    "pacing": [],
    "methods": [],
    "novelty_pool": [],
    "journal": [],
    "report": [],
    "tokens": [],
    "review": [],
    "formats": [],
    "orchestration": [],
    "runners": ["--rows", "150000"],
    "curate": ["1000000"],
}
NEED_DATA = {"contamination", "pii", "curate"}


def main(wanted: list[str]) -> int:
    """Runs what is wanted, or all; the number of those that failed."""
    failed = 0
    for name in wanted or COMMANDS:
        print(f"\n## {name}", flush=True)
        if name in NEED_DATA and not DATA.is_dir():
            print("left out: no shared test data here; name its folder with INSTRUCTORY_TEST_DATA")
            continue
        if name == "duplicates_peers":
            install_peers()
        began = perf_counter()
        code = subprocess.run(
            [sys.executable, "-m", f"tests.benchmarks.{name}", *COMMANDS[name]], cwd=ROOT, check=False
        ).returncode
        failed += code != 0
        print(f"({perf_counter() - began:.0f} s, exit {code})", flush=True)
    return failed


def install_peers() -> None:
    """The tools we are measured beside, in an environment that shares nothing with ours."""
    if not PEERS.is_dir():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
        subprocess.run([PEERS / "bin" / "pip", "install", "--quiet", "rensa", "datasketch"], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
