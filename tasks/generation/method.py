"""What a generation method is: a stage of its own that makes rows from documents, seed tasks, topics or other rows.

A module (or a small folder) exports one `METHOD`; `catalogue.py` lists them all. docs/adding-a-method.md has the steps.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import pyarrow as pa
from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import NOT_IN_KEY
from tasks.teachers.prompts.own import WithPrompts
from tasks.teachers.protocol import Teacher

SEEDS: Final = 1_000_003
"""From the seed of one round to that of the next: far from what a recipe gives to another entry."""


class MethodParams(WithPrompts):
    """Base of a method's parameters: an entry of a recipe's `generate`."""

    method: str
    """Which method: one of the names in docs/methods.md. Subclasses give it a Literal type with one value, as default."""
    name: Annotated[str, Field(pattern=r"^$|^[a-z][a-z0-9_-]{0,39}$")] = ""
    """The stage's name, where a recipe lists a method more than once; empty: the method's, numbered from its second entry."""
    teacher: Annotated[str, NOT_IN_KEY] = ""
    """Which of the recipe's `teachers` writes; empty: the one called `teacher`."""

    round: Annotated[int, Field(ge=1)] = 1
    """Other rows by the same settings: each number seeds and asks anew. A build with a `target` counts it up from here."""

    def identity(self) -> dict[str, Any]:
        """As any parameters'; the first round is the one that was not numbered."""
        return {name: value for name, value in super().identity().items() if (name, value) != ("round", 1)}

    def in_round(self, name: str, number: int) -> Self:
        """The entry as its stage `name` runs it in a later round of a build."""
        return self.model_copy(update={"name": name, "round": self.round + number - 1})

    def seeded(self) -> Self:
        """These parameters with a `seed`, where there is one, that belongs to the round."""
        seed = getattr(self, "seed", None)
        return self if seed is None else self.model_copy(update={"seed": seed + SEEDS * (self.round - 1)})

    def teacher_names(self) -> tuple[str, ...]:
        """The recipe's teachers that are asked, by name ("": the one called `teacher`), the one that writes first; none where these
        settings ask no model."""
        return (self.teacher,)


@dataclass(frozen=True)
class Inputs:
    """The tables a method may read; None where the recipe has none."""

    documents: pa.Table | None = None
    """Passages of the recipe's documents (schema CHUNK)."""
    rows: pa.Table | None = None
    """Rows with responses, made or imported (schema EXAMPLE). Of a method that `fills_gaps`, the rows kept of earlier rounds, with
    their ids, parents and evidence alone; None in the first."""
    teachers: Mapping[str, Teacher] = field(default_factory=dict)
    """The teachers that the entry names, by those names (`MethodParams.teacher_names`)."""


@dataclass(frozen=True)
class Sizes:
    """How much a method would read, as far as that is known before a build."""

    passages: int
    passage_tokens: int
    """Of an average passage."""
    rows: int
    """Rows with responses that `from_rows` methods would read, at most."""


@dataclass(frozen=True)
class Calls:
    """What a method would ask of its teacher at most, and how many rows it could make."""

    requests: int = 0
    context_tokens: int = 0
    """Tokens in an average request, beside the prompt text."""
    rows: int = 0
    others: Mapping[str, "Calls"] = field(default_factory=dict)
    """What it would ask of its further teachers at most, by name; not counted in `requests`."""

    def times(self, rounds: int) -> "Calls":
        """What so many rounds would ask."""
        others = {name: calls.times(rounds) for name, calls in self.others.items()}
        return replace(self, requests=self.requests * rounds, rows=self.rows * rounds, others=others)


def share_of(rows: int, share: float, most: int | None) -> int:
    """A share of so many rows, rounded up, for estimates; no more than `most`, if that is given."""
    wanted = math.ceil(share * rows)
    return wanted if most is None else min(wanted, most)


Input = Literal["documents", "seed_tasks", "topics", "rows"]
Make = Callable[[Inputs, Any, Teacher | None, Tools], Outcome]
"""`(inputs, params, teacher, tools) -> Outcome` with EXAMPLE rows. Every row names its parent: the passage, seed task, topic or
row it was made from. The teacher is None where the method asks none or the recipe names none."""


@dataclass(frozen=True)
class Method:
    """One way to make rows."""

    params: type[MethodParams]
    inputs: tuple[Input, ...]
    """What it reads. `seed_tasks` and `topics` come from the parameters, `documents` and `rows` as tables.
    A method that reads documents and nothing else, or rows, needs them; beside topics or seed tasks it does without documents where
    a recipe names none."""
    make: Make
    estimate: Callable[[Any, Sizes], Calls]
    """`(params, sizes) -> Calls`: what it would ask at most, for `--dry-run`."""
    teacher: Literal["none", "optional", "required"] = "none"
    answered: bool = False
    """Whether all its rows come with their responses, so that the stage `answers` asks nothing about them."""
    version: int = 1
    """Raise it when the same input would give other rows than before."""
    fills_gaps: bool = False
    """Whether its later rounds are given the rows kept so far, to ask about what has none; it reads documents."""
    prompts: tuple[Path, ...] = ()
    """The prompt texts it asks with; part of its cache key."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Reasons for rejecting rows that only this method has, with what each means; the others stand in tasks/core/reasons.py."""
    libraries: tuple[str, ...] = ()
    """Distributions whose version can change its rows."""

    @property
    def name(self) -> str:
        """Its name: under `generate:`, as Prefect task, as rows' `method`, and of its page."""
        return str(self.params.model_fields["method"].default)

    @property
    def reads_rows(self) -> bool:
        """Whether it runs on rows that have responses, so after the answers."""
        return "rows" in self.inputs
