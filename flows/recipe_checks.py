"""What a recipe that is well formed may still lack: something to begin with, a teacher where one is asked, rows for its goal."""

from collections.abc import Sequence

from flows.own_prompts import check_prompts
from flows.recipe import Recipe
from flows.training_goal import check_goal
from tasks.core.errors import BadInput
from tasks.generation.catalogue import BY_NAME
from tasks.verification.catalogue import BY_NAME as VERIFIERS


def check_input(recipe: Recipe, name: str) -> None:
    """BadInput for a recipe, found under `name`, that names nothing to make rows from."""
    if not recipe.makes_rows and not recipe.datasets:
        raise BadInput(
            f"{name}: nothing to begin with; name FILEs to curate, or `documents`, `datasets` or a method such as self_instruct "
            "under `generate` in the recipe"
        )
    if recipe.documents and all(BY_NAME[entry.method].reads_rows for entry in recipe.generate):
        raise BadInput(
            f"{name}: nothing under `generate` makes rows from the documents; add e.g. `- method: templates`"
        )
    if recipe.trains:
        check_goal(recipe.trains, recipe.generate, recipe.verify, bool(recipe.datasets), name)
    check_prompts(recipe.generate, recipe.answers, recipe.verify, name)
    makers = [entry for entry in recipe.generate if not BY_NAME[entry.method].reads_rows]
    if recipe.target and not any(map(recipe.makes_others, makers)):
        raise BadInput(
            f"{name}: target: nothing under `generate` makes other rows in a further round; name a teacher, or a method with a "
            "seed such as procedural"
        )
    for number, entry in enumerate(recipe.generate):
        method = BY_NAME[entry.method]
        if set(method.inputs) == {"documents"} and not recipe.documents:
            raise BadInput(f"{name}: generate.{number}: {method.name} reads documents, and the recipe names none")
        if method.teacher == "required":
            _check_teachers(recipe, entry.teacher_names(), f"{name}: generate.{number}: {method.name}")
    for number, check in enumerate(recipe.verify):
        if VERIFIERS[check.verifier].teacher == "required":
            _check_teachers(recipe, check.teacher_names(), f"{name}: verify.{number}: {check.verifier}")


def _check_teachers(recipe: Recipe, names: Sequence[str], what: str) -> None:
    if any(recipe.teacher_called(one).provider == "none" for one in names):
        raise BadInput(
            f"{what} asks a model, and no teacher is named; set teacher.provider to openai, anthropic or local"
        )
