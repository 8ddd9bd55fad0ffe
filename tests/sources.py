"""The product's source files, each read and parsed once, for the tests that judge source rather than run it."""

import ast
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).parents[1]
FILES = [path for room in ("expectations", "tasks", "flows") for path in sorted((HOUSE / room).rglob("*.py"))]


@cache
def text(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a module's syntax tree, the module itself first."""
    return tuple(ast.walk(ast.parse(text(path))))


def where(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def module_of(path: Path) -> str:
    """A file's dotted name; a package is named like its folder."""
    return ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__")
