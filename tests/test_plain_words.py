"""The source speaks in the field's own terms: old private words stay out, a class name means one thing, docstrings say something.

The lists of files that still break a rule only shrink: a file that has become clean must leave its list.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.sources import FILES, HOUSE, nodes, where

PAGES = [HOUSE / "README.md", HOUSE / "CONTRIBUTING.md", *sorted((HOUSE / "docs").glob("*.md"))]

OLD_NAMES = {
    "crew": "runner",
    "hired": "runner",
    "ward": "supervise",
    "board": "Artifacts",
    "mishap": "errors",
    "mishaps": "errors",
    "place": "backend, location or index, as it is",
    "places": "backends, locations or indices, as it is",
    "pile": "sorted_rows",
    "piles": "sorted_rows",
    "dossier": "report_data",
    "sieve": "filters",
    "sieves": "filters",
    "told": "message, notify, log or description, as it is",
    "tell": "message, notify, log or description, as it is",
    "settled": "resolved",
    "sift": "filters",
}
"""Words that no name of a module, class, function, parameter or variable may hold, and what to say in their stead."""

ORDINARY = {"place", "places", "tell", "board"}
"""Of these, the ones that prose may use: `in place of`, `tell two apart`, `on board`."""

OLD_STAGES = {
    "sift": "filters",
    "develop": "evolve",
    "balance": "mix",
    "measure": "audit",
    "find": "imports",
    "read": "imports",
}
"""Verbs by which stages used to be called; elsewhere they are ordinary English."""

NAMES_TO_MEND: set[str] = {
    "tasks/answers/stage.py",
    "tasks/generation/from_documents/reverse_instruction.py",
    "tasks/generation/from_documents/templates/fill.py",
    "tasks/generation/from_documents/templates/lint.py",
    "tasks/generation/from_documents/templates/template_set.py",
}
"""Files whose names, or names in them, still hold an old word."""

PROSE_TO_MEND: set[str] = {}
"""Files whose docstrings, comments, messages or text still hold an old word."""

CLASSES_TO_MEND: set[str] = {}
"""Class names that still stand for two things."""

DOCSTRINGS_TO_MEND: set[str] = set()
"""Files with docstrings of one word."""

STAGES_TO_MEND: set[str] = {}
"""Files that call a stage by its old name."""


def parts(name: str) -> list[str]:
    """The words of an identifier: `FooBar_baz` → foo, bar, baz."""
    return re.findall(r"[a-z]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower())


def names(path: Path) -> Iterator[tuple[int, str]]:
    """Line and name of everything that the code of a module names itself."""
    for node in nodes(path):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield 1, node.asname


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of a page; of a module, its docstrings, comments and the messages of its errors."""
    source = path.read_text("utf-8")
    if path.suffix == ".md":
        yield from enumerate(source.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in nodes(path):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
        elif isinstance(node, ast.Raise):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.lineno, inner.value


def agree(found: dict[str, list[str]], known: set[str]) -> None:
    """Fail for what is found and not known, and for what is known and no longer found."""
    new = [line for name, lines in found.items() if name not in known for line in lines]
    assert not new, "\n".join(["write it in plain words:", *new])
    assert not known - found.keys(), f"these are clean now, take them off the list: {sorted(known - found.keys())}"


def old_names(path: Path) -> list[str]:
    stem = [(1, path.parent.name if path.stem == "__init__" else path.stem)]
    return [
        f"{where(path)}:{line}: {name} ({old} → {OLD_NAMES[old]})"
        for line, name in [*stem, *names(path)]
        for old in parts(name)
        if old in OLD_NAMES
    ]


def old_words(path: Path) -> list[str]:
    words = re.compile(rf"\b({'|'.join(sorted(OLD_NAMES.keys() - ORDINARY))})\b", re.IGNORECASE)
    return [
        f"{where(path)}:{line}: {word[0]} ({OLD_NAMES[word[0].lower()]})"
        for line, text in prose(path)
        for word in words.finditer(text)
    ]


def test_the_words_of_a_name_are_found() -> None:
    assert parts("_SomePlace") == parts("some_place") == parts("SOME_PLACE") == ["some", "place"]
    assert parts("replaced_dashboard") == ["replaced", "dashboard"]


def test_no_name_holds_an_old_word() -> None:
    agree({where(path): lines for path in FILES if (lines := old_names(path))}, NAMES_TO_MEND)


def test_no_prose_holds_an_old_word() -> None:
    agree({where(path): lines for path in [*FILES, *PAGES] if (lines := old_words(path))}, PROSE_TO_MEND)


def test_stages_are_called_by_their_rooms() -> None:
    path = HOUSE / "tasks" / "stages.py"
    called = {name for _, name in names(path)}
    old = [f"{name} → {OLD_STAGES[name]}" for name in sorted(called & OLD_STAGES.keys())]
    agree({where(path): old} if old else {}, STAGES_TO_MEND)


def test_a_class_name_means_one_thing() -> None:
    standing: dict[str, list[str]] = {}
    for path in FILES:
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                standing.setdefault(node.name, []).append(f"{where(path)}:{node.lineno}: {node.name}")
    agree({name: lines for name, lines in standing.items() if len(lines) > 1}, CLASSES_TO_MEND)


def test_a_docstring_says_more_than_a_word() -> None:
    found: dict[str, list[str]] = {}
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for path in FILES:
        for node in nodes(path):
            if isinstance(node, kinds) and len((text := ast.get_docstring(node) or "two words").split()) < 2:
                found.setdefault(where(path), []).append(f"{where(path)}:{getattr(node, 'lineno', 1)}: {text}")
    agree(found, DOCSTRINGS_TO_MEND)
