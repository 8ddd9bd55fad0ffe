"""What a recipe can say about evolution."""

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from tasks.core.params import Params
from tasks.generation.from_rows.evol_instruct.evol import Evol

Method = Literal["auto", "constraints", "teacher", "none"]
Constraint = Literal[
    "max_words",
    "min_words",
    "exact_sentences",
    "bullet_list",
    "numbered_list",
    "quote",
    "json",
    "compare",
]
"""The first word of a verifiable constraint as it stands on a row: "max_words:40"."""
CONSTRAINTS: Final[tuple[Constraint, ...]] = get_args(Constraint)


class Evolve(Params):
    """How instructions are made harder, and how many of them."""

    method: Method = "auto"
    """auto: by the teacher if there is one, else by verifiable constraints."""
    share: Annotated[float, Field(ge=0, le=1)] = 0.2
    """`constraints` only: evolved rows per answered row at most; fewer where lengths are balanced before."""
    operators: Annotated[tuple[Constraint, ...], Field(min_length=1)] = CONSTRAINTS
    """`constraints` only: those that may be added."""
    per_operator: Annotated[float, Field(gt=0, le=1)] = 0.25
    """`constraints` only: of the rows that may be made, at most this share by one operator."""
    short_below: Annotated[int, Field(ge=2)] = 12
    """Instructions with fewer words are short. Half of Alpaca's and of Dolly's have fewer than 10; templates say more."""
    long_from: Annotated[int, Field(ge=3)] = 32
    """Instructions with at least so many words are long."""
    evol: Evol = Evol()
    """How the teacher makes instructions harder; used with `method: teacher`."""
