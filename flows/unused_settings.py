"""Settings of a recipe that have no effect, because what they are for is not in it. A build says so when it begins."""

from collections.abc import Iterator

from flows.recipe import Recipe
from tasks.answers import Answers
from tasks.documents.params import Chunking
from tasks.generation.catalogue import BY_NAME
from tasks.screening.stage import Screening
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.verification.catalogue import BY_NAME as VERIFIERS

ONLY_REMOTE = (
    "base_url", "batch", "requests_per_minute", "tokens_per_minute", "usd_per_million_in", "usd_per_million_out",
)  # fmt: skip
"""Settings of a teacher that a model in this process does not heed."""


def without_effect(recipe: Recipe) -> Iterator[str]:
    """One line for each: the key, why it has no effect, what would give it one."""
    asking = set(_asking(recipe))
    for name, settings in {"": recipe.teacher, **recipe.teachers}.items():
        key = f"teachers.{name}" if name else "teacher"
        if settings.provider == "none":
            if settings != TeacherSettings():
                yield f"{key} has no effect: it names no `provider` (openai, anthropic, local)"
        elif name not in asking:
            yield f"{key} has no effect: nothing in the recipe asks it; name it as `teacher:` of an entry that asks a model"
        else:
            yield from _of_teacher(key, settings)
    for number, entry in enumerate(recipe.generate):
        if entry.teacher and BY_NAME[entry.method].teacher == "none":
            yield f"generate.{number}.teacher has no effect: {entry.method} asks no model"
    for number, check in enumerate(recipe.verify):
        if check.teacher and VERIFIERS[check.verifier].teacher == "none":
            yield f"verify.{number}.teacher has no effect: {check.verifier} asks no model"
    if recipe.budget != Budget() and not recipe.used_teachers():
        yield "budget has no effect: no teacher is named, so nothing is spent"
    if not recipe.documents:
        unread = {
            "answers": recipe.answers != Answers(),
            "chunking": recipe.chunking != Chunking(),
            "screening": recipe.screening != Screening(),
        }
        for key, given in unread.items():
            if given:
                yield f"{key} has no effect: the recipe names no `documents`"


def _asking(recipe: Recipe) -> Iterator[str]:
    """The names of the teachers that a stage would ask; `teacher` has none."""
    if recipe.documents and recipe.answers.method != "extractive":
        yield recipe.answers.teacher
    for method in recipe.generate:
        if BY_NAME[method.method].teacher != "none":
            yield from method.teacher_names()
    for entry in recipe.verify:
        if VERIFIERS[entry.verifier].teacher != "none":
            yield from entry.teacher_names()


def _of_teacher(key: str, settings: TeacherSettings) -> Iterator[str]:
    given = {
        name
        for name in type(settings).model_fields
        if getattr(settings, name) != type(settings).model_fields[name].default
    }
    if settings.provider == "local":
        for name in ONLY_REMOTE:
            if name in given:
                yield f"{key}.{name} has no effect: the model runs in this process (provider local)"
    elif "model_path" in given:
        yield f"{key}.model_path has no effect: only provider local reads a model file"
