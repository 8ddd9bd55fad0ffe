"""The settings of the audit: what counts as good, and how many rows are looked at."""

from typing import Annotated

from pydantic import Field

from tasks.core.params import Params

Share = Annotated[float, Field(ge=0, le=1)]
Wanted = Share | None


class Expected(Params):
    """The share of rows that shall have each of the six qualities; null where one is not asked for. What is below or was not
    measured stands in the verdict; `require` makes it stop a release."""

    relevant: Wanted = 0.95
    """Share of rows that must be about the documents."""
    aligned: Wanted = 0.9
    """Share of rows whose response must be about their instruction."""
    consistent: Wanted = 0.98
    """Share of rows that must be grounded where that was measured, and whose instruction no other row answers
    differently."""
    correctly_formatted: Wanted = 0.99
    """Share of rows that must be free of format errors."""
    sufficiently_unique: Wanted = 0.9
    """Share of rows that must have no near-equal of both their instruction and their response."""
    compliant: Wanted = 1.0
    """Share of rows that must be free of personal data, toxicity, benchmark items and text that instructs models, under a
    known licence."""


Named = tuple[str, ...]


class Definitions(Params):
    """Which entries of `verify` say that a row has a quality: it has it if every one of them that looked at the row passed it. Rows
    that none looked at are not measured. Empty: by entries whose rubric or verifier is made for it, or else by a rule."""

    relevant: Named = ()
    """Names of entries of `verify`, e.g. a judge of instructions."""
    aligned: Named = ()
    """Names of entries of `verify`, e.g. a judge by the curation checklist."""
    consistent: Named = ()
    """Names of entries of `verify`."""
    correctly_formatted: Named = ()
    """Names of entries of `verify`."""
    sufficiently_unique: Named = ()
    """Names of entries of `verify`."""
    compliant: Named = ()
    """Names of entries of `verify`."""


class Audit(Params):
    """Thresholds by which rows are counted, and samples that keep the dear measures affordable."""

    sample: Annotated[int, Field(ge=1)] = 5000
    """Rows whose grammar and neighbours are looked at; of more rows, a sample drawn by their ids."""
    near_same: Share = 0.9
    """Cosine from which two instructions are nearly the same: "Name 4 different mammals." and "Name two kinds of mammals."
    are at 0.90 in Alpaca, of whose instructions 1 in 700 has such a neighbour."""
    aligned_from: Share = 0.2
    """Cosine of instruction and response from which the one is about the other. In Alpaca 90 % of the pairs reach it, and 4 %
    of pairs put together at random."""
    relevant_from: Share = 0.3
    """Cosine to the nearest passage from which a row without evidence is about the documents."""
    similar_from: Share = 0.7
    """Cosine from which an instruction of the previous release counts as still covered."""
    grounded_from: Share = 0.7
    """Share of a response's content words that must stand in its evidence."""
    toxic_from: Share = 0.95
    """Score from which a row counts as toxic: the threshold of `filters.toxicity`, where its score was measured to be sure."""
    contaminated_from: Share = 0.5
    """Share of a benchmark item's tokens found in a row; more than half is Tülu 3's rule."""
    outlier_z: Annotated[float, Field(gt=0)] = 3.0
    """Standard errors by which the mean of a slice must differ from the whole to be named."""
    outlier_shift: Annotated[float, Field(ge=0)] = 0.5
    """Standard deviations of the rows by which it must differ too: in a large slice every trifle is significant."""
    share_drop: Share = 0.02
    """A share that is worse by more than this than in the previous release is a regression."""
    relative_drop: Share = 0.1
    """A count that is worse by more than this part of the previous one is a regression."""
    expected: Expected = Expected()
    qualities: Definitions = Definitions()
