"""Whatever else the stages and the audit measured."""

from tasks.release.formatting import in_words
from tasks.release.report.blocks import Fold, Section
from tasks.release.report.fact_tables import fact_tables
from tasks.release.report.sections.verification import PREFIX
from tasks.release.report_data import ReportData

AUDIT_ABOVE = frozenset(
    "rows sample qualities distributions verb_object complexity slices safety grounding contamination provenance licences "  # noqa: SIM905
    "generations comparison diversity collapse trends".split()
)
STAGES_ABOVE = {"clusters", "audit", "tokens"}
FACTS_ABOVE = {"cleaning", "files", "filters", "plan", "notes", "people", "review", "rounds", "warnings"}
"""What other sections show."""


def section(data: ReportData) -> Section | None:
    """Facts that no section above shows, as tables."""
    rest = {
        name: value for name, value in data.audit.items() if name not in AUDIT_ABOVE and value not in (None, {}, [], "")
    }
    folds = [Fold(in_words(name), fact_tables(name, value)) for name, value in rest.items()]
    for stage in data.stages:
        facts = {name: value for name, value in stage.facts.items() if name not in FACTS_ABOVE}
        above = stage.stage in STAGES_ABOVE or (stage.stage.startswith(PREFIX) and "verifier" in stage.facts)
        if facts and not above:
            folds.append(Fold(f"Stage {stage.stage}", fact_tables(stage.stage, facts)))
    lead = "Everything else that the stages recorded about their own work."
    return Section("measured", "Further figures", lead, folds) if folds else None
