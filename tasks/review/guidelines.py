"""Guidelines: what good rows are like, in one Markdown file for people and for judges.

A guideline is a rubric (`tasks.verification.judges.rubric` has its form): reviewers are shown its text and its criteria, and a
judge whose `rubric` is the same file asks a model by it. Each decision names the sha256 of the file, so that after a change the
rows that were judged by an older one can be found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tasks.core.params import sha256_file
from tasks.verification.judges import rubric
from tasks.verification.judges.rubric import Rubric

DEFAULT: Final = "curation"


@dataclass(frozen=True)
class Guideline:
    """A guideline as reviewers are shown it."""

    name: str
    """As a recipe names it."""
    sha256: str
    """What decisions made under it name."""
    text: str
    """The whole file, Markdown."""
    rubric: Rubric
    """Its title, its spirit, and the criteria with their levels."""


def load(path: Path) -> Guideline:
    """The guideline in a file, or a packaged one by name. BadInput names the file, the line and what is wrong there."""
    found = rubric.locate(path)
    read = rubric.load(found)
    return Guideline(rubric.name_of(found), sha256_file(found), found.read_text("utf-8"), read)


def of(recipe: Mapping[str, Any]) -> Guideline:
    """The guideline of a recipe, as a release or a draft holds it; the packaged one where it names none. BadInput if the file is no
    longer there."""
    named = (recipe.get("review") or {}).get("guideline")
    return load(Path(named or DEFAULT))
