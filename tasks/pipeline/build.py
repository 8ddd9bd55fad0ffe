"""The build that is going on: which store, which dataset, who listens. Stages find it here, so that a flow reads like prose."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tasks.core.errors import InstructoryError
from tasks.core.outcome import Usage
from tasks.store.manifest import Approval, BuildRecord, GateVerdict, Manifest
from tasks.store.store import Store

if TYPE_CHECKING:
    from tasks.pipeline.runners.runner import Runner


@dataclass(frozen=True)
class StageDone:
    """A stage that ended, by work or by cache."""

    manifest: Manifest
    cached: bool
    seconds: float


class Listener(Protocol):
    """Who is told how a build goes: a console, a log, nobody."""

    def opened(self, run: str) -> None:
        """The build has its flow run."""

    def began(self, stage: str) -> None:
        """A stage is about to run or to be found in the store."""

    def moved(self, _stage: str, done: int, total: int) -> None:
        """A stage has done `done` of `total` rows."""

    def ended(self, done: StageDone) -> None:
        """A stage has its manifest."""

    def judged(self, verdict: GateVerdict) -> None:
        """A gate has spoken."""

    def warned(self, message: str) -> None:
        """Something a person should know, in one line."""

    def noted(self, message: str) -> None:
        """Something a person may like to know, in one line."""


class SilentListener:
    """A listener that does nothing."""

    def opened(self, run: str) -> None:
        """Nothing."""

    def began(self, stage: str) -> None:
        """Nothing."""

    def moved(self, _stage: str, done: int, total: int) -> None:
        """Nothing."""

    def ended(self, done: StageDone) -> None:
        """Nothing."""

    def judged(self, verdict: GateVerdict) -> None:
        """Nothing."""

    def warned(self, message: str) -> None:
        """Nothing."""

    def noted(self, message: str) -> None:
        """Nothing."""


@dataclass
class Build:
    """One run of a DAG."""

    store: Store
    dataset: str
    name: str
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Per stage, the gate thresholds that the recipe overrides."""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    """The recipe as JSON data, for the record."""
    workers: int = 2
    runner: "Runner | None" = None
    """Workers in other processes for row-wise work; None: threads of this process."""
    listener: Listener = field(default_factory=SilentListener)
    usage: Usage = field(default_factory=Usage)
    check_lease: Callable[[], None] = lambda: None
    """Called right before a release; raises if this build may no longer write."""
    keep: Callable[[], None] = lambda: None
    """Called when a stage or a gate has ended, before the store is told."""
    approval: Approval | None = None
    """What a person decided about the candidate, where the recipe asks for that."""
    done: list[StageDone] = field(default_factory=list)
    verdicts: list[GateVerdict] = field(default_factory=list)

    def remember(self) -> None:
        """Say in the store what this build has made so far."""
        self.keep()
        self.store.put_build(
            BuildRecord(
                dataset=self.dataset,
                build=self.name,
                stages=tuple((done.manifest.stage, done.manifest.key) for done in self.done),
                verdicts=tuple((verdict.stage, verdict.key) for verdict in self.verdicts),
                recipe=dict(self.recipe),
            )
        )


_current: ContextVar[Build] = ContextVar("build")


@contextmanager
def building(build: Build) -> Iterator[Build]:
    """Make `build` the current one."""
    token = _current.set(build)
    try:
        yield build
    finally:
        _current.reset(token)


def current() -> Build:
    """The build that is going on."""
    try:
        return _current.get()
    except LookupError:
        raise InstructoryError(
            "a stage was called outside of a build; call it in a flow, or call its function directly"
        ) from None
