"""The sections of the report, in order. Each is a function from the data to a Section, or None if there is nothing to
show; to add one, write a module like `recipe.py` and name it here."""

from collections.abc import Callable
from typing import Final

from tasks.release.report.blocks import Section
from tasks.release.report.sections import (
    ablation,
    changes,
    cleaning,
    complexity,
    cost,
    coverage,
    filters,
    funnel,
    gates,
    grounding,
    imports,
    lengths,
    other_facts,
    other_releases,
    people,
    provenance,
    qualities,
    recipe,
    reviews,
    rounds,
    safety,
    sample_rows,
    slices,
    sources,
    verb_objects,
    verification,
    writing,
)
from tasks.release.report_data import ReportData

SECTIONS: Final[tuple[Callable[[ReportData], Section | None], ...]] = (
    changes.section,
    funnel.section,
    ablation.section,
    qualities.section,
    gates.section,
    imports.section,
    sources.section,
    rounds.section,
    reviews.section,
    people.section,
    cleaning.section,
    filters.section,
    verification.section,
    coverage.section,
    lengths.section,
    verb_objects.section,
    complexity.section,
    other_releases.section,
    slices.section,
    writing.section,
    writing.collapse,
    safety.section,
    grounding.section,
    provenance.section,
    cost.section,
    sample_rows.section,
    sample_rows.rejects,
    other_facts.section,
    recipe.section,
)
