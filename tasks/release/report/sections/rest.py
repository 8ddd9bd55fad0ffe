"""Whatever else the stages and the audit measured."""

from tasks.release.facts import Dossier
from tasks.release.report.blocks import Fold, Section
from tasks.release.report.measured import measured
from tasks.release.report.words import title

SHOWN_ABOVE = {
    *("qualities", "diversity", "verb_object", "verb_objects", "verb_object_pairs", "complexity", "safety"),
    *("grounding", "provenance", "comparison"),
}
STAGES_ABOVE = {"clusters", "audit"}


def section(dossier: Dossier) -> Section | None:
    """Facts that no section above shows, as tables."""
    rest = {
        name: value
        for name, value in dossier.audit.items()
        if name not in SHOWN_ABOVE and value not in (None, {}, [], "")
    }
    folds = [Fold(title(str(name)), measured(str(name), value)) for name, value in rest.items()]
    folds += [
        Fold(f"Stage: {stage.stage}", measured(stage.stage, stage.facts))
        for stage in dossier.stages
        if stage.facts and stage.stage not in STAGES_ABOVE
    ]
    return Section("measured", "Further measurements", "", folds) if folds else None
