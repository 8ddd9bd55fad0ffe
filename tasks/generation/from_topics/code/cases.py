"""Test cases: assertions `name(arguments) == value` on literal values, read from a model's text and written in two languages."""

import ast
import json
import keyword
import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

LONGEST: Final = 600
"""Characters of an assertion; longer ones are left out."""
_MOST_DEEP: Final = 20
_SAFE: Final = 2**53 - 1
"""The largest whole number that JavaScript counts exactly."""


class Signature(NamedTuple):
    """A function's name, and its first line without the colon."""

    name: str
    line: str


class Case(NamedTuple):
    """What a function is to return for some arguments; both as Python's literals."""

    call: str
    """The arguments as they stand between the brackets."""
    value: str

    def assertion(self, name: str) -> str:
        """The case as a line of Python."""
        sign = "is" if self.value in ("True", "False", "None") else "=="
        return f"assert {name}({self.call}) {sign} {self.value}"


def signature(text: str) -> Signature | None:
    """The function that a line such as `def f(a: int) -> int` declares; None where it declares none that takes an argument."""
    line = text.strip().strip("`").strip().rstrip(":").strip()
    if not line.startswith("def "):
        line = f"def {line}"
    if len(line) > LONGEST:
        return None
    try:
        body = ast.parse(f"{line}:\n    pass").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if len(body) != 1 or not isinstance(function := body[0], ast.FunctionDef):
        return None
    arguments = function.args
    if not (arguments.args or arguments.posonlyargs) or keyword.iskeyword(function.name):
        return None
    function.body = []
    try:
        return Signature(function.name, ast.unparse(function).strip().rstrip(":"))
    except RecursionError:
        return None


def cases(lines: Iterable[str], name: str) -> list[Case]:
    """The different test cases of the function `name` among a model's lines; a list of lines in one string counts as its lines."""
    found: dict[str, Case] = {}
    for line in (part for text in lines for part in text.splitlines()):
        case = _case(line.strip(), name)
        if case is not None:
            found.setdefault(case.call, case)
    return list(found.values())


def _case(line: str, name: str) -> Case | None:
    if len(line) > LONGEST:
        return None
    if not line.startswith("assert"):
        line = f"assert {line}"
    try:
        body = ast.parse(line).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if len(body) != 1 or not isinstance(body[0], ast.Assert):
        return None
    test = body[0].test
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is):
        call, value = test.left, test.comparators[0]
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        call, value = test.operand, ast.Constant(False)
    else:
        call, value = test, ast.Constant(True)
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == name) or not (
        call.args and not call.keywords and all(map(_literal, call.args)) and _literal(value)
    ):
        return None
    return Case(", ".join(ast.unparse(one) for one in call.args), ast.unparse(value))


def _literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def python_tests(chosen: Sequence[Case], name: str) -> str:
    """The test program in Python."""
    return "\n".join(case.assertion(name) for case in chosen)


def javascript_tests(chosen: Sequence[Case], name: str) -> tuple[str, int]:
    """The test program in JavaScript, and how many of the cases it holds: values that JavaScript lacks are left out."""
    lines = []
    for case in chosen:
        try:
            arguments = [_javascript(one) for one in ast.literal_eval(f"[{case.call}]")]
            lines.append(
                f"assert.deepStrictEqual({name}({', '.join(arguments)}), {_javascript(ast.literal_eval(case.value))});"
            )
        except ValueError:
            continue
    return "\n".join(["const assert = require('node:assert');", *lines]), len(lines)


def _javascript(value: Any, depth: int = 0) -> str:
    """A value as JavaScript writes it; ValueError for one that it lacks."""
    if depth > _MOST_DEEP:
        raise ValueError("too deep")
    match value:
        case None | bool() | str():
            return json.dumps(value)
        case int() if abs(value) <= _SAFE:
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case list() | tuple():
            return f"[{', '.join(_javascript(one, depth + 1) for one in value)}]"
        case dict() if all(isinstance(key, str) and key != "__proto__" for key in value):
            return f"{{{', '.join(f'{json.dumps(key)}: {_javascript(one, depth + 1)}' for key, one in value.items())}}}"
    raise ValueError(f"{type(value).__name__} is not in JavaScript")
