"""The template linter: every mistake of a template set with the file and the line it stands on."""

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from tasks.core import yaml_text
from tasks.generation.from_documents.templates import fill, finders

CATEGORIES: Final = (
    "explanation", "definition", "comparison", "extraction", "code", "summary", "interpretation", "dialogue", "writing"
)  # fmt: skip
"""Kinds of task an instruction can set."""
DIFFICULTIES: Final = ("easy", "medium", "hard")
SET_KEYS: Final = ("finder", "given", "templates")
TEMPLATE_KEYS: Final = ("id", "anchor", "expects", "category", "difficulty", "slots", "text")


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake. `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def lint(path: Path) -> list[Problem]:
    """Every mistake in the template set at `path`, in the order of its lines; empty if there is none."""
    try:
        root = yaml_text.compose(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        return [Problem(str(path), 1, f"cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        return [Problem(str(path), 1, f"is not UTF-8 (byte {error.start}); save it as UTF-8")]
    except yaml_text.NotPlain as error:
        return [Problem(str(path), error.line, error.message)]
    return sorted({Problem(str(path), line, message) for line, message in _set(root)})


_Found = Iterator[tuple[int, str]]


def _set(root: yaml.Node | None) -> _Found:
    if not isinstance(root, yaml.MappingNode):
        yield 1, f"must be a mapping with the keys {', '.join(SET_KEYS)}"
        return
    entries = _entries(root)
    yield from _keys(root, SET_KEYS, required=("finder", "templates"))
    kinds: dict[str, tuple[str, ...]] = {}
    if "finder" in entries:
        yield from _one_of(entries["finder"], finders.KINDS, "finder")
        kinds = finders.KINDS.get(str(entries["finder"].value), {})
    given = entries.get("given")
    constants = {str(k.value) for k, _ in given.value} if isinstance(given, yaml.MappingNode) else set()
    templates = entries.get("templates")
    if templates is None:
        return
    if not isinstance(templates, yaml.SequenceNode) or not templates.value:
        yield yaml_text.line_of(templates), "templates must be a list with at least one template"
        return
    seen: dict[str, int] = {}
    for node in templates.value:
        yield from _template(node, kinds, constants, seen)


def _template(node: yaml.Node, kinds: dict[str, tuple[str, ...]], constants: set[str], seen: dict[str, int]) -> _Found:
    if not isinstance(node, yaml.MappingNode):
        yield yaml_text.line_of(node), f"a template must be a mapping with the keys {', '.join(TEMPLATE_KEYS)}"
        return
    yield from _keys(node, TEMPLATE_KEYS, required=tuple(key for key in TEMPLATE_KEYS if key != "slots"))
    entries = _entries(node)
    for key, allowed in (("category", CATEGORIES), ("difficulty", DIFFICULTIES), ("anchor", kinds)):
        if key in entries and (allowed or key != "anchor"):
            yield from _one_of(entries[key], allowed, key)
    for key in ("id", "expects"):
        if key in entries and not _text(entries[key]):
            yield yaml_text.line_of(entries[key]), f"{key} must be a short text"
    if "id" in entries:
        name = str(entries["id"].value)
        if name in seen:
            yield yaml_text.line_of(entries["id"]), f"id {name!r} is used on line {seen[name]} already"
        seen.setdefault(name, yaml_text.line_of(entries["id"]))
    anchor = str(entries["anchor"].value) if "anchor" in entries else ""
    yield from _slots(entries, kinds.get(anchor), constants, anchor)


def _slots(entries: dict[str, yaml.Node], offered: Collection[str] | None, constants: set[str], anchor: str) -> _Found:
    declared: dict[str, int] = {}
    slots = entries.get("slots")
    if isinstance(slots, yaml.MappingNode):
        for key, value in slots.value:
            declared[str(key.value)] = yaml_text.line_of(key)
            yield from _one_of(value, fill.TYPES, f"type of slot {key.value!r}")
            if offered is not None and key.value not in offered:
                yield yaml_text.line_of(key), _unknown(f"slot of anchor {anchor!r}", str(key.value), offered)
    elif slots is not None:
        yield yaml_text.line_of(slots), "slots must be a mapping of slot names to types"
    used: set[str] = set()
    for text in _texts(entries.get("text")):
        if not _text(text):
            yield yaml_text.line_of(text), "text must be one phrasing or a list of phrasings"
            continue
        yield from _phrasing(text, {*declared, *constants}, used)
    for name, line in declared.items():
        if name not in used:
            yield line, f"slot {name!r} is declared and never used"


def _phrasing(text: yaml.Node, known: set[str], used: set[str]) -> _Found:
    for place in fill.PLACE.finditer(str(text.value)):
        used.add(place[1])
        if place[1] not in known:
            yield yaml_text.line_of(text), _unknown("slot", place[1], known)
        if place[2] and place[2] not in fill.FILTERS:
            yield yaml_text.line_of(text), _unknown("filter", place[2], fill.FILTERS)
    if any(bracket in fill.PLACE.sub("", str(text.value)) for bracket in "{}"):
        yield yaml_text.line_of(text), "a brace that is no slot: write {slot} or {slot|filter} with small letters"


def _keys(node: yaml.MappingNode, allowed: tuple[str, ...], required: tuple[str, ...]) -> _Found:
    for key, _ in node.value:
        if key.value not in allowed:
            yield yaml_text.line_of(key), _unknown("key", str(key.value), allowed)
    for name in required:
        if name not in _entries(node):
            yield yaml_text.line_of(node), f"key {name!r} is missing"


def _one_of(node: yaml.Node, allowed: Collection[str], what: str) -> _Found:
    if not _text(node) or node.value not in allowed:
        yield yaml_text.line_of(node), _unknown(what, str(node.value) if _text(node) else "that", allowed)


def _unknown(what: str, name: str, allowed: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(allowed) or 'none'}"
    return f"unknown {what} {name!r}; {hint}"


def _entries(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    return {str(key.value): value for key, value in node.value}


def _texts(node: yaml.Node | None) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value) or [node]
    return [] if node is None else [node]


def _text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str" and bool(str(node.value).strip())
