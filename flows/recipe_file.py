"""A recipe read from its YAML file and the command line's `--set`, with its paths beginning where the file lies."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from flows.recipe import Recipe, nearest
from tasks.core import yaml_text
from tasks.core.errors import BadInput
from tasks.core.redaction import holds_secret

PACKAGED: Final = Path(__file__).parents[1] / "deployments" / "recipes"


def load(name: str, settings: Sequence[str] = (), datasets: Sequence[dict[str, Any]] = ()) -> Recipe:
    """The recipe in file `name` (or packaged under that name), with `datasets` behind its own and `a.b=value` settings
    applied. Paths in the file begin at its folder, those in `datasets` and settings where the command is given. BadInput says what
    is wrong, in which file, at which key."""
    path = _find(name)
    return checked(_read(path), path, settings, datasets)


def checked(
    data: dict[str, Any], path: Path, settings: Sequence[str] = (), datasets: Sequence[dict[str, Any]] = ()
) -> Recipe:
    """The recipe that the data of the file at `path` make; as `load`."""
    if (
        PACKAGED not in path.resolve().parents
    ):  # nothing lies beside a packaged recipe: its paths begin where one stands
        data = beside(path.parent, data)
    if datasets:
        data["datasets"] = [*(data.get("datasets") or ()), *datasets]
    for setting in settings:
        _apply(data, setting)
    if (secret := holds_secret(repr(data))) is not None:
        raise BadInput(
            f"{path}: holds the value of {secret}; a recipe is written down, so leave secrets in the environment"
        )
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            where = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("function-"))
            message = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{path}: {where + ': ' if where else ''}{message}")
        raise BadInput("; ".join(lines)) from None


PATHS: Final = (
    "path", "model_path", "folder", "benchmarks", "sets", "snippets", "known", "tokenizer", "seed_tasks", "guidelines",
    "guideline", "policy", "python", "tools_file", "rubric", "score_rubric", "calibrate", "gold", "articles",
)  # fmt: skip
"""Keys whose values are files, folders or globs, wherever in a recipe they stand."""
NAMED_PATHS: Final = ("prompts",)
"""Keys of mappings all of whose values are such."""


def beside(folder: Path, data: Any, of: str = "") -> Any:
    """A recipe's data with its relative paths made to begin at `folder`, written as short as that is possible here."""
    if isinstance(data, dict):
        paths = of in NAMED_PATHS
        return {
            key: value if key == "given" else beside(folder, value, "path" if paths else key)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [beside(folder, value, of) for value in data]
    if of == "calibrate" and data == "reviews":
        return data  # no file: the dataset's own reviews
    if of not in PATHS or not isinstance(data, str) or not data or data.startswith(("/", "~")):
        return data
    whole = Path(os.path.normpath(folder.absolute() / data))
    if of in ("sets", "seed_tasks", "rubric", "score_rubric", "guideline") and not whole.exists():
        return data  # the name of a packaged set
    return str(whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole)


def _find(name: str) -> Path:
    for path in (Path(name), PACKAGED / name, PACKAGED / f"{name}.yaml"):
        if path.is_file():
            return path
    packaged = sorted(path.stem for path in PACKAGED.glob("*.yaml"))
    raise BadInput(f"no recipe {name!r}{nearest(name, packaged)}; packaged: {', '.join(packaged)}; or name a YAML file")


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml_text.load(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not a UTF-8 YAML file: byte {error.start} is not UTF-8") from None
    if not isinstance(data, dict):
        raise BadInput(f"{path}: a recipe is a mapping of keys to values; begin with `dataset: NAME`")
    return data


def _apply(data: dict[str, Any], setting: str) -> None:
    """Put `a.0.b=value` into `data`; the value is read as YAML, so 3, true and [a, b] are what they look like."""
    dotted, equals, text = setting.partition("=")
    if not equals or not re.fullmatch(r"\w+(\.\w+)*", dotted):
        raise BadInput(f"--set {setting}: write it as key.sub=value, e.g. --set teacher.provider=openai")
    try:
        value = yaml_text.load(text, f"--set {dotted}")
    except BadInput:
        value = text
    *path, last = dotted.split(".")
    inside: Any = data
    for step in path:
        inside = _step(inside, step, setting)
    if isinstance(inside, list):
        _step(inside, last, setting)
        inside[int(last)] = value
    elif isinstance(inside, dict):
        inside[last] = value
    else:
        raise BadInput(f"--set {setting}: {'.'.join(path)} is a value and has nothing inside")


def _step(inside: Any, step: str, setting: str) -> Any:
    if isinstance(inside, list):
        if not step.isdigit() or int(step) >= len(inside):
            raise BadInput(f"--set {setting}: {step!r} is not an index of a list of {len(inside)} (they count from 0)")
        return inside[int(step)]
    if isinstance(inside, dict):
        if inside.get(step) is None:
            inside[step] = {}
        return inside[step]
    raise BadInput(f"--set {setting}: there is nothing inside {step!r}")
