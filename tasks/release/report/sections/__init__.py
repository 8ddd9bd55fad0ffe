"""The sections of the report, in order. Each is a function from the dossier to a Section, or None if there is nothing to
show; to add one, write a module like `recipe.py` and name it here."""

from collections.abc import Callable
from typing import Final

from tasks.release.facts import Dossier
from tasks.release.report.blocks import Section
from tasks.release.report.sections import (
    against,
    cleaning,
    comparison,
    complexity,
    cost,
    coverage,
    funnel,
    gates,
    grounding,
    imports,
    lengths,
    provenance,
    qualities,
    reading,
    recipe,
    rest,
    safety,
    sieves,
    slices,
    verbs,
)

SECTIONS: Final[tuple[Callable[[Dossier], Section | None], ...]] = (
    comparison.section,
    funnel.section,
    qualities.section,
    gates.section,
    imports.section,
    cleaning.section,
    sieves.section,
    coverage.section,
    lengths.section,
    verbs.section,
    complexity.section,
    against.section,
    slices.section,
    safety.section,
    grounding.section,
    provenance.section,
    cost.section,
    reading.section,
    reading.rejects,
    rest.section,
    recipe.section,
)
