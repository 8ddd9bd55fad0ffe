"""What a release is described from: everything the report and the card say stands in a `ReportData`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tasks.core.reasons import REASONS
from tasks.release.verdict import ReleaseVerdict, release_verdict
from tasks.store.manifest import GateVerdict


@dataclass(frozen=True)
class StageFacts:
    """One stage of the build: the account of its rows, what it took and what it measured."""

    stage: str
    rows_in: int
    kept: int
    rejected: int = 0
    failed: int = 0
    created: int = 0
    """Rows made here."""
    cached: bool = False
    seconds: float = 0.0
    requests: int = 0
    cost_usd: float | None = 0.0
    """None: the price of a model is not known."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Rejected rows by reason."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """What each of these reasons means."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """`Outcome.facts` of the stage."""
    reads: str = "row"
    """What one of `rows_in` is: document, passage or row."""
    makes: str = "row"
    """What one of `kept` is."""

    @property
    def used(self) -> int:
        """Rows that came in and live on only in what was made from them, as a document lives on in its chunks."""
        return self.rows_in + self.created - self.kept - self.rejected - self.failed


@dataclass(frozen=True)
class Cost:
    """What a build asked of models and paid for it."""

    requests: int = 0
    replayed: int = 0
    """Answers that came from the journal: nothing was sent, nothing was paid."""
    tokens: int = 0
    usd: float | None = 0.0
    """None: the price of a model is not known."""
    budget_usd: float | None = None
    """None: no limit."""


@dataclass(frozen=True)
class OtherRelease:
    """Another release whose distributions are drawn beside this one's."""

    name: str
    """As a person calls it: "version 6", "alpaca version 1"."""
    audit: Mapping[str, Any]
    """Facts of its audit."""


@dataclass(frozen=True)
class ReportData:
    """A release, ready to be described.

    `rows` has the schema `tasks.core.schema.CLUSTERED`; `rejects` is a sample of what any stage rejected, with `reason`,
    `detail` and, if they are there, `stage`, `location` (where in the sources) and `text` (of a document or passage). `audit`
    and `themes` are the facts of those stages; a part that is absent is not shown.
    """

    dataset: str
    version: int
    """0: the draft, the latest build, which was not released."""
    created_at: str
    """ISO 8601, as the release records it."""
    recipe: Mapping[str, Any]
    recipe_hash: str
    stages: tuple[StageFacts, ...]
    gates: tuple[GateVerdict, ...]
    rows: pa.Table
    rejects: pa.Table | None = None
    audit: Mapping[str, Any] = field(default_factory=dict)
    themes: Mapping[str, Any] = field(default_factory=dict)
    licences: Mapping[str, str] = field(default_factory=dict)
    """What is known of a licence's or a teacher's terms, in one sentence, by its name in the rows."""
    cost: Cost = field(default_factory=Cost)
    content: str = ""
    """Hash of the rows."""
    previous: int | None = None
    """The version before this one; None for a first release."""
    beside: Sequence[OtherRelease] = ()
    """The version before this one, and a release the recipe names as reference."""
    map: pa.Table | None = None
    """Where a sample of the instructions lies on a map of the embedding space: x, y, theme_label, cluster, cluster_size."""
    ablation: Mapping[str, Any] = field(default_factory=dict)
    """What `instructory ablate` found of this release: parts, comparisons, exponent, advice, warnings."""

    @property
    def meanings(self) -> Mapping[str, str]:
        """What each reason means for which a row was rejected."""
        return REASONS | {reason: meaning for stage in self.stages for reason, meaning in stage.meanings.items()}

    @property
    def description(self) -> str:
        """What the recipe says the dataset is; empty if it says nothing."""
        return str(self.recipe.get("description") or "")

    @property
    def version_name(self) -> str:
        """ "version 3", or "draft"."""
        return f"version {self.version}" if self.version else "draft"

    @property
    def verdict(self) -> ReleaseVerdict:
        """What is to be thought of it."""
        facts = {stage.stage: stage.facts for stage in self.stages} | {"audit": self.audit}
        return release_verdict(self.gates, facts, self.recipe)
