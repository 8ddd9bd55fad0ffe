"""A flow's parameters as Prefect brings them: from Python, from the form of the UI, from a deployment."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from prefect.runtime import flow_run
from pydantic import ValidationError

from flows import recipe as recipes
from flows import recipe_file
from flows.recipe import Recipe
from tasks.core.errors import BadInput, InstructoryError
from tasks.store.locations import backend_of, store_folder


def resolved(recipe: Recipe | Mapping[str, Any] | str, trial: int | None = None) -> Recipe:
    """The recipe a flow was given: an object, JSON from the form, or a name or file, which is read now.

    A recipe named by its file is read again when a run is retried, so a corrected threshold or a larger budget counts.
    With `trial`, the dataset gets a name of its own. BadInput names what is wrong.
    """
    if isinstance(recipe, str):
        recipe = recipe_file.load(recipe)
    elif not isinstance(recipe, Recipe):
        try:
            recipe = Recipe.model_validate(recipe)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise BadInput(f"recipe: {where}: {problem['msg'].removeprefix('Value error, ')}") from None
    return recipes.trial(recipe) if trial and not recipe.dataset.endswith("-trial") else recipe


def store_named(given: Path | str | None) -> Path:
    """The folder of the store that a flow was given; without one that of the process, as its worker was started."""
    return store_folder(given or os.environ.get("INSTRUCTORY_STORE") or ".instructory")


def run_name() -> str:
    """What the flow run at hand is called: `handbook@3`, `handbook-trial@1, 5 documents`."""
    given = flow_run.get_parameters()
    with suppress(InstructoryError):  # what is wrong with the recipe is said by the flow, not by its name
        recipe = resolved(given["recipe"], given.get("trial"))
        trial = f", {given['trial']} documents" if given.get("trial") else ""
        return f"{recipe.dataset}@{next_version(store_named(given['store']), recipe.dataset)}{trial}"
    return "build"


def next_version(store: Path, dataset: str) -> int:
    """The version that a release of `dataset` would get; looks, and makes nothing."""
    refs = backend_of(store).files(store / "refs" / dataset)
    return max((int(file.path.stem) for file in refs if file.path.stem.isdigit()), default=0) + 1
