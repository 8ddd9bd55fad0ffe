"""Runs a Python program and its tests, and the tests on programs that do nothing; itself a program in the sandbox.

Standard input: JSON with `program`, `tests`, `run` (without tests: run the program for errors), `seconds`. Standard output: JSON
with `syntax` (what does not parse), `undefined` (names), `unrepeatable` (what the tests depend on), `real` (how the program
did, with a letter for each assertion in `marks`: P passed, F failed) and `passes` (a program without content that passes the
tests). Everything is run in child processes, which report on a pipe.
"""

import ast
import builtins
import contextlib
import copy
import io
import json
import os
import random
import select
import signal
import symtable
import sys
import time
import unittest
from collections.abc import Iterator
from typing import Any, Final

_DEPENDS: Final = {
    "time": "the clock", "datetime": "the clock", "secrets": "randomness", "uuid": "randomness", "socket": "the network",
    "urllib": "the network", "http": "the network", "requests": "the network", "os": "files", "io": "files",
    "pathlib": "files", "tempfile": "files", "shutil": "files", "glob": "files", "subprocess": "other programs",
}  # fmt: skip
_CLOCK: Final = {"now", "today", "utcnow", "time", "perf_counter", "monotonic", "sleep"}
_CONSTANTS: Final[tuple[Any, ...]] = (None, 0, 1, True, False, "", [])
_MOST_LITERALS: Final = 8
_LONGEST: Final = 200


def main() -> None:
    """Answer the request on standard input."""
    request = json.load(sys.stdin)
    print(json.dumps(answer(request["program"], request["tests"], request["run"], request["seconds"])))


def answer(program: str, tests: str, run: bool, seconds: float) -> dict[str, Any]:
    """What standard output says."""
    found: dict[str, Any] = {}
    try:
        tree = ast.parse(program)
        found["undefined"] = undefined_names(program, tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"syntax": _line(error)}
    if not tests:
        return {**found, "real": _run(program, None, seconds, "__main__", False)} if run else found
    try:
        checks = ast.parse(tests)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {**found, "tests_syntax": _line(error)}
    found["unrepeatable"] = depends_on(checks)
    counted = ast.unparse(ast.fix_missing_locations(_Counting().visit(copy.deepcopy(checks))))
    found["real"] = real = _run(program, counted, seconds, "program", False)
    if real["ended"] and real["passed"] and not real["failed"]:
        found["passes"] = _passed_by(tree, checks, counted, seconds)
    return found


def _line(error: BaseException) -> str:
    line = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
    text = error.msg if isinstance(error, SyntaxError) else str(error) or type(error).__name__
    return f"{line}{text}"[:_LONGEST]


def undefined_names(program: str, tree: ast.AST) -> list[str]:
    """Names that are used and bound nowhere, each with the line of its first use. None where a star import may bind any name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            return []
    top = symtable.symtable(program, "program.py", "exec")
    scopes = list(_scopes(top))
    bound = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    for scope in scopes:
        bound |= {one.get_name() for one in scope.get_symbols() if one.is_declared_global() and one.is_assigned()}
    known = bound | set(dir(builtins))
    known |= {"__name__", "__file__", "__doc__", "__builtins__", "__class__", "__annotations__"}
    used = {
        one.get_name() for scope in scopes for one in scope.get_symbols()
        if one.is_referenced() and not one.is_assigned() and (one.is_global() or scope is top)
    }  # fmt: skip
    missing = used - known
    first: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in missing:
            first[node.id] = min(node.lineno, first.get(node.id, node.lineno))
    return [f"{name} (line {line})" for name, line in sorted(first.items(), key=lambda item: item[1])]


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def depends_on(tests: ast.AST) -> str | None:
    """What tests look at that may be different next time: files, the clock, the network, true randomness, other programs.

    `random` is none of it: it is seeded before each run.
    """
    imported: set[str] = set()
    for node in ast.walk(tests):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tests)
        if isinstance(node, ast.Call)
    }
    for module in sorted(imported & set(_DEPENDS)):
        dated = module == "datetime" and not called & _CLOCK
        if not dated:
            return f"{_DEPENDS[module]} ({module})"
    opened = any(isinstance(node, ast.Name) and node.id == "open" for node in ast.walk(tests))
    return "files (open)" if opened and "open" in called else None


class _Counting(ast.NodeTransformer):
    """Every assertion is counted, and the ones behind a failed one are tried all the same."""

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        text = ast.unparse(node)[:_LONGEST]
        if isinstance(node.test, ast.Compare) and len(node.test.ops) == 1:
            node.test.left = _call("_saw_", node.test.left)
        handler = ast.ExceptHandler(
            type=ast.Tuple(elts=[_name("Exception"), _name("SystemExit")], ctx=ast.Load()),
            name=None,
            body=[ast.Expr(_call("_failed_", ast.Constant(text)))],
        )
        passed: list[ast.stmt] = [ast.Expr(_call("_passed_"))]
        reset = ast.Expr(_call("_saw_", ast.Constant(None)))
        return ast.Try(body=[reset, node], handlers=[handler], orelse=passed, finalbody=[])


def _name(name: str) -> ast.Name:
    return ast.Name(id=name, ctx=ast.Load())


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(func=_name(name), args=list(arguments), keywords=[])


def _passed_by(tree: ast.Module, checks: ast.Module, counted: str, seconds: float) -> str | None:
    """The first program without content that passes the tests: none at all, or one whose functions return a constant."""
    ends = time.monotonic() + seconds
    literals: list[Any] = []
    for node in ast.walk(checks):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.Is):
            with contextlib.suppress(ValueError, TypeError):
                literals.append(ast.literal_eval(node.comparators[0]))
    if _proves_nothing("", counted, ends):
        return "an empty program"
    for value in [*_CONSTANTS, *literals[:_MOST_LITERALS]]:
        stub = ast.unparse(ast.fix_missing_locations(_Stub(value).visit(copy.deepcopy(tree))))
        if time.monotonic() < ends and _proves_nothing(stub, counted, ends):
            return f"functions that return {value!r:.60}"
    return None


def _proves_nothing(program: str, counted: str, ends: float) -> bool:
    did = _run(program, counted, max(0.1, ends - time.monotonic()), "program", True)
    return bool(did["ended"] and did["passed"] and not did["failed"])


class _Stub(ast.NodeTransformer):
    """Functions and methods return a constant; what builds objects does nothing."""

    def __init__(self, value: object) -> None:
        self.value = value

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        value = None if node.name == "__init__" else self.value
        node.body = [ast.Return(ast.parse(repr(value), mode="eval").body)]
        node.decorator_list = [one for one in node.decorator_list if isinstance(one, ast.Name)]
        return node


def _run(program: str, tests: str | None, seconds: float, name: str, stop: bool) -> dict[str, Any]:
    """How a program and its tests did, in a child process: `ended` (to their end), `passed`, `failed`, `why` (the first)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with contextlib.suppress(BaseException):
            _child(program, tests, writing, name, stop)
        os._exit(0)
    os.close(writing)
    try:
        said = _until(reading, time.monotonic() + seconds)
    finally:
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        os.close(reading)
    did: dict[str, Any] = {
        "ended": False,
        "passed": 0,
        "failed": 0,
        "marks": "",
        "why": None,
        "where": "tests" if tests else "program",
    }
    for line in (said or b"").decode("utf-8", "replace").splitlines():
        kind, text = line[:1], line[1:]
        did["passed"] += kind == "P"
        did["failed"] += kind == "F"
        did["marks"] += kind if kind in "PF" else ""
        did["ended"] |= kind == "E"
        if kind in "FX" and did["why"] is None:
            did["why"] = text
        if kind == "X":
            did["where"], did["why"] = text.partition(" ")[::2]
    if said is None:
        did["why"] = f"still running after {seconds:g} s"
    elif not did["ended"] and did["why"] is None:
        did["why"] = (
            "the program ended the process" if os.WIFEXITED(status) else f"ended by signal {os.WTERMSIG(status)}"
        )
    return did


def _until(reading: int, ends: float) -> bytes | None:
    said = bytearray()
    while (left := ends - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            data = os.read(reading, 1 << 16)
            if not data:
                return bytes(said)
            said += data
            if said.endswith(b"E\n"):
                return bytes(said)
    return None


def _child(program: str, tests: str | None, writing: int, name: str, stop: bool) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    sys.stdin, sys.stdout, sys.stderr = open(0, closefd=False), io.StringIO(), io.StringIO()  # noqa: SIM115
    write, dumps_line = os.write, _one_line
    seen: list[object] = [None]

    def say(kind: str, text: str = "") -> None:
        write(writing, f"{kind}{dumps_line(text)}\n".encode("utf-8", "replace"))

    def saw(value: object) -> object:
        seen[0] = value
        return value

    def failed(assertion: str) -> None:
        error = sys.exc_info()[1]
        own = isinstance(error, AssertionError)
        got = f": got {_shown(seen[0])}" if own else f": {type(error).__name__}: {error}"
        say("F", f"{assertion}{got}")
        if stop:
            say("E")
            os._exit(0)

    random.seed(0)
    scope: dict[str, Any] = {"__name__": name, "__builtins__": builtins}
    sys.modules[name] = type(sys)(name)
    sys.modules[name].__dict__.update(scope)
    scope = sys.modules[name].__dict__
    try:
        exec(compile(program, "program.py", "exec", dont_inherit=True), scope)  # noqa: S102  inside the sandbox
    except BaseException as error:  # noqa: BLE001,RUF100
        if not (tests is None and isinstance(error, SystemExit) and not error.code):
            say("X", f"program {type(error).__name__}: {error}")
            return
    if tests is not None:
        scope.update(_saw_=saw, _failed_=failed, _passed_=lambda: say("P"))
        before = set(scope)
        try:
            exec(compile(tests, "tests.py", "exec", dont_inherit=True), scope)  # noqa: S102  inside the sandbox
            _collected(scope, before, tests, say)
        except BaseException as error:  # noqa: BLE001,RUF100
            say("X", f"tests {type(error).__name__}: {error}")
            return
    say("E")


def _collected(scope: dict[str, Any], before: set[str], tests: str, say: Any) -> None:  # noqa: ANN401,RUF100
    """Run what test runners would find: functions `test_…` that nothing has called, and cases of unittest."""
    for name in [name for name in scope if name not in before]:
        value = scope[name]
        if isinstance(value, type) and issubclass(value, unittest.TestCase):
            for case in unittest.defaultTestLoader.loadTestsFromTestCase(value):
                result = unittest.TestResult()
                case.run(result)
                for _, text in [*result.failures, *result.errors]:
                    say("F", text.strip().rpartition("\n")[2])
                if result.wasSuccessful():
                    say("P")
        elif name.startswith("test") and callable(value) and tests.count(f"{name}(") == 1:
            value()


def _shown(value: object) -> str:
    try:
        return f"{value!r}"[:_LONGEST]
    except Exception as error:  # noqa: BLE001,RUF100
        return f"what cannot be shown ({type(error).__name__})"


def _one_line(text: str) -> str:
    return " ".join(text.split())[: 2 * _LONGEST]


if __name__ == "__main__":
    main()
