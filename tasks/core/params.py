"""Parameters of stages: frozen pydantic models that refuse unknown keys and have one canonical form for cache keys."""

import difflib
import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, model_validator

_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class _Marker:
    """A mark on a field of `Params`, used in `Annotated`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


NOT_IN_KEY: Final = _Marker("NOT_IN_KEY")
"""Marks a field that cannot change the output (workers, an address): cache keys leave it out.
Use: `workers: Annotated[int, NOT_IN_KEY] = 2`."""

CONTENT: Final = _Marker("CONTENT")
"""Marks a path field: cache keys hold a hash of the file's bytes (or of every file below a folder), never its path.
Use: `benchmarks: Annotated[tuple[Path, ...], CONTENT] = ()`."""


class Params(BaseModel):
    """Base of every stage's parameters: frozen; an unknown key is refused with the nearest valid name.

    The docstring under a field is its description: in the JSON schema, in Prefect's form and in docs/recipe.md.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _name_the_nearest(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            for key in data:
                if key not in cls.model_fields:
                    near = difflib.get_close_matches(str(key), cls.model_fields, n=1, cutoff=0.5)
                    hint = f"did you mean {near[0]!r}?" if near else f"valid keys: {', '.join(cls.model_fields)}"
                    raise ValueError(f"unknown key {key!r}; {hint}")
        return data

    def identity(self) -> dict[str, Any]:
        """What goes into a cache key: every field that is not NOT_IN_KEY, files as hashes of their bytes."""
        return {
            name: _stable(getattr(self, name), f"{type(self).__name__}.{name}", CONTENT in field.metadata)
            for name, field in type(self).model_fields.items()
            if NOT_IN_KEY not in field.metadata
        }


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text. Refuses NaN, sets and other unstable values."""
    return _ENCODER.encode(_stable(value, "value", False))


def sha256_file(path: Path) -> str:
    """The sha256 of a file's bytes; of a folder, that of its files' relative names and bytes in sorted order."""
    if path.is_dir():
        inner = [[p.relative_to(path).as_posix(), sha256_file(p)] for p in sorted(path.rglob("*")) if p.is_file()]
        return hashlib.sha256(canonical_json(inner).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stable(value: Any, where: str, content: bool) -> Any:
    """`value` as plain JSON data with one encoding only; TypeError names the field of a value that has none."""
    match value:
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case Params():
            return value.identity()
        case Path():
            if not content:
                raise TypeError(f"{where}: a path has no stable encoding; mark the field CONTENT or NOT_IN_KEY")
            return sha256_file(value)
        case list() | tuple():
            return [_stable(item, where, content) for item in value]
        case Mapping():
            return {str(key): _stable(item, f"{where}.{key}", content) for key, item in value.items()}
    raise TypeError(f"{where}: {type(value).__name__} {value!r} has no stable encoding for a cache key")
