"""Settings of procedural rows."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from tasks.generation.method import MethodParams

Kind = Literal["arithmetic", "equations", "percentages", "sequences", "units", "dates", "tables", "regular_expressions"]
Level = Literal["easy", "medium", "hard"]


class Procedural(MethodParams):
    """Problems drawn from grammars: right by construction, in any number, without a model."""

    method: Literal["procedural"] = "procedural"

    rows: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """Problems to make; the kinds take turns."""
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] = get_args(Kind)
    """Kinds of problems."""
    levels: Annotated[tuple[Level, ...], Field(min_length=1)] = get_args(Level)
    """Levels of difficulty, taken in turn."""
    steps: Literal["response", "reasoning", "none"] = "response"
    """Where the worked steps stand: before the answer in the response, in the column `reasoning`, or nowhere."""
    seed: int = 1
    """Another number draws other problems."""
    licence: str = "CC0-1.0"
    """The licence that the rows carry. They hold nobody's text; it is yours to choose."""
