"""How demanding the rows are."""

from tasks.release.lookup import number, part
from tasks.release.report.blocks import Block, Charts, KeyFigure, KeyFigures, Section
from tasks.release.report.formatting import measure, share
from tasks.release.report.histograms import drawn
from tasks.release.report_data import ReportData

FIGURES = {
    "words_per_sentence": "words in a sentence of an instruction",
    "verbs": "different verbs",
    "effective_verbs": "verbs, if all were as frequent",
    "constraints_per_row": "verifiable constraints a row",
}
DRAWN = {"depth": "Depth of the instructions' syntax", "reasoning_steps": "Steps of reasoning in the responses"}


def section(data: ReportData) -> Section | None:
    """Sentences, verbs, depth of syntax, steps of reasoning."""
    facts = part(data.audit, "complexity")
    items = [
        KeyFigure(measure(value), label)
        for name, label in FIGURES.items()
        if (value := number(facts, name)) is not None
    ]
    drawings = drawn(facts, DRAWN)
    if not items and not drawings:
        return None
    levels = [
        f"{share(value)} {name}"
        for name in ("easy", "medium", "hard")
        if (value := number(facts, "difficulty", name)) is not None
    ]
    lead = f"By the methods' own labels the rows are {', '.join(levels)}." if levels else ""
    found: list[Block] = [KeyFigures(items)] if items else []
    found += [Charts(drawings)] if drawings else []
    return Section("complexity", "Complexity", lead, found)
