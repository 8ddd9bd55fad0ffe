"""What a verifier is: its settings, reasons and function, what that function is given, and the verdicts it returns.

A module exports one `VERIFIER`; `catalogue.py` lists them all. docs/adding-a-verifier.md has the steps.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

import pyarrow as pa
from pydantic import Field

from tasks.core.outcome import Tools
from tasks.core.params import NOT_IN_KEY
from tasks.teachers.prompts.own import WithPrompts
from tasks.teachers.protocol import Teacher
from tasks.text.evidence import Evidence

Word = Literal["pass", "fail", "unsure"]
"""`unsure`: the verifier looked and could not tell; the row goes on, and the report counts it."""


class VerifierParams(WithPrompts):
    """Base of a verifier's parameters: an entry of a recipe's `verify`."""

    verifier: str
    """Which verifier: one of the names in docs/verification.md. Subclasses give it a Literal type with one value, as default."""
    name: Annotated[str, Field(pattern=r"^$|^[a-z][a-z0-9_-]{0,39}$")] = ""
    """The entry's name, where a recipe lists a verifier more than once; empty: the verifier's, numbered from its second entry."""
    teacher: Annotated[str, NOT_IN_KEY] = ""
    """Which of the recipe's `teachers` is asked, by verifiers that ask one; empty: the one called `teacher`."""
    action: Literal["reject", "tag", "weight"] = "reject"
    """What a verdict does: `reject` refuses rows that fail, `tag` only writes the verdict down, `weight` multiplies the row's
    weight by the verdict's score."""
    sample: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the rows that is looked at, drawn by their ids. The others go on without a verdict."""

    def teacher_names(self) -> tuple[str, ...]:
        """The recipe's teachers that are asked, by name ("": the one called `teacher`): one, unless several vote."""
        return (self.teacher,)


class Verdict(NamedTuple):
    """What a verifier says of one row."""

    word: Word
    why: str
    """One line: what failed, or what was measured. A judge's own reason, where a judge spoke."""
    reason: str = ""
    """Of `fail`: the code under which the row is rejected; one of the verifier's `reasons`."""
    score: float | None = None
    """0 (surely wrong) to 1 (surely right), where the verifier has a scale."""
    requests: tuple[str, ...] = ()
    """Journal hashes of the calls that were made for it."""


@dataclass(frozen=True)
class Verdicts:
    """A verifier's answer about the rows of one table."""

    rows: Mapping[int, Verdict]
    """By row number. A row that is not named is none that the verifier can judge: it goes on without a verdict."""
    errors: Mapping[int, str] = field(default_factory=dict)
    """Rows for which the verifier itself failed (no answer from its model): the stage hands them on as failed."""
    columns: Mapping[str, pa.Array] = field(default_factory=dict)
    """Whole columns of the table (schema VERIFIED) to replace, e.g. `executed`, `domain`."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was measured beside, as JSON data without times, for the report and the gate: calibration, for one."""


@dataclass(frozen=True)
class VerifierContext:
    """What a verifier may look at beside its own table."""

    chunks: pa.Table | None
    """The passages that evidence points into (schema CHUNK); None where the data did not come from documents."""
    teacher: Teacher | None
    """The model that the entry names; None where it names none, or the verifier asks none."""
    tools: Tools
    others: tuple[Teacher, ...] = ()
    """The further models that vote, where the entry names several."""

    @cached_property
    def evidence(self) -> Evidence:
        """The texts that evidence points to."""
        return Evidence(self.chunks)


@dataclass(frozen=True)
class ModelCalls:
    """What a verifier would ask of its teacher at most."""

    requests: int = 0
    context_tokens: int = 0
    """Tokens in an average request, beside the prompt text."""


Compute = Callable[[pa.Table, Any, VerifierContext], Verdicts]
"""`(rows, params, context) -> Verdicts`; rows have schema VERIFIED. The same rows must give the same verdicts, whatever the clock
and the number of workers."""


@dataclass(frozen=True)
class Verifier:
    """One way to find out whether a row is right."""

    params: type[VerifierParams]
    reasons: Mapping[str, str]
    """Every code that it rejects with, and what the code means; after "; detail: " what the row's `detail` holds."""
    compute: Compute
    estimate: Callable[[Any, int, int], ModelCalls] = lambda _params, _rows, _tokens: ModelCalls()
    """`(params, rows, tokens of an average row) -> ModelCalls`: what it would ask at most, for `--dry-run`."""
    teacher: Literal["none", "optional", "required"] = "none"
    version: int = 1
    """Raise it when the same input would give other verdicts than before."""
    prompts: tuple[Path, ...] = ()
    """The prompt texts it asks with; part of its cache key."""
    libraries: tuple[str, ...] = ()
    """Distributions whose version can change its verdicts."""
    qualities: Callable[[Any], tuple[str, ...]] = lambda _params: ()
    """`(params) -> names`: those of the six qualities that a verdict of an entry speaks of. A recipe that does not define them
    (`audit.qualities`) has them measured by such entries."""

    @property
    def name(self) -> str:
        """Its name: under `verify:`, in `verdicts`, and of its page. Its stage is called `verify_NAME`."""
        return str(self.params.model_fields["verifier"].default)


PREFIX: Final = "verify_"
"""Before an entry's name: the name of its stage. A method of generation may be called as a verifier is."""


def stage_name(entry: VerifierParams) -> str:
    """The name of the stage that an entry of `verify` is."""
    return PREFIX + (entry.name or entry.verifier)


def failed_rows(verdicts: Iterable[Verdict]) -> int:
    """How many of them say `fail`."""
    return sum(verdict.word == "fail" for verdict in verdicts)
