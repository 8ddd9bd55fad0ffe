"""What a recipe says about verifiable constraints."""

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from tasks.generation.method import MethodParams

Constraint = Literal[
    "max_words",
    "exact_sentences",
    "bullet_list",
    "numbered_list",
    "json",
]
"""The first word of a verifiable constraint as it stands on a row: "max_words:40"."""
CONSTRAINTS: Final[tuple[Constraint, ...]] = get_args(Constraint)


class Constraints(MethodParams):
    """Rows made harder by a constraint on the response that code can check. No model is asked."""

    method: Literal["constraints"] = "constraints"
    share: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Rows made per row read, at most; fewer where short, medium and long instructions are balanced before."""
    operators: Annotated[tuple[Constraint, ...], Field(min_length=1)] = CONSTRAINTS
    """The constraints that may be added."""
    per_operator: Annotated[float, Field(gt=0, le=1)] = 0.25
    """Of the rows that may be made, at most this share by one operator."""
    short_below: Annotated[int, Field(ge=2)] = 12
    """Instructions with fewer words are short. Half of Alpaca's and of Dolly's have fewer than 10; templates say more."""
    long_from: Annotated[int, Field(ge=3)] = 32
    """Instructions with at least so many words are long."""
