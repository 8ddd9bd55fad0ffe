"""What a recipe says about reviews, and the decisions that a build found."""

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_serializer, field_validator

from tasks.core.errors import BadInput
from tasks.core.params import CONTENT, NOT_IN_KEY, Params, canonical_json
from tasks.review.decisions import Decision, Decisions
from tasks.review.guidelines import DEFAULT
from tasks.verification.judges import rubric

Rule = Literal["majority", "unanimous", "latest"]


class Review(Params):
    """What becomes of rows that people decided about."""

    consensus: Rule = "majority"
    """What holds where several people decided about one row: what most of them say, what all of them say, or what was said last."""
    conflicts: Literal["keep", "hold"] = "keep"
    """What becomes of a row while its reviewers disagree: it is kept as it came, or held back (`review_conflict`)."""
    names: Literal["real", "pseudonyms"] = "real"
    """Whether what is released names reviewers, or calls them by pseudonyms that stay the same within the dataset."""
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """How much a reviewer's accepted and edited rows count in training: `{ada: 0.5}`. A row's `weight` is multiplied by the mean of
    its reviewers' weights; who is not named counts 1."""
    pairs: bool = False
    """Makes of each row whose response was edited a preference pair besides: the edited response, and the one before as the losing
    one."""
    guideline: Annotated[Path, CONTENT] = rubric.locate(DEFAULT)
    """What reviewers are shown, and by which criteria they may judge: a packaged rubric by name (curation), or a Markdown file of
    your own in the same form, which the `rubric` of a judge may be too."""
    gold: Annotated[Path | None, CONTENT] = None
    """A JSON Lines file of rows whose decision is known (`example_id` and `decision`, accept or reject): the report says how often
    each reviewer decides as it does."""
    first: Annotated[int | None, NOT_IN_KEY, Field(ge=1, le=1000)] = None
    """So many rows are made and shown to people before the rest is made. None: everything is made at once."""
    accepted: Annotated[float, NOT_IN_KEY, Field(gt=0, le=1)] = 0.8
    """Of these first rows, the share that must be accepted as they are, for the rest to be made."""
    hours: Annotated[float, NOT_IN_KEY, Field(gt=0, le=24 * 365)] = 72
    """Hours for which a build on a Prefect server waits for these decisions."""

    @field_validator("guideline", mode="before")
    @classmethod
    def _by_name(cls, name: Any) -> Any:
        return rubric.locate(name) if isinstance(name, str | Path) else name

    @field_validator("guideline")
    @classmethod
    def _can_be_read(cls, path: Path) -> Path:
        try:
            rubric.load(path)
        except BadInput as error:
            raise ValueError(str(error)) from None
        return path

    @field_validator("gold")
    @classmethod
    def _is_there(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"no file {str(path)!r}")
        return path

    @field_serializer("guideline")
    def _as_named(self, path: Path) -> str:
        return rubric.name_of(path)


class FoundDecisions(Params):
    """The decisions about a dataset that hold at the beginning of a build."""

    sha256: str
    """Of all of them and of the names: what a cache key stands on."""
    decisions: Annotated[tuple[Decision, ...], NOT_IN_KEY] = ()
    names: Annotated[dict[str, str], NOT_IN_KEY] = Field(default_factory=dict)
    """How released rows call reviewers, where it is not by name."""

    @classmethod
    def of(cls, kept: Decisions, params: Review) -> "FoundDecisions":
        """Those in a store, now."""
        decisions = tuple(kept.standing())
        names = kept.pseudonyms({one.reviewer for one in decisions}) if params.names == "pseudonyms" else {}
        plain = canonical_json([[one.model_dump(mode="json") for one in decisions], names])
        return cls(sha256=hashlib.sha256(plain.encode()).hexdigest(), decisions=decisions, names=names)
