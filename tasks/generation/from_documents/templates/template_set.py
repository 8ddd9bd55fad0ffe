"""Template sets: YAML files whose templates ask about anchors. `docs/adding-a-template-set.md` describes the keys."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tasks.core import yaml_text
from tasks.core.errors import BadInput
from tasks.core.params import canonical_json
from tasks.generation.from_documents.templates import fill
from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.lint import lint

FOLDER: Final = Path(__file__).parent / "sets"
"""The sets that come with the product; a recipe names them without folder and ending."""


@dataclass(frozen=True)
class Template:
    """One question in several phrasings, about one kind of anchor."""

    id: str
    anchor: str
    expects: str
    category: str
    difficulty: str
    slots: Mapping[str, str]
    """Slot name → type."""
    text: tuple[str, ...]
    prompt: str
    """Where it stands, as it is kept on rows: file#id@hash of its content."""


@dataclass(frozen=True)
class TemplateSet:
    """The templates of one file."""

    finder: str
    given: Mapping[str, str]
    templates: tuple[Template, ...]


def locate(name: str | Path) -> Path:
    """The file of a set: a packaged name such as "reference", or a path."""
    packaged = FOLDER / f"{name}.yaml"
    return packaged if "/" not in str(name) and packaged.is_file() else Path(name)


def load(path: Path) -> TemplateSet:
    """The set in the file at `path`. Raises BadInput with the file, line and message of its first mistake."""
    problems = lint(path)
    if problems:
        more = f" (and {len(problems) - 1} more: instructory lint {path})" if len(problems) > 1 else ""
        raise BadInput(f"{problems[0]}{more}")
    data: dict[str, Any] = yaml_text.load(path.read_text(encoding="utf-8"), str(path))
    return TemplateSet(
        data["finder"],
        {str(name): str(value) for name, value in (data.get("given") or {}).items()},
        tuple(_template(item, f"templates/{path.name}") for item in data["templates"]),
    )


def _template(item: dict[str, Any], where: str) -> Template:
    texts = (item["text"],) if isinstance(item["text"], str) else tuple(item["text"])
    digest = hashlib.sha256(canonical_json(item).encode()).hexdigest()[:12]
    return Template(
        item["id"],
        item["anchor"],
        item["expects"],
        item["category"],
        item["difficulty"],
        item.get("slots") or {},
        texts,
        f"{where}#{item['id']}@{digest}",
    )


def ask(
    anchor: Anchor, templates: Sequence[Template], given: Mapping[str, str], draw: int
) -> tuple[Template, str] | None:
    """A template that asks for this kind of anchor and its instruction, phrasing number `draw` of all that can be filled
    (counted round); None if none can. What a slot says already ("a Python program") no phrasing says again ("in Python")."""
    slots = {**given, **dict(anchor.slots)}
    if "about" in slots:
        slots |= dict.fromkeys(given, "")  # one circumstance is said beside a question, not two
    said = {name for name, value in given.items() if any(value in told for _, told in anchor.slots)}
    choices = [
        (template, text)
        for template in templates
        if template.anchor == anchor.kind
        and all(slots.get(name) and fill.fits(kind, slots[name]) for name, kind in template.slots.items())
        for text in template.text
        if not said & (places := {place[1] for place in fill.PLACE.finditer(text)})
        and all(slots.get(place) for place in places)
    ]
    if not choices:
        return None
    template, text = choices[draw % len(choices)]
    return template, fill.fill(text, slots)
