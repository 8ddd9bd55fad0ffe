"""What is different from the release before."""

from tasks.release.facts import Dossier
from tasks.release.report.blocks import Section
from tasks.release.report.measured import measured


def section(dossier: Dossier) -> Section | None:
    """The audit's comparison with the previous version."""
    facts = dossier.audit.get("comparison")
    if dossier.previous is None:
        return Section("changes", "Changes", "This is the first release; there is nothing to compare it with.", ())
    if not facts:
        return None
    return Section("changes", f"Changes since version {dossier.previous}", "", measured("comparison", facts))
