"""Prompt texts of a recipe's own in the place of packaged ones: the setting, and what is wrong with a file."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from tasks.core.errors import BadInput
from tasks.core.params import CONTENT, Params
from tasks.teachers.prompts import Prompt, read


class WithPrompts(Params):
    """Base of the parameters of stages that ask a model."""

    prompts: Annotated[dict[str, Path], CONTENT] = Field(default_factory=dict)
    """Files of your own in the place of packaged prompt texts, by name (docs/prompts.md): `prompts: {answer: my_answer.md}`."""

    def identity(self) -> dict[str, Any]:
        """As any parameters'; without texts of one's own it is what it was before there could be any."""
        return {name: value for name, value in super().identity().items() if (name, value) != ("prompts", {})}


def check(own: Mapping[str, Path], packaged: Iterable[Path], where: str) -> None:
    """BadInput, a line that begins with `where`, for a name that is none of `packaged` or a file that cannot stand in its place."""
    known = {path.stem: path for path in packaged}
    for name, file in own.items():
        if name not in known:
            asked = f"those asked with here are {', '.join(sorted(known))}" if known else "nothing here asks a model"
            raise BadInput(f"{where}: no prompt {name!r}; {asked}")
        try:
            fault = _fault(read(file), read(known[name]))
        except BadInput as error:
            raise BadInput(f"{where}.{name}: {error}") from None
        if fault:
            raise BadInput(f"{where}.{name}: {file}: {fault}")


def _fault(own: Prompt, packaged: Prompt) -> str:
    """What is wrong with the placeholders of `own`; empty if nothing is."""
    system, _ = own.slots_by_part
    settings, texts = packaged.slots_by_part
    if unknown := own.slots - packaged.slots:
        return f"no placeholder {_named(unknown)}; there are {_named(packaged.slots)}"
    if missing := packaged.slots - own.slots - packaged.limits:
        return f"{_named(missing)} is missing; the packaged text has it, see {packaged.name}.md"
    if misplaced := system & texts - settings:
        return f"{_named(misplaced)} is text of others; it belongs below the three dashes"
    return ""


def _named(slots: Iterable[str]) -> str:
    return ", ".join(f"{{{{{slot}}}}}" for slot in sorted(slots))
