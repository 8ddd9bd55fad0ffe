"""Settings of rows of mathematics."""

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field

from tasks.core.params import CONTENT
from tasks.generation.method import MethodParams

Level = Literal["easy", "medium", "hard"]
Variant = Literal["rephrase", "inverse", "self_verification"]


class MathematicsRows(MethodParams):
    """Problems whose answer several solutions agree on, and a program or the known answer confirms; rewritten as in MetaMath."""

    method: Literal["mathematics"] = "mathematics"

    topics: tuple[str, ...] = ()
    """What problems are to be about, one phrase each."""
    known: Annotated[Path | None, CONTENT] = None
    """A file of problems with known answers, such as GSM8K's: `question` and `answer` (JSON Lines, CSV, Parquet …)."""
    rows: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """Problems to ask for, the topics in turn; and at most so many are taken from the file of known ones."""
    levels: Annotated[tuple[Level, ...], Field(min_length=1)] = get_args(Level)
    """Levels of difficulty, taken in turn."""
    personas: tuple[str, ...] = ()
    """Roles in which problems are written, taken in turn: `You run a bakery.`"""
    samples: Annotated[int, Field(ge=1, le=64)] = 4
    """Solutions asked for, independently of each other."""
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    """Sampling temperature of solutions; empty: the teacher's. At 0 all samples are alike and prove nothing."""
    agreement: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of the samples that must come to one answer, to the known one where there is one."""
    program: bool = True
    """Ask for a program that computes the answer, too; where no answer is known, it must come to the same one."""
    answers: Annotated[int, Field(ge=1, le=16)] = 1
    """Different right solutions of one problem that become rows (answer augmentation)."""
    variants: tuple[Variant, ...] = ()
    """Rewritings of each solved problem, as in MetaMath: `rephrase` asks the same in other words, `inverse` gives the answer and
    asks for a number of the problem (FOBAR), `self_verification` does so in a statement."""
    most_alike: Annotated[float, Field(gt=0, le=1)] = 0.95
    """Similarity (cosine of embeddings) to an earlier problem from which a problem counts as the same."""
    licence: str = "CC0-1.0"
    """The licence that rows from topics carry; yours to choose, within what your model's vendor allows."""
    known_licence: str = "unknown"
    """The licence of the problems in `known`, which rows from them carry."""
