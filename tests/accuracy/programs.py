"""How the verifier of programs does on HumanEval's and MBPP's own solutions, and on mutants of them.

    python -m tests.accuracy.programs FOLDER [MUTANTS]

FOLDER holds `benchmarks/`. For each benchmark: which of its own solutions do not pass, and why; then MUTANTS (300) of those
that do, drawn evenly: an operator or a comparison turned, a number off by one, a constant replaced, a line dropped. A mutant that
no test finds is printed, for a person to say whether it means the same as the original.
"""

import ast
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from tasks.core import schema
from tasks.core.outcome import Tools
from tasks.imports.example import Conventions, Example
from tasks.imports.formats import FORMATS
from tasks.imports.params import Dataset
from tasks.verification.execution import code
from tasks.verification.verifier import Verdict, VerifierContext

BENCHMARKS = {"humaneval": "humaneval/HumanEval.jsonl", "mbpp": "mbpp/mbpp.jsonl"}
TURNED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.And: ast.Or, ast.Or: ast.And, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


def main(folder: Path, mutants: int) -> None:
    for name, file in BENCHMARKS.items():
        records = [json.loads(line) for line in (folder / "benchmarks" / file).open(encoding="utf-8")]
        examples = [*(next(iter(FORMATS[name].read(one, Conventions(Dataset(path=file))))) for one in records)]
        verdicts = judged(examples)
        print(f"{name}: {len(examples)} own solutions: {dict(Counter(one.reason or one.word for one in verdicts))}")
        for record, verdict in zip(records, verdicts, strict=True):
            if verdict.word != "pass":
                print(f"  {record['task_id']}: {verdict.reason}: {verdict.why}")
        good = [one for one, verdict in zip(examples, verdicts, strict=True) if verdict.word == "pass"]
        made = drawn(good, mutants)
        found = judged([one for _, _, one in made])
        for kind in sorted({kind for kind, _, _ in made}):
            of_kind = [verdict for (one, _, _), verdict in zip(made, found, strict=True) if one == kind]
            print(f"  {kind}: {sum(one.word == 'fail' for one in of_kind)} of {len(of_kind)} found")
        for (kind, change, _), verdict in zip(made, found, strict=True):
            if verdict.word != "fail":
                print(f"  not found: {kind}: {change}")


def judged(examples: list[Example]) -> list[Verdict]:
    rows = [
        {"example_id": schema.stable_id(str(n)), "response": one.response, "tests": one.tests}
        for n, one in enumerate(examples)
    ]
    table = pa.Table.from_pylist(rows, schema=schema.VERIFIED)
    context = VerifierContext(None, None, Tools(key="accuracy", store_root=Path()))
    found = code.compute(table, code.Programs(seconds=30), context).rows
    return [found[row] for row in range(len(examples))]


def drawn(examples: list[Example], count: int) -> list[tuple[str, str, Example]]:
    """One mutant each of so many programs, of a kind drawn from those that the program allows."""
    chance = random.Random(1)
    made = []
    for one in chance.sample(examples, min(count, len(examples))):
        program = one.response.removeprefix("```python\n").removesuffix("\n```")
        options: dict[str, list[tuple[str, str]]] = {}
        for kind, change, text in variants(program):
            options.setdefault(kind, []).append((change, text))
        if options:
            kind = chance.choice(sorted(options))
            change, text = chance.choice(options[kind])
            made.append((kind, change, Example("", f"```python\n{text}\n```", tests=one.tests)))
    return made


def variants(program: str) -> Iterator[tuple[str, str, str]]:
    """Every mutant of a program: kind, what was changed, text."""
    count = sum(1 for _ in ast.walk(ast.parse(program)))
    for number in range(count):
        for kind in ("operator", "off by one", "constant", "dropped line"):
            tree = ast.parse(program)
            node = [*ast.walk(tree)][number]
            before = ast.unparse(node) if isinstance(node, ast.expr | ast.stmt) else ""
            if changed(node, kind):
                after = ast.unparse(node) if isinstance(node, ast.expr) else "…"
                yield kind, f"{before[:120]!r} -> {after[:120]!r}", ast.unparse(ast.fix_missing_locations(tree))


def changed(node: ast.AST, kind: str) -> bool:
    """Change a node in this way; False where it does not fit."""
    if kind == "operator":
        if isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED:
            node.ops[0] = TURNED[type(node.ops[0])]()
            return True
        if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in TURNED:
            node.op = TURNED[type(node.op)]()
            return True
    elif isinstance(node, ast.Constant):
        if kind == "off by one" and type(node.value) is int:
            node.value += 1
            return True
        if kind == "constant" and isinstance(node.value, bool | str) and len(str(node.value)) < 40:
            node.value = not node.value if isinstance(node.value, bool) else f"{node.value}x"
            return True
    elif (
        kind == "dropped line"
        and isinstance(body := getattr(node, "body", None), list)
        and not isinstance(node, ast.Module | ast.ClassDef)
        and isinstance(body[-1], ast.Return | ast.Assign | ast.AugAssign | ast.Expr)
    ):
        body[-1] = ast.Pass()
        return True
    return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300)
