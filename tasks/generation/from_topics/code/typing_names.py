"""Names of `typing` that a program uses and does not import: models write `List[int]` in a signature as often as `list[int]`."""

import ast
import typing
from typing import Final

NAMES: Final = frozenset(typing.__all__)


def with_typing(program: str) -> str:
    """`program` with the import of the names of `typing` that it uses and nowhere binds, above its first line or behind its
    `from __future__`; as it is where there are none, or where it does not parse."""
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return program
    used, bound = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
    missing = sorted((used & NAMES) - bound)
    if not missing or "*" in bound:
        return program
    line = f"from typing import {', '.join(missing)}\n"
    futures = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    if not futures:
        return f"{line}\n{program}"
    lines = program.splitlines(keepends=True)
    at = futures[-1].end_lineno or 0
    return "".join([*lines[:at], line, *lines[at:]])
