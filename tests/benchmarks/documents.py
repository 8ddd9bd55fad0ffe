"""Pages a second of PDFs: one in two columns made here, and the PDF files that the command names."""

import importlib.util
import sys
import time
from pathlib import Path

from tasks.documents.readers.office import pdf
from tasks.documents.readers.office.pieces import assembled

MAKING = Path(__file__).parents[1] / "documents" / "readers" / "making.py"


def main(paths: list[str]) -> None:
    """Processor time of this process, the best of three readings."""
    spec = importlib.util.spec_from_file_location("making", MAKING)
    assert spec is not None
    assert spec.loader is not None
    making = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(making)
    files = {"two columns, made here": making.report(120)} | {path: Path(path).read_bytes() for path in paths}
    for name, raw in files.items():
        seconds = []
        for _ in range(3):
            began = time.process_time()
            read = pdf.read(raw, lambda _: None)
            words = len(assembled(read.pieces).text.split())
            seconds.append(time.process_time() - began)
        best = min(seconds)
        print(
            f"{name}: {read.pages} pages, {words // read.pages} words a page, {best:.2f} s, {read.pages / best:.0f} pages/s"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
