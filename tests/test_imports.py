"""Imports run one way:

flows → tasks.stages → tasks.<stage> → tasks.teachers → tasks.containers → tasks.text → tasks.pipeline → tasks.store → tasks.core →
expectations.
"""

import ast
from pathlib import Path

from tests.sources import FILES, HOUSE, module_of, nodes, where

STAGES = (
    "documents", "imports", "generation", "pool", "screening", "answers", "cleaning", "filters", "verification", "target",
    "clusters", "mix", "split", "evaluation", "tokens", "audit", "release", "review", "students",
)  # fmt: skip
LAYERS = (
    "expectations", "tasks.core", "tasks.store", "tasks.pipeline", "tasks.text", "tasks.containers", "tasks.teachers",
)  # fmt: skip
"""From the lowest up; a module imports from its own layer and those before it."""
OURS = {"expectations", "tasks", "flows"}
BELOW_STAGES = {"tasks.core", "tasks.store", "tasks.text", "tasks.containers", "tasks.teachers"}
MAY_IMPORT = {
    **{layer: {*LAYERS[: number + 1]} for number, layer in enumerate(LAYERS)},
    **{f"tasks.{stage}": {f"tasks.{stage}", *BELOW_STAGES} for stage in STAGES},
    "tasks.release": {
        "tasks.release",
        "tasks.pipeline",
        "expectations",
        *BELOW_STAGES,
    },  # it describes gates and builds
    "tasks.stages": {*(f"tasks.{stage}" for stage in STAGES), "tasks.pipeline", "expectations", *BELOW_STAGES},
    "flows": {"flows", "tasks", "expectations"},
}
LIBRARIES = {
    "tasks.generation": ("tasks.verification.execution", "tasks.verification.judges", "tasks.verification.verifier"),
    "tasks.screening": ("tasks.filters", "tasks.verification.judges.substance"),
    "tasks.tokens": ("tasks.release.conversations",),
    "tasks.split": ("tasks.filters.decontamination", "tasks.filters.duplicates"),
    "tasks.review": ("tasks.verification.judges.rubric", "tasks.verification.judges"),
    "tasks.release": ("tasks.verification.execution", "tasks.verification.verifier"),
}
"""Part of a stage's room that another stage may import: docs/decisions.md says why."""


def room(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "tasks" else parts[0]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names |= set(inside if node.module == "tasks" else [node.module])
    return names


def not_below(path: Path) -> set[str]:
    """What a module imports of ours that does not lie below it."""
    own = room(module_of(path))
    if own == "tasks":
        return set()
    ours = {name for name in imported(path) if name.split(".")[0] in {*OURS, "deployments", "tests"}}
    others = {name for name in ours if not {room(name), name.split(".")[0]} & MAY_IMPORT[own]}
    return {name for name in others if not name.startswith(LIBRARIES.get(own, ()))}


def test_a_module_imports_only_what_lies_below_it() -> None:
    assert {where(path): found for path in FILES if (found := not_below(path))} == {}


def test_prefect_is_known_to_the_pipeline_and_the_flows_only() -> None:
    knowing = {where(path) for path in FILES if "prefect" in {name.split(".")[0] for name in imported(path)}}
    assert {name for name in knowing if not name.startswith(("flows/", "tasks/pipeline/"))} == set()
    assert "flows/build.py" in knowing


def modules() -> dict[str, Path]:
    """The product's modules by dotted name."""
    files = [*FILES, *sorted((HOUSE / "deployments").rglob("*.py")), *HOUSE.glob("instructory.py")]
    return {module_of(path): path for path in files}


def targets(path: Path, known: set[str]) -> set[str]:
    """The modules that a file imports anywhere in it: in functions and for type checkers too. A package that is only on
    the way to a module inside it does not count."""
    names: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= (inner & known) | ({node.module} if inner - known else set())
    return names & known


def circles() -> set[frozenset[str]]:
    """Sets of modules that import each other, directly or through others."""
    files = modules()
    graph = {name: targets(path, set(files)) - {name} for name, path in files.items()}
    return {frozenset(component) for component in components(graph) if len(component) > 1}


def components(graph: dict[str, set[str]]) -> list[set[str]]:
    """The strongly connected components of a graph: what each node reaches and is reached by."""
    reach = {node: reachable(graph, node) for node in graph}
    left, found = set(graph), []
    for node in sorted(graph):
        if node in left:
            component = {node} | {other for other in reach[node] if node in reach[other]}
            left -= component
            found.append(component)
    return found


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for other in graph[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
    return seen


def test_components_are_found() -> None:
    graph: dict[str, set[str]] = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert sorted(map(sorted, components(graph))) == [["a", "b", "c"], ["d"]]


def test_no_modules_import_each_other() -> None:
    assert circles() == set(), "these modules import each other"
