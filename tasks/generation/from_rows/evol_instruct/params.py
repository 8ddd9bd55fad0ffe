"""The settings of Evol-Instruct."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from tasks.generation.from_rows.evol_instruct.elimination import NEAR_EQUAL
from tasks.generation.from_rows.evol_instruct.lengths import InstructionLengths, Operator
from tasks.generation.method import MethodParams


class EvolInstruct(MethodParams):
    """Evol-Instruct: a teacher makes instructions harder, round after round, and answers them."""

    method: Literal["evol_instruct"] = "evol_instruct"

    rounds: Annotated[int, Field(ge=1, le=10)] = 2
    """Times an instruction is made harder, each time from the one before; with `shares`, rounds at most."""
    operators: Annotated[tuple[Operator, ...], Field(min_length=1)] = get_args(Operator)
    """Ways of making an instruction harder, taken in turn; which one a row begins with depends on the row."""
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of the rows that can be evolved which are, shortest instructions first."""
    most: Annotated[int | None, Field(ge=1)] = None
    """Rows evolved at most; empty: no limit."""
    shares: InstructionLengths | None = None
    """Shares of short, medium and long instructions among the evolved rows: `{short: 0.3, medium: 0.4, long: 0.3}`. Rounds go
    on until they hold. Empty: each round evolves every row."""
    judge: bool = False
    """Ask the teacher, once more for each row, whether the evolved instruction asks for more."""
    near_equal: Annotated[float, Field(gt=0, le=1)] = NEAR_EQUAL
    """Similarity to the instruction before (0 to 1) from which a new one counts as unchanged and is refused."""
    passages: Annotated[int, Field(ge=1, le=20)] = 6
    """Passages of a row that are put into a question to the teacher at most."""
    max_words: Annotated[int, Field(ge=10)] = 300
    """Words the teacher is asked to stay below in an answer."""
