"""What was repaired before anything was judged."""

from collections import Counter

from tasks.release.formatting import count, in_words, plural, share
from tasks.release.lookup import counts, number
from tasks.release.report.blocks import Cell, Grid, Line, Section
from tasks.release.report_data import ReportData

REPAIRS = {
    "invisible": "removes control characters and direction marks that cannot be seen",
    "mojibake": "mends letters broken by a wrong encoding, such as Ã¶ for ö",
    "chat_tokens": "removes marks of chat templates and further turns at the end",
    "markup": "turns HTML into Markdown",
    "markdown": "removes needless escapes",
    "numbers": "writes numbers without gaps and in ordinary digits",
    "whitespace": "removes white space at the ends and repeated empty lines",
    "unicode": "writes letters in one Unicode form",
    "filler_announcement": "removes openings such as “Sure! Here is the answer:”",
    "filler_opening": "removes openings such as “Certainly!”",
    "filler_closing": "removes closings such as “I hope this helps!”",
    "boilerplate": "removes a paragraph that many responses begin or end with",
}


def section(data: ReportData) -> Section | None:
    """Texts with each fault before cleaning, and how many of the repaired ones were released."""
    stage = next((stage for stage in data.stages if number(stage.facts, "cleaning", "rows") is not None), None)
    if stage is None:
        return None
    rows, texts = (int(number(stage.facts, "cleaning", name) or 0) for name in ("rows", "texts"))
    if not rows:
        return Section("cleaning", "Cleaning", f"None of {plural(stage.rows_in, 'row')} needed a repair.")
    released = Counter(
        change.partition(":")[0] for changes in data.rows.column("changes").to_pylist() for change in changes or ()
    )
    found = sorted(counts(stage.facts, "cleaning", "rules"), key=lambda item: (-item[1], item[0]))
    most = max((times for _, times in found), default=1)
    lines: list[Line] = [
        [in_words(rule), Cell(count(times), share=times / most), count(released[rule]), REPAIRS.get(rule, "")]
        for rule, times in found
    ]
    lead = f"{plural(texts, 'text')} in {plural(rows, 'row')} ({share(rows, stage.rows_in)}) were repaired; no other was touched."
    columns = ("Rule", "Texts repaired", "Released", "What it does")
    return Section("cleaning", "Cleaning", lead, [Grid("Repairs by rule", columns, lines, numbers=(2,))])
