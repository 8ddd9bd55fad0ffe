"""Settings of preference pairs and scored rows."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_serializer, field_validator, model_validator

from tasks.core.params import CONTENT, NOT_IN_KEY
from tasks.generation.from_rows import judging
from tasks.generation.from_rows.answering import Answering
from tasks.verification.judges import rubric as rubrics

ALIKE: Final = 0.8
"""Share of words that two answers have in common from which a pair of them teaches little."""


class Preferences(Answering):
    """Preference pairs from several answers, from two teachers or from edits; scored rows."""

    method: Literal["preferences"] = "preferences"

    source: Literal["samples", "teachers", "edits"] = "samples"
    """Where pairs come from: `samples`, answers of one teacher; `teachers`, one answer each of `teacher` and `weak`; `edits`, rows
    whose response a person edited, beside the model's own."""
    samples: Annotated[int, Field(ge=2, le=64)] = 2
    """Answers to each instruction, for `source: samples`; the two that are least alike become the pair."""
    known: bool = True
    """Whether the response of the row itself, where its reference or its tests prove it right, is preferred to an answer that they
    prove wrong, if no answer is right (as the known response in SPIN, Chen et al. 2024)."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.8
    """Sampling temperature of the answers."""
    weak: Annotated[str, NOT_IN_KEY] = ""
    """The weaker of the recipe's `teachers`, for `source: teachers`."""
    judge: Annotated[str, NOT_IN_KEY] = ""
    """Which of the recipe's `teachers` judges; empty: the one that answers."""
    rubric: Annotated[Path, CONTENT] = rubrics.locate("preference")
    """By what pairs are judged: a packaged rubric by name, or a Markdown file of your own that `judges: pair`."""
    most_alike: Annotated[float, Field(gt=0, le=1)] = ALIKE
    """Share of words that the answers of a pair may have in common."""
    least_alike: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Share of words that a person's and a model's response to one instruction have in common at least to be one edited from the
    other, for `source: edits`."""
    longer_share: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Share of the pairs that may prefer the longer response; of those beyond it, the ones that differ most in length go first."""
    scores: bool = False
    """Make a row with a score and its justification of each answer, too."""
    score_rubric: Annotated[Path, CONTENT] = rubrics.locate("curation")
    """By what answers are scored: a packaged rubric by name, or a Markdown file of your own that `judges: response`."""

    def teacher_names(self) -> tuple[str, ...]:
        """Those that answer, and the one that judges; none for edits, which a person has judged."""
        if self.source == "edits":
            return ()
        weak = (self.weak,) if self.source == "teachers" else ()
        return tuple(dict.fromkeys((self.teacher, *weak, self.judge or self.teacher)))

    @field_validator("rubric", mode="before")
    @classmethod
    def _of_pairs(cls, name: Any) -> Any:
        return judging.located(name, "pair")

    @field_validator("score_rubric", mode="before")
    @classmethod
    def _of_responses(cls, name: Any) -> Any:
        return judging.located(name, "response")

    @field_serializer("rubric", "score_rubric")
    def _as_named(self, path: Path) -> str:
        return rubrics.name_of(path)

    @model_validator(mode="after")
    def _fits_together(self) -> "Preferences":
        if self.source == "teachers" and self.weak == self.teacher:
            raise ValueError("source: teachers needs two: name the weaker one as `weak`, and `teacher` as the stronger")
        if self.source == "edits" and self.scores:
            raise ValueError(
                "scores: edits are judged by a person and have no scores; add an entry with another source"
            )
        return self
