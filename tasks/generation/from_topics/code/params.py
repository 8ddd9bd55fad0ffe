"""Settings of code rows."""

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field

from tasks.core.params import CONTENT
from tasks.generation.method import MethodParams

Level = Literal["easy", "medium", "hard"]


class CodeRows(MethodParams):
    """Programming exercises with solutions that pass tests which were written without them; in Python."""

    method: Literal["code"] = "code"

    topics: tuple[str, ...] = ()
    """What exercises are to be about, one phrase each."""
    snippets: Annotated[Path | None, CONTENT] = None
    """A file or folder of source code whose lines suggest exercises. Code among the recipe's documents does so, too."""
    rows: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """Exercises to ask for; topics and snippets take turns."""
    levels: Annotated[tuple[Level, ...], Field(min_length=1)] = get_args(Level)
    """Levels of difficulty, taken in turn."""
    personas: tuple[str, ...] = ()
    """Roles in which exercises are written, taken in turn: `You teach statistics.`"""
    tests: Annotated[int, Field(ge=2, le=30)] = 6
    """Test cases asked for, from the exercise alone."""
    least_tests: Annotated[int, Field(ge=2, le=30)] = 3
    """Different test cases that an exercise must have in the end."""
    solutions: Annotated[int, Field(ge=1, le=20)] = 3
    """Solutions asked for, independently of each other and of the tests."""
    agreement: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Share of the test cases that solutions must agree with; those that all of them contradict count as wrong (CodeT)."""
    repairs: Annotated[int, Field(ge=0, le=10)] = 2
    """Times a program that fails is shown its error and asked for again."""
    examples: Annotated[int, Field(ge=0, le=5)] = 1
    """Test cases that the instruction shows as examples; they are right, since the solution passes them."""
    most_alike: Annotated[float, Field(gt=0, le=1)] = 0.92
    """Similarity (cosine of embeddings) to an earlier exercise from which an exercise counts as the same."""
    translate: Literal["", "javascript"] = ""
    """A language into which each solution is translated as well, as a row of its own, run against the same tests."""
    explain: bool = False
    """Have each solution explained as well, as a row of its own; a program written from the explanation must pass the tests."""
    seconds: Annotated[float, Field(gt=0, le=300)] = 5.0
    """Wall time of a program with its tests."""
    licence: str = "CC0-1.0"
    """The licence that rows from topics carry; yours to choose, within what your model's vendor allows."""
    snippets_licence: str = "unknown"
    """The licence of the source code in `snippets`, which rows from it carry; those from documents carry that of their document."""
