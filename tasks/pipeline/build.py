"""The current build: its store, dataset, settings and listener. Stages find it in a context variable."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tasks.core.errors import InstructoryError
from tasks.core.outcome import Usage
from tasks.store.manifest import Approval, BuildRecord, GateVerdict, Manifest, Spending
from tasks.store.snapshot import Snapshot
from tasks.store.store import Store

if TYPE_CHECKING:
    from tasks.pipeline.runners.runner import Runner


@dataclass(frozen=True)
class StageDone:
    """A stage that ended, by work or by cache."""

    manifest: Manifest
    cached: bool
    seconds: float
    carried: Spending = field(default_factory=Spending)
    """Part of the manifest's spending that earlier runs of the stage in the same build had: they read fewer rows of these."""


def recorded(done: Sequence[StageDone], new: StageDone) -> list[StageDone]:
    """`done` with `new` in the place of what the same stage made before: a build in rounds runs some stages again, on more rows.
    One that now only found what it had made in this build counts as it was."""
    for entry in done:
        if entry.manifest.stage == new.manifest.stage and entry.manifest.key == new.manifest.key:
            new = replace(entry, seconds=entry.seconds + new.seconds)
    return [*(entry for entry in done if entry.manifest.stage != new.manifest.stage), new]


class Listener:
    """Receives the events of a build. The methods do nothing; consoles, logs and metrics override those that they need.
    Stages that run side by side call them from threads of their own."""

    def opened(self, run: str) -> None:
        """The build has a Prefect flow run, with this id."""

    def began(self, stage: str) -> None:
        """A stage is about to run or to be found in the store."""

    def moved(self, stage: str, done: int, total: int) -> None:
        """A stage has done `done` of `total` rows."""

    def ended(self, done: StageDone) -> None:
        """A stage has its manifest."""

    def judged(self, verdict: GateVerdict) -> None:
        """A gate has its result."""

    def warned(self, message: str) -> None:
        """A warning for the person who runs the build, in one line."""

    def noted(self, message: str) -> None:
        """A note for the person who runs the build, in one line."""


@dataclass
class Build:
    """One run of a DAG."""

    store: Store
    dataset: str
    name: str
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Per stage, the gate thresholds that the recipe overrides."""
    asked: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Per stage, the gate thresholds that follow from what else the recipe asks for."""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    """The recipe as JSON data, for the record."""
    workers: int = 2
    runner: "Runner | None" = None
    """Workers in other processes for row-wise work; None: threads of this process."""
    listener: Listener = field(default_factory=Listener)
    usage: Usage = field(default_factory=Usage)
    check_lease: Callable[[], None] = lambda: None
    """Called right before a release; raises InstructoryError if this build no longer holds the lease on its dataset."""
    upload_answers: Callable[[], None] = lambda: None
    """Called when a stage or a gate has ended, before that is recorded in the store."""
    approval: Approval | None = None
    """A person's decision about the candidate, where the recipe asks for one."""
    going_on: bool = False
    """Whether more rows may come: gates then expect no least number."""
    done: list[StageDone] = field(default_factory=list)
    verdicts: list[GateVerdict] = field(default_factory=list)

    def spent_before(self, stage: str) -> Spending:
        """What the stage has asked of models when it ran before in this build."""
        return next((done.manifest.spending for done in self.done if done.manifest.stage == stage), Spending())

    def save_record(self) -> None:
        """Record in the store what this build has made so far."""
        self.upload_answers()
        self.store.put_build(
            BuildRecord(
                dataset=self.dataset,
                build=self.name,
                stages=tuple((done.manifest.stage, done.manifest.key) for done in self.done),
                verdicts=tuple((verdict.stage, verdict.key) for verdict in self.verdicts),
                recipe=dict(self.recipe),
            )
        )

    def side_by_side(self, calls: Sequence[Callable[[], Snapshot]]) -> list[Snapshot]:
        """What `calls` of stages return, in their order. They run at the same time, each in a thread of its own with an
        account of its own; when all have ended, the accounts are added to this build in the order of `calls`, and the first
        error is raised."""
        if len(calls) < 2:
            return [call() for call in calls]
        parts = [replace(self, usage=Usage(), done=list(self.done), verdicts=list(self.verdicts)) for _ in calls]
        began = len(self.done), len(self.verdicts)

        def run(part: Build, call: Callable[[], Snapshot]) -> Snapshot:
            with building(part):
                return call()

        try:
            with ThreadPoolExecutor(len(calls), "stage") as pool:
                futures = [
                    pool.submit(copy_context().run, run, part, call) for part, call in zip(parts, calls, strict=True)
                ]
        finally:
            for part in parts:
                self.done += part.done[began[0] :]
                self.verdicts += part.verdicts[began[1] :]
                self.usage.add(part.usage)
        self.save_record()
        return [future.result() for future in futures]


_current: ContextVar[Build] = ContextVar("build")


@contextmanager
def building(build: Build) -> Iterator[Build]:
    """Make `build` the current build until the block ends."""
    token = _current.set(build)
    try:
        yield build
    finally:
        _current.reset(token)


def current() -> Build:
    """The current build; InstructoryError if there is none."""
    try:
        return _current.get()
    except LookupError:
        raise InstructoryError(
            "a stage was called outside of a build; call it in a flow, or call its function directly"
        ) from None
