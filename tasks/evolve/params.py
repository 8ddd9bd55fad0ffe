"""What a recipe can say about evolution."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.core.params import Params

Operator = Literal[
    "max_words", "min_words", "exact_sentences", "bullet_list", "numbered_list", "ordering", "quote", "begin_with",
    "end_with", "json", "compare",
]  # fmt: skip


class Evolve(Params):
    """How instructions are made harder, and how many of them."""

    method: Literal["auto", "constraints", "teacher", "none"] = "auto"
    """auto: by the teacher if there is one, else by verifiable constraints."""
    share: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Evolved rows per answered row at most; fewer once short, medium and long instructions are balanced."""
    operators: tuple[Operator, ...] = (
        "max_words", "min_words", "exact_sentences", "bullet_list", "numbered_list", "ordering", "quote", "begin_with",
        "end_with", "json", "compare",
    )  # fmt: skip
    """Constraints that may be added without a teacher."""
    per_operator: Annotated[float, Field(gt=0, le=1)] = 0.25
    """Share of the evolved rows that one operator may make at most."""
