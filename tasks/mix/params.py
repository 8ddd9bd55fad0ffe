"""The settings of the mix."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tasks.core.params import CONTENT, Params

Share = Annotated[float, Field(gt=0, le=1)]


class LengthShares(Params):
    """The share of short, medium and long rows to aim for. They add up to 1."""

    short: Annotated[float, Field(ge=0, le=1)]
    """Share of rows with fewer than `short_below` words."""
    medium: Annotated[float, Field(ge=0, le=1)]
    """Share of the rows between."""
    long: Annotated[float, Field(ge=0, le=1)]
    """Share of rows with at least `long_from` words."""

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        total = self.short + self.medium + self.long
        if abs(total - 1) > 0.001:
            raise ValueError(f"the shares of short, medium and long rows add up to {total:g}, not to 1")
        return self


class Match(Params):
    """A reference whose spread of lengths, first words or domains the mix is to have."""

    reference: Annotated[Path | None, CONTENT] = None
    """A file of rows (JSON, JSON Lines, CSV, Parquet) with `instruction` and `response`, or the usual other names."""
    release: Annotated[str, Field(pattern=r"^$|^[a-z0-9][a-z0-9_-]{0,63}@[1-9][0-9]*$")] = ""
    """A release of the same store in place of a file, DATASET@N."""
    by: Annotated[tuple[Literal["length", "verb", "domain"], ...], Field(min_length=1)] = ("length",)
    """What is matched: `length`, words of instruction and response by doublings; `verb`, the first word of the instruction;
    `domain`, as the verifier of that name found it, here and in the reference."""

    @model_validator(mode="after")
    def _one_reference(self) -> Self:
        if bool(self.reference) == bool(self.release):
            raise ValueError("match: name one of `reference` (a file) and `release` (DATASET@N)")
        return self


class Mix(Params):
    """How many rows, and what share of them each group may have. Shares are shares of the mix, not of the pool."""

    rows: Annotated[int | None, Field(ge=1)] = None
    """Rows to choose, exactly; empty: as many as the shares allow."""

    choose: Literal["spread", "random", "cluster_density", "difficulty", "quality_diversity", "disagreement"] = "spread"
    """Which rows come first where there are more than `rows`: `spread`, every theme and cluster in turn; `random`;
    `cluster_density`, from each cluster in proportion to the root of its size; `difficulty`, the highest perplexity first but for
    the topmost twentieth, else `difficulty`, else length; `quality_diversity`, the verifiers' verdicts times the distance to
    rows chosen before; `disagreement`, rows of which verifiers disagree first. What each gains: docs/verification.md."""
    match: Match | None = None
    """Choose so that lengths, first words or domains are spread as in a reference, in place of `choose`; needs `rows`."""

    human_share: Annotated[float | None, Field(ge=0, le=1)] = None
    """Share of rows whose response a person wrote; the rest is synthetic. Empty: whatever the rows give."""
    length_shares: LengthShares | None = None
    """Shares of short, medium and long rows; empty: whatever the rows give."""
    tolerance: Annotated[float, Field(ge=0, le=1)] = 0.05
    """By how much `human_share` and `length_shares` may be missed."""
    scarce: Literal["shrink", "fill"] = "shrink"
    """If the pool holds too few rows of an origin or length: shrink the mix until the shares hold, or fill it up with the
    others and say so. Filling without `rows` keeps everything."""
    short_below: Annotated[int, Field(ge=1)] = 30
    """Words in instruction and response below which a row is short. A third of Alpaca and of Dolly is below 30."""
    long_from: Annotated[int, Field(ge=2)] = 70
    """Words in instruction and response from which a row is long. A third of Alpaca and of Dolly is above 70."""

    per_source_cap: Share | None = None
    """Share of the mix that one source may have; empty: no cap."""
    per_theme_cap: Share | None = None
    """Share of the mix that one theme may have; empty: no cap."""
    per_method_cap: Share | None = None
    """Share of the mix that one generation method may have; empty: no cap."""
    per_operator_cap: Share | None = None
    """Share of the mix that one evolution operator may have; rows that were not evolved have none. Empty: no cap."""
    always_allowed: Annotated[int, Field(ge=0)] = 10
    """Every source, theme, method and operator may have so many rows whatever its cap: in a trial of thirty rows a share
    says nothing, and a cap of a fifth over three themes could not be met at all. 0 makes the caps strict."""

    seed: int = 0
    """Any other number draws other rows among equals."""

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.short_below >= self.long_from:
            raise ValueError(f"short_below ({self.short_below}) must be less than long_from ({self.long_from})")
        if self.match is not None and (self.rows is None or self.choose != "spread"):
            raise ValueError("match: needs `rows`, fewer than there are to choose from, and leaves nothing to `choose`")
        return self
