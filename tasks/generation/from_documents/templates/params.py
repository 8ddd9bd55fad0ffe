"""What a recipe says about template sets."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from tasks.core.params import CONTENT
from tasks.generation.from_documents.templates.template_set import locate
from tasks.generation.method import MethodParams


class Templates(MethodParams):
    """Questions from template sets, each with the place that answers it. No model is asked."""

    method: Literal["templates"] = "templates"

    sets: Annotated[tuple[Path, ...], CONTENT] = (locate("reference"),)
    """Packaged sets by name (reference), others by path."""
    max_per_chunk: Annotated[int, Field(ge=1)] = 8
    """Questions about one chunk at most; one of each kind before a second of any."""
    given: dict[str, str] = Field(default_factory=dict)
    """Values that replace those under `given` in the sets, e.g. `product`: what the documents are about."""
    draw: int = 0
    """Any other number words every question anew."""

    @field_validator("sets", mode="before")
    @classmethod
    def _by_name(cls, sets: Any) -> Any:
        names = (sets,) if isinstance(sets, str | Path) else sets
        return tuple(locate(name) for name in names) if isinstance(names, list | tuple) else sets

    @field_validator("sets")
    @classmethod
    def _are_there(cls, sets: tuple[Path, ...]) -> tuple[Path, ...]:
        for path in sets:
            if not path.is_file():
                raise ValueError(f"no template set {str(path)!r}: name a packaged set (reference) or a YAML file")
        return sets
