"""How demanding the rows are."""

from tasks.release.formatting import as_text, share
from tasks.release.lookup import number, part
from tasks.release.report.blocks import Block, Charts, KeyFigures, Section
from tasks.release.report.fact_tables import key_figures
from tasks.release.report.histograms import histogram_charts
from tasks.release.report_data import ReportData

FIGURES = {
    "words_per_sentence": ("words in a sentence of an instruction", as_text),
    "verbs": ("different verbs", as_text),
    "effective_verbs": ("effective number of verbs", as_text),
    "constraints_per_row": ("verifiable constraints in a row", as_text),
}
COUNTED = {"depth": "Depth of the instructions' syntax", "reasoning_steps": "Steps of reasoning in the responses"}


def section(data: ReportData) -> Section | None:
    """Sentences, verbs, depth of syntax, steps of reasoning."""
    facts = part(data.audit, "complexity")
    items, drawings = key_figures(facts, FIGURES), histogram_charts(facts, COUNTED)
    if not items and not drawings:
        return None
    levels = [
        f"{share(value)} {name}"
        for name in ("easy", "medium", "hard")
        if (value := number(facts, "difficulty", name)) is not None
    ]
    lead = f"The methods that made the rows label them {', '.join(levels)}." if levels else ""
    found: list[Block] = [KeyFigures(items)] if items else []
    return Section("complexity", "Complexity", lead, [*found, Charts(drawings)] if drawings else found)
