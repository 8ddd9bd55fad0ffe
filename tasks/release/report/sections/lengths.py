"""How long instructions and responses are."""

import pyarrow.compute as pc

from tasks.release.lookup import part
from tasks.release.report import charts
from tasks.release.report.blocks import Block, Chart, Charts, Section
from tasks.release.report.counting import words
from tasks.release.report.formatting import count
from tasks.release.report.histograms import drawn
from tasks.release.report_data import ReportData

DRAWN = {"response_sentences": "Sentences in the response", "earlier_turns": "Turns before the instruction"}


def section(data: ReportData) -> Section | None:
    """Histograms of words in the instruction and in the response; of sentences and turns as the audit counted them."""
    if not data.rows.num_rows:
        return None
    asked, said = (words(data.rows.column(name)) for name in ("instruction", "response"))
    lead = (
        f"Half of the instructions have {count(pc.approximate_median(asked).as_py())} words or fewer, half of the responses "
        f"{count(pc.approximate_median(said).as_py())} or fewer; the longest response has {count(pc.max(said).as_py())}."
    )
    drawings = [
        Chart(
            charts.histogram(f"length-{name}", f"Length of the {name}", values.to_pylist(), f"words in the {name}"),
            caption,
        )
        for name, values, caption in (("instruction", asked, "Instructions"), ("response", said, "Responses"))
    ]
    counted = drawn(part(data.audit, "distributions"), DRAWN)
    found: list[Block] = [Charts([*drawings, *counted])]
    return Section("lengths", "Lengths", lead, found)
