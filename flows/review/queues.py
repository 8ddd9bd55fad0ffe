"""Which rows of a dataset are reviewed, and in which order, by what the command line asked for."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from flows.review.rows import RowsUnderReview
from tasks.review import gold, queue
from tasks.review.shown import rows_to_review, states_at_first


@dataclass(frozen=True)
class QueueSettings:
    """Which rows are reviewed."""

    by: queue.By = "random"
    size: int | None = None
    seed: str = ""
    double: float = 0.2
    """Share of the rows that two people review, without seeing each other's decisions."""
    since_guideline: bool = False
    """Decisions that were made under another guideline than today's do not count."""
    gold: Path | None = None
    """The file of gold rows; None: that of the recipe, if it names one."""
    gold_share: float = 0.05
    """The share of gold rows among what each person is given."""
    reason: str = ""
    """Of `by` rejected: those of one stage, or of one stage/reason."""

    @property
    def rows(self) -> int:
        """How many rows, at most."""
        return self.size or (queue.PERSONAL_DATA_SIZE if self.by == "personal_data" else queue.SIZE)


def gold_rows(found: RowsUnderReview, settings: QueueSettings) -> gold.GoldQueue:
    """The gold rows that are here as they were when somebody said what is right of them."""
    if (file := settings.gold or gold.file_of(found.release.recipe)) is None:
        return gold.GoldQueue()
    known = gold.known(file, states_at_first(found.store, found.release))
    here = [row for row, state in known if found.states.get(row) == state]
    return gold.GoldQueue.of(here, settings.gold_share, settings.seed)


def chosen(found: RowsUnderReview, settings: QueueSettings, golden: Collection[str]) -> list[str]:
    """The rows to be reviewed by id, first to be reviewed first; gold rows are not among them."""
    apart = {*golden, *found.edits_refused} if settings.by != "rejected" else {*golden}
    size = settings.rows + len(apart)
    drawn = queue.sample(found.rows, settings.by, size, settings.seed, _known_templates(found, settings))
    return [one for at in drawn if (one := found.ids[at]) not in apart][: settings.rows]


def _known_templates(found: RowsUnderReview, settings: QueueSettings) -> set[str]:
    """Prompts and templates of the release before this one."""
    if settings.by != "templates" or not found.release.previous:
        return set()
    before = rows_to_review(found.store, found.store.release(found.name, found.release.previous), ["prompt_source"])
    return set(before.column("prompt_source").to_pylist())
