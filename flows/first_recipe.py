"""A first recipe for what somebody has: documents, rows, seed tasks or nothing yet."""

import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from flows.recipe import Recipe
from tasks.core import yaml_text
from tasks.core.errors import BadInput
from tasks.documents.inventory.files import MEDIA_TYPES
from tasks.teachers.vendors import KEYS

Material = Literal["documents", "rows", "seed-tasks", "nothing"]
Provider = Literal["openai", "anthropic", "local", "none"]
MATERIALS: Final[tuple[Material, ...]] = get_args(Material)
PROVIDERS: Final[tuple[Provider, ...]] = get_args(Provider)

TEMPLATE: Final = Path(__file__).with_suffix(".yaml.j2")
RECORDS: Final = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
"""Files of rows, or of documents as records: what they are is asked."""
MOST_FILES: Final = 10_000
"""Files of a folder that are looked at to see what is in it."""
SPARE: Final = 1.5
"""Rows made for each one wanted, and topics likewise, since filters refuse some."""
PER_TOPIC: Final = 15
"""Instructions on one topic: five in each of three passes, the method's defaults."""


@dataclass(frozen=True)
class FirstAnswers:
    """What the questions were answered with."""

    material: Material
    path: str
    """A file, folder or glob of that material, from where the command was given; empty where there is none."""
    teacher: Provider
    rows: int
    dataset: str


def found_in(folder: Path) -> tuple[Material, str]:
    """What a folder holds most of, and a glob for it: documents before rows, since rows are what there is fewer of."""
    suffixes = Counter[str]()
    for _, path in zip(range(MOST_FILES), folder.rglob("*"), strict=False):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            suffixes[path.suffix.lower()] += 1
    kinds: list[tuple[Material, list[str]]] = [
        ("documents", [suffix for suffix in MEDIA_TYPES if suffix not in RECORDS]),
        ("rows", list(RECORDS)),
    ]
    for material, known in kinds:
        if here := [(count, suffix) for suffix, count in suffixes.items() if suffix in known]:
            return material, str(folder / "**" / f"*{max(here)[1]}")
    return "nothing", ""


def named_after(folder: Path) -> str:
    """A dataset's name made from a folder's."""
    return re.sub(r"[^a-z0-9_-]+", "-", folder.absolute().name.lower()).strip("-_")[:64] or "dataset"


def default_teacher() -> Provider:
    """The vendor whose key is in the environment; none without one."""
    return next((name for name in PROVIDERS if os.environ.get(KEYS.get(name, ""))), "none")


def first_recipe(wanted: FirstAnswers, out: Path) -> str:
    """The text of a recipe that stands at `out`, checked as a build would check it. BadInput for what it cannot be."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # noqa: S701  (YAML, not HTML)
        loader=FileSystemLoader(TEMPLATE.parent), trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters["plain"] = plain
    path = os.path.relpath(wanted.path, out.parent) if wanted.path else ""
    text = environment.get_template(TEMPLATE.name).render(
        dataset=wanted.dataset,
        material=wanted.material,
        path=path,
        teacher=wanted.teacher,
        key=KEYS.get(wanted.teacher, ""),
        rows=wanted.rows,
        made=round(wanted.rows * SPARE),
        topics=max(4, round(wanted.rows * SPARE / PER_TOPIC)),
    )
    return text.rstrip() + "\n"


def write(wanted: FirstAnswers, out: Path) -> Recipe:
    """Write the recipe to `out`, where nothing may be yet, and return it as a build reads it."""
    from flows import recipe_checks, recipe_file

    if wanted.material in ("documents", "rows", "seed-tasks") and not wanted.path:
        raise BadInput(f"{wanted.material}: say where they are, with --{OPTIONS[wanted.material]} PATH")
    if wanted.material == "seed-tasks" and wanted.teacher == "none":
        raise BadInput("seed tasks grow by asking a model: name it with --teacher openai, anthropic or local")
    if not out.parent.is_dir():
        raise BadInput(f"{out.parent}: no such folder")
    text = first_recipe(wanted, out)
    recipe = recipe_file.checked(yaml_text.load(text, str(out)), out)
    recipe_checks.check_input(recipe, str(out))
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadInput(f"{out} is there already, and is left as it is; name another file with --out") from None
    return recipe


OPTIONS: Final = {"documents": "documents", "rows": "datasets", "seed-tasks": "seed-tasks"}
"""The option of `instructory init` that says where each kind of material is."""


def plain(text: str) -> str:
    """A text as YAML reads it back: bare where that is safe, else in double quotes."""
    bare = re.fullmatch(r"[A-Za-z./][\w./ -]*(?<! )", text) and text.lower() not in (
        "true",
        "false",
        "null",
        "yes",
        "no",
        "on",
        "off",
    )
    return text if bare else json.dumps(text, ensure_ascii=False)
