"""Imports run one way:

flows → tasks.stages → tasks.<stage> → tasks.teachers → tasks.containers → tasks.text → tasks.pipeline → tasks.store → tasks.core →
expectations.
"""

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
STAGES = (
    "documents", "imports", "generation", "pool", "screening", "answers", "cleaning", "filters", "verification", "target",
    "clusters", "mix", "split", "evaluation", "tokens", "audit", "release", "review", "students",
)  # fmt: skip
LAYERS = (
    "expectations",
    "tasks.core",
    "tasks.store",
    "tasks.pipeline",
    "tasks.text",
    "tasks.containers",
    "tasks.teachers",
)
"""From the lowest up; a module imports from its own layer and those before it."""
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
FILES = [path for room in ("expectations", "tasks", "flows") for path in sorted((HOUSE / room).rglob("*.py"))]


def room(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "tasks" else parts[0]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            module = (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "tasks" else [node.module]
            )
            names |= set(module)
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    module = ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__")
    if module == "tasks":
        return
    allowed = MAY_IMPORT[room(module)]
    libraries = LIBRARIES.get(room(module), ())
    ours = {
        name
        for name in imported(path)
        if name.split(".")[0] in {"expectations", "tasks", "flows", "deployments", "tests"}
    }
    others = {name for name in ours if room(name) not in allowed and name.split(".")[0] not in allowed}
    assert {name for name in others if not name.startswith(libraries)} == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_prefect_is_known_to_the_pipeline_and_the_flows_only(path: Path) -> None:
    knows = any(name.split(".")[0] == "prefect" for name in imported(path))
    assert not knows or path.is_relative_to(HOUSE / "flows") or path.is_relative_to(HOUSE / "tasks" / "pipeline")


def modules() -> dict[str, Path]:
    """The product's modules by dotted name; a package is named like its folder."""
    files = [*FILES, *sorted((HOUSE / "deployments").rglob("*.py")), *HOUSE.glob("instructory.py")]
    return {".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


def targets(path: Path, known: set[str]) -> set[str]:
    """The modules that a file imports anywhere in it: in functions and for type checkers too. A package that is only on
    the way to a module inside it does not count."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
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
