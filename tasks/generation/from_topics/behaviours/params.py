"""Settings of rows that teach a policy."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from tasks.core.params import CONTENT
from tasks.generation.method import MethodParams


class Behaviours(MethodParams):
    """Rows that teach a policy: when to refuse and when not, what not to do, texts that try to instruct, rare requests."""

    method: Literal["behaviours"] = "behaviours"

    situations: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Situations to draw, in the proportions of the policy's `share`; one of `refuse` or `avoid` gives two rows, others one."""
    policy: Annotated[Path | None, CONTENT] = None
    """A YAML file of your own, in the form of tasks/generation/from_topics/behaviours/policy.yaml. Its entries replace packaged
    ones of the same name."""
    packaged: bool = True
    """Whether the packaged policy holds, too."""
    wrong: Literal["pair", "row"] = "pair"
    """Where a deliberately wrong answer stands: in `rejected`, beside the right one, or as the `response` of a row with
    `weight: 0` and `score: 0`, which formats for fine-tuning leave out."""
    confirm: bool = True
    """Whether the teacher is asked, without the task that a text was written for, if a request does what its entry describes and
    its look-alike does not, and if of a pair of answers the losing one alone shows what is to be avoided."""
    seed: int = 1
    """Another number draws other situations."""
    licence: str = "CC0-1.0"
    """The licence that the rows carry; yours to choose, within what your model's vendor allows."""
