"""How demanding the rows are."""

from tasks.release.facts import Dossier
from tasks.release.report.blocks import Section
from tasks.release.report.measured import measured


def section(dossier: Dossier) -> Section | None:
    """What the audit measured of sentences, verbs, depth and reasoning."""
    facts = dossier.audit.get("complexity")
    return Section("complexity", "Complexity", "", measured("complexity", facts)) if facts else None
