"""Whatever else the stages and the audit measured."""

from tasks.release.report.blocks import Fold, Section
from tasks.release.report.fact_tables import fact_tables
from tasks.release.report.formatting import title
from tasks.release.report_data import ReportData

AUDIT_ABOVE = {
    *(
        "rows",
        "sample",
        "qualities",
        "distributions",
        "verb_object",
        "complexity",
        "slices",
        "safety",
        "grounding",
        "contamination",
    ),
    *("provenance", "licences", "generations", "comparison", "diversity"),
}
STAGES_ABOVE = {"clusters", "audit"}
FACTS_ABOVE = {"cleaning", "files", "filters", "plan", "notes", "warnings"}


def section(data: ReportData) -> Section | None:
    """Facts that no section above shows, as tables."""
    rest = {
        name: value for name, value in data.audit.items() if name not in AUDIT_ABOVE and value not in (None, {}, [], "")
    }
    folds = [Fold(title(str(name)), fact_tables(str(name), value)) for name, value in rest.items()]
    for stage in data.stages:
        facts = {name: value for name, value in stage.facts.items() if name not in FACTS_ABOVE}
        if facts and stage.stage not in STAGES_ABOVE:
            folds.append(Fold(f"Stage {stage.stage}", fact_tables(stage.stage, facts)))
    lead = "What the stages noted of their own work, as they noted it."
    return Section("measured", "Further measurements", lead, folds) if folds else None
