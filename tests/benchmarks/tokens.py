"""The token report of 100,000 rows by the packaged model: `python -m tests.benchmarks.tokens`. The goal is 20 s on two cores."""

from time import perf_counter, process_time

import pyarrow as pa

from tasks.tokens.report import report
from tasks.tokens.target import packaged
from tests.release import sample


def main() -> None:
    """Print seconds and tokens."""
    rows = pa.concat_tables([sample.rows(2000)] * 50)
    target = packaged()
    began, worked = perf_counter(), process_time()
    found = report(rows, target, 2048)
    seconds, processor = perf_counter() - began, process_time() - worked
    print(
        f"{rows.num_rows:,} rows, {found['tokens']['sum']:,} tokens: {seconds:.1f} s, {processor:.1f} s of processors"
    )


if __name__ == "__main__":
    main()
