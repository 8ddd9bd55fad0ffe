"""The policy: which behaviours rows shall show or avoid. A YAML file of ours, and one of the recipe's."""

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tasks.core import yaml_text
from tasks.core.errors import BadInput

PACKAGED: Final = Path(__file__).with_name("policy.yaml")
MOST_BYTES: Final = 4 * 2**20
Kind = Literal["refuse", "comply", "avoid", "adversarial", "wrong", "rare"]


class Behaviour(BaseModel):
    """An entry of a policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    kind: Kind
    description: Annotated[str, Field(min_length=10, max_length=2000)]
    examples: tuple[str, ...] = ()
    """Requests; of `adversarial`, instructions that texts hold, with `{word}` for a word that no answer may have."""
    share: Annotated[float, Field(ge=0)] = 1.0
    """How much of it, in proportion to the others; 0: none."""
    marks: tuple[str, ...] = ()
    """Of `avoid`: phrases that show the behaviour. The good response has none of them, the bad one at least one."""
    classes: tuple[str, ...] = ()
    """Of `rare`: kinds of requests, of which each gets as many rows."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == "rare" and not self.classes:
            raise ValueError("a behaviour of kind rare names `classes`")
        if self.kind == "adversarial" and not (self.examples and all("{word}" in one for one in self.examples)):
            raise ValueError("a behaviour of kind adversarial has `examples`, each with {word} in it")
        return self


class Policy(BaseModel):
    """A policy file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    behaviours: tuple[Behaviour, ...]


def policy_of(own: Path | None, packaged: bool) -> list[Behaviour]:
    """The behaviours of the packaged policy and those of a file, which replace packaged ones of the same name.

    Raises BadInput, naming the entry, where a file is none or nothing is left.
    """
    found = {one.name: one for one in (_read(PACKAGED) if packaged else ())}
    if own is not None:
        entries = _read(own)
        if len({one.name for one in entries}) < len(entries):
            raise BadInput(f"{own.name}: two behaviours have the same name")
        found |= {one.name: one for one in entries}
    left = [one for one in found.values() if one.share > 0]
    if not left:
        raise BadInput("behaviours: the policy is empty; name a file with `policy`, or leave `packaged` on")
    return left


def _read(path: Path) -> tuple[Behaviour, ...]:
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise BadInput(f"behaviours.policy: no file {path} of up to {MOST_BYTES >> 20} MB")
    data = yaml_text.load(path.read_text("utf-8"), path.name)
    try:
        return Policy.model_validate(data).behaviours
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadInput(f"{path.name}: {where}: {first['msg']}") from None
