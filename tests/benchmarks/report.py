"""A release of a million rows as a report: seconds, peak memory, size of the page.

python -m tests.benchmarks.report [ROWS]
"""

import resource
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.release.embedding_map import landscape
from tasks.release.report import render
from tests.release import sample


def main(number: int) -> None:
    """Time the map and the page of `number` rows: the sample's rows, each with an id of its own."""
    base = sample.rows(1204)
    rows = base.take(pa.array(np.arange(number) % base.num_rows))
    ids = pc.binary_join_element_wise(rows.column("example_id"), pc.cast(pa.array(np.arange(number)), pa.string()), "-")
    rows = rows.set_column(rows.column_names.index("example_id"), "example_id", ids)
    sizes = pa.array(np.full(number, max(1, number // 40), np.int32))
    rows = rows.set_column(rows.column_names.index("cluster_size"), "cluster_size", sizes)
    began, cpu = time.perf_counter(), time.process_time()
    places = landscape(rows)
    mapped = time.perf_counter() - began
    page = render(sample.report_data(rows=rows, places=places))
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{number:,} rows: {seconds:.1f} s ({spent:.1f} s of processor time), of it the map {mapped:.1f} s")
    print(f"{len(page.encode()) / 1e6:.2f} MB of page, {peak:,.0f} MB of memory at most, rows included")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
