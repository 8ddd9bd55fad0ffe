"""How long instructions and responses are."""

import numpy as np

from tasks.release.formatting import count
from tasks.release.lookup import part
from tasks.release.report import charts
from tasks.release.report.blocks import Chart, Charts, Section
from tasks.release.report.counting import word_counts
from tasks.release.report.histograms import histogram_charts
from tasks.release.report_data import ReportData

COUNTED = {"response_sentences": "Sentences in the response", "earlier_turns": "Turns before the instruction"}


def section(data: ReportData) -> Section | None:
    """Histograms of words in the instruction and in the response; of sentences and turns as the audit counted them."""
    if not data.rows.num_rows:
        return None
    words = {name: word_counts(data.rows.column(name)) for name in ("instruction", "response")}
    lead = (
        f"Half of the instructions have {count(np.median(words['instruction']))} words or fewer, half of the responses "
        f"{count(np.median(words['response']))} or fewer; the longest response has {count(words['response'].max())}."
    )
    drawings = [
        Chart(
            charts.histogram(f"length-{name}", f"Length of the {name}", values.tolist(), f"words in the {name}"),
            f"{name.capitalize()}s",
        )
        for name, values in words.items()
    ]
    counted = histogram_charts(part(data.audit, "distributions"), COUNTED)
    return Section("lengths", "Lengths", lead, [Charts([*drawings, *counted])])
