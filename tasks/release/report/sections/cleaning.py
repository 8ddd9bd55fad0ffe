"""What was repaired before anything was judged."""

from collections import Counter

from tasks.release.lookup import counts, number
from tasks.release.report.blocks import Cell, Grid, Line, Section
from tasks.release.report.formatting import count, plural, share, title
from tasks.release.report_data import ReportData

MENDS = {
    "invisible": "control characters and direction marks that nobody sees",
    "mojibake": "letters broken by a wrong encoding, such as Ã¶ for ö",
    "chat_tokens": "marks of chat templates and turns that nobody asked for",
    "markup": "HTML, turned into Markdown",
    "markdown": "emphasis of nothing, needless escapes",
    "numbers": "numbers taken apart or written in strange digits",
    "whitespace": "white space at the ends and empty lines in a row",
    "unicode": "letters in more than one Unicode form",
    "filler_opening": "“Sure! Here is the answer:”",
    "filler_closing": "“I hope this helps!”",
    "boilerplate": "a paragraph that many responses begin or end with",
}


def section(data: ReportData) -> Section | None:
    """Texts with each fault before cleaning, and how many of the repaired ones were released."""
    stage = next((stage for stage in data.stages if number(stage.facts, "cleaning", "rows") is not None), None)
    if stage is None:
        return None
    rows, texts = (int(number(stage.facts, "cleaning", name) or 0) for name in ("rows", "texts"))
    if not rows:
        return Section("cleaning", "Cleaning", f"Nothing had to be repaired in {plural(stage.rows_in, 'row')}.")
    released = Counter(
        change.partition(":")[0] for changes in data.rows.column("changes").to_pylist() for change in changes or ()
    )
    found = sorted(counts(stage.facts, "cleaning", "rules"), key=lambda item: (-item[1], item[0]))
    most = max((times for _, times in found), default=1)
    lines: list[Line] = [
        [title(rule), Cell(count(times), share=times / most), count(released[rule]), MENDS.get(rule, "")]
        for rule, times in found
    ]
    lead = f"{plural(texts, 'text')} in {plural(rows, 'row')} ({share(rows, stage.rows_in)}) were repaired; no other was touched."
    columns = ("Rule", "Texts repaired", "Released", "What it mends")
    return Section("cleaning", "Cleaning", lead, [Grid("Repairs by rule", columns, lines, numbers=(2,))])
