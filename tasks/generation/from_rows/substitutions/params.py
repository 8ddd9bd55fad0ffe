"""What a recipe says about substitutions."""

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from tasks.generation.method import MethodParams

Kind = Literal["synonyms", "gender_swaps", "origin_swaps", "typos", "noise"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Substitutions(MethodParams):
    """Rows whose words are exchanged by rule: synonyms, swapped identities, typing errors, noise. No model is asked."""

    method: Literal["substitutions"] = "substitutions"

    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] = KINDS
    """What is done; each kind makes rows of its own. `gender_swaps` and `origin_swaps` change the response, too; the others only
    the request."""
    share: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Share of the rows that a kind can change which it changes. Which ones depends on each row alone."""
    typo_rate: Annotated[float, Field(gt=0, le=0.5)] = 0.1
    """Share of a request's words that get a typing error; one at least."""
    synonym_rate: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of the words that have a synonym in the list which are exchanged; one at least."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Another number gives other errors in other places."""
