"""Writes docs/recipe.md and docs/gates.md from the types and the suites: `python -m flows.reference`, or `make docs`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from expectations import SUITES, generation, suite_of, verification
from expectations.suite import Check
from flows.recipe import Recipe
from tasks.core.params import NOT_IN_KEY

DOCS: Final = Path(__file__).parents[1] / "docs"
RECIPE: Final = """# Every key of a recipe

Generated from the types by `make docs`. `--set PATH=VALUE` overrides a key for one run. `N` stands for a place in a list, counted
from 0 (`documents.0.path`), `NAME` for a name of your own. A key without a default shown is empty unless a recipe sets it.
A change of a key marked ° changes no row, so nothing is built anew."""

GATES: Final = """# Every gate

Generated from `expectations/` by `make docs`. Behind every stage stands a gate, a suite of Great Expectations. It judges the
*rows* that the stage kept, or a *summary* of them: rows in, kept, rejected and failed, their shares, and the stage's own figures.
Where one expectation fails, the build stops with exit code 3 and everything that was made is kept.

Every gate also demands that the columns named here exist and hold a value in every row, that the first of them is unique, and
that there are `min_rows` rows. A recipe overrides a threshold under the key that stands here and in the message of a shut gate:
`gates: {filters: {min_rows: 300}}`. A threshold without a value is expected only where a recipe states it, or asks for it
elsewhere.

What was not measured is never said to have passed. Where the table says so, it is not judged, and the verdict names it; otherwise
it fails. Shares of fewer rows than `few_rows` are not judged, and one rejected or failed row alone shuts no gate; a threshold that
the recipe itself states is judged on any number of rows."""

BOUNDS: Final = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "length ≥", "max_length": "length ≤"}


def recipe_page() -> str:
    """Every key of a recipe, in one table for each group of keys."""
    parts = [RECIPE]
    for path, model in groups(Recipe):
        keys = [_key(f"{path}.{name}".lstrip("."), field) for name, field in model.model_fields.items()]
        kind = {"generate.N": "method", "verify.N": "verifier"}.get(path)
        name = model.model_fields[kind].default if kind else ""
        parts += [f"## {path} {name}".rstrip() if path else "## The recipe", _summary(model)]
        parts += ["\n".join([_line("key", "type", "default", "description"), "|---|---|---|---|", *keys])]
    return "\n\n".join(parts) + "\n"


def gates_page() -> str:
    """Every gate: the thresholds that a recipe may override and the expectations of its suite, each with its reason."""
    parts = [GATES]
    for suite in (*SUITES.values(), suite_of(generation.GROUP), suite_of(verification.GROUP)):
        thresholds = [
            _line(f"`gates.{suite.stage}.{name}`", "–" if limit.value is None else f"{limit.value:g}", limit.why)
            for name, limit in suite.thresholds.items()
        ]
        checks = [_expectation(check) for check in suite.checks]
        parts += [
            f"## {suite.stage}",
            f"Columns that must be there: {', '.join(f'`{name}`' for name in suite.required)}.",
        ]
        if thresholds:
            parts += ["\n".join([_line("threshold", "value", "why"), "|---|---|---|", *thresholds])]
        if checks:
            parts += [
                "\n".join(
                    [_line("expectation", "given", "judges", "does not judge", "why"), "|---|---|---|---|---|", *checks]
                )
            ]
    return "\n\n".join(parts) + "\n"


def _expectation(check: Check) -> str:
    """The row of one expectation."""
    given = [f"{key}: {_yaml(value)}" for key, value in check.given.items()]
    given += [f"{bound} {name}" for bound, name in (("at least", check.least), ("at most", check.most)) if name]
    spared = {
        "few rows": check.of_many,
        "one row alone": check.spares_one,
        "what was not measured": check.if_measured,
    }
    not_judged = ", ".join(name for name, spares in spared.items() if spares)
    return _line(check.expectation, ", ".join(given), check.on, not_judged, check.why)


def groups(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """(path, type) of a group of keys and of all groups inside it, in the order of their fields."""
    yield path, model
    for name, field in model.model_fields.items():
        for step, inner in _models(field.annotation):
            yield from groups(inner, ".".join(filter(None, (path, name, step))))


def _models(annotation: Any, step: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """The groups of keys inside a type, and the step that leads to each: N in a list, NAME in a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield step, annotation
    elif get_origin(annotation) is not Literal:
        inside = {tuple: "N", list: "N", dict: "NAME", Mapping: "NAME"}.get(get_origin(annotation), step)
        for part in get_args(annotation):
            yield from _models(part, inside)


def _key(path: str, field: FieldInfo) -> str:
    """The row of one key."""
    description = field.description or next((_summary(model) for _, model in _models(field.annotation)), "")
    bounds = [
        f"{sign} {getattr(limit, name):,}"
        for limit in _metadata(field.annotation, field.metadata)
        for name, sign in BOUNDS.items()
        if getattr(limit, name, None) is not None
    ]
    no_rebuild = "°" if NOT_IN_KEY in field.metadata else ""
    kind = ", ".join([_type(field.annotation), *bounds])
    return _line(f"`{path}`{no_rebuild}", kind, _default(field), description)


def _metadata(annotation: Any, own: Sequence[Any] = ()) -> list[Any]:
    """Bounds stated on a type, also within `Annotated[float, Field(gt=0)] | None`."""
    found = list(own)
    for part in get_args(annotation):
        found += part.metadata if isinstance(part, FieldInfo) else _metadata(part)
    return found


def _type(annotation: Any) -> str:
    """A type in the words of somebody who writes YAML."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(parts[0])
    if origin is Literal:
        return " \u00b7 ".join(f"`{part}`" for part in parts if part != "")
    if origin in (tuple, list):
        return f"list of {_type(parts[0])}"
    if origin in (dict, Mapping):
        return f"mapping of {_type(parts[0])} to {_type(parts[1])}"
    if parts:
        return " or ".join(dict.fromkeys(_type(part) for part in parts if part is not type(None)))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "keys"
    words = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
    return words.get(annotation, "any value")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "" if isinstance(value, BaseModel) or value in (None, "", (), {}) else f"`{_yaml(value)}`"


def _yaml(value: Any) -> str:
    """A value as a recipe writes it; files of the product by their name."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case Path():
            return value.stem
        case tuple() | list():
            return f"[{', '.join(map(_yaml, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{key}: {_yaml(item)}' for key, item in value.items())}}}"
    return str(value)


def _summary(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").split("\n\n")[0]


def _line(*cells: str) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def main() -> None:
    """Write both pages."""
    (DOCS / "recipe.md").write_text(recipe_page(), "utf-8")
    (DOCS / "gates.md").write_text(gates_page(), "utf-8")


if __name__ == "__main__":
    main()
