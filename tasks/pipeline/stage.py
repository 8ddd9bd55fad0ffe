"""The stage contract: a pure function becomes a cached, retryable, gated Prefect task that loses no row.

    filters = stage("filters", version=1, kept=FILTERED)(compute)

In a flow, `filters(cleaned, chunks, recipe.filters)` takes and returns snapshots: pointers to manifests in the store. Its task
waits for the tasks that made those snapshots and for their gates, so Prefect's graph of a run is the DAG.
"""

import hashlib
import inspect
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import pyarrow as pa
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Completed
from prefect.tasks import Task

from expectations import SUITES, suite_of
from expectations.suite import Suite, in_round
from tasks.core.errors import TeacherDown
from tasks.core.outcome import Outcome, Tools, Usage
from tasks.core.params import canonical_json
from tasks.core.reasons import REASONS
from tasks.core.redaction import without_secrets
from tasks.pipeline import gate, ledger, shards, sources
from tasks.pipeline.arguments import Argument, identity_of, snapshots_in, value_of
from tasks.pipeline.build import Build, StageDone, current, recorded
from tasks.pipeline.ledger import NO_REASONS
from tasks.pipeline.runners.beside import Beside
from tasks.pipeline.runners.remote_work import RemoteWork, StoredTable
from tasks.pipeline.task_runs import NO_RESULT, run_and_wait
from tasks.store.manifest import Manifest, Spending
from tasks.store.snapshot import Snapshot

TRANSIENT = (ConnectionError, TimeoutError, BlockingIOError)
"""Errors worth a second try of a whole stage; a teacher's own loop has dealt with those of single requests."""


@dataclass(eq=False)
class Stage:
    """A stage as a flow sees it. Call it with snapshots and Params, in the order of the function it wraps; several snapshots in
    a list are read as one table."""

    compute: Callable[..., Outcome]
    name: str
    version: int
    """Raise it by hand when the same input would now give other rows."""
    kept: pa.Schema
    """The schema of the rows that go on."""
    _: KW_ONLY
    by: str | None
    """A column of the first input; rows with equal values are computed, and cached, on their own."""
    from_outside: bool
    """Reads the world (files); runs every time, and is keyed by what it found."""
    only_makes: bool
    """Makes new rows beside those it reads, which other stages read as well and account for; its fact `rows_read` says how many it
    read."""
    libraries: Sequence[str]
    """Distributions whose version can change the rows."""
    ingredients: Callable[[], Mapping[str, Any]] | None
    """What else can change the rows, as JSON data: prompt hashes, model names."""
    files: Sequence[Path] | None
    """The source files that the rows depend on, if not all of the room's."""
    reasons: Mapping[str, str]
    """Those for which only this stage rejects rows, with what each means."""
    suite: Suite | None
    """What its gate expects, if not the suite of the stage's name."""

    def __post_init__(self) -> None:
        self.__doc__ = self.compute.__doc__

    def __call__(self, *arguments: Argument) -> Snapshot:
        """Run, or find in the store; then pass the gate. Raises GateFailed and whatever the function raises."""
        build = current()
        build.listener.began(self.name)
        began = time.monotonic()
        identity = self.identity(arguments)
        key = _key(identity)
        known = None if self.from_outside else build.store.manifest(self.name, key)
        before = build.spent_before(self.name)
        manifest, cached, state = self._as_task(build, key, identity, arguments, known)
        done = StageDone(manifest, cached, time.monotonic() - began, before)
        build.done = recorded(build.done, done)
        build.save_record()
        build.listener.ended(done)
        for note in manifest.facts.get("notes", ()):
            build.listener.noted(f"{self.name}: {note}")
        for warning in manifest.facts.get("warnings", ()):
            build.listener.warned(f"{self.name}: {warning}")
        self._warn_of_changed_sources(build, manifest)
        snapshot = replace(Snapshot.of(manifest, self.kept), after=(state,))
        judged = gate.pass_gate(build, snapshot, manifest, self.suite or SUITES[self.name])
        return replace(snapshot, after=(state, judged))

    def in_round(self, number: int) -> "Stage":
        """The stage as a build in rounds runs it on the rows of one round: from the second on under a name of its own."""
        if number == 1:
            return self
        found = copy(self)
        found.name = in_round(self.name, number)
        found.suite = suite_of(found.name)
        return found

    def identity(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """Everything that can change the output, as plain data: what the key is the hash of."""
        return {
            "stage": self.name,
            "version": self.version,
            "schema": [f"{field.name}: {field.type}" for field in self.kept],
            "arguments": [identity_of(argument) for argument in arguments],
            "libraries": {name: installed(name) for name in self.libraries},
            "ingredients": dict(self.ingredients()) if self.ingredients else {},
        }

    def _as_task(
        self, build: Build, key: str, identity: dict[str, Any], arguments: Sequence[Argument], known: Manifest | None
    ) -> tuple[Manifest, bool, State[Any]]:
        """The stage's manifest, found or made in a Prefect task; whether it was there before; the task's last state."""
        ended: list[tuple[Manifest, bool]] = []

        def run() -> State[bool]:
            with without_secrets():  # what is raised here becomes a state and a log line of Prefect's
                ended.append((known, True) if known else self._made(build, key, identity, arguments))
            manifest, cached = ended[-1]
            name = "Cached" if cached else "Completed"
            account, spent = manifest.ledger, manifest.spending
            money = f" · ${spent.cost_usd:.2f}" if spent.cost_usd and not cached else ""
            return Completed(
                name=name,
                message=f"kept {account.kept:,} · rejected {account.rejected:,} · failed {account.failed:,}{money}",
                data=NO_RESULT,
            )

        # seconds before each further try of a stage: few where a person waits, as INSTRUCTORY_STAGE_RETRIES says where nobody does
        pauses = [float(pause) for pause in os.environ.get("INSTRUCTORY_STAGE_RETRIES", "1 5").split()]
        task = Task(
            run,
            name=self.name,
            task_run_name=self.name,
            cache_key_fn=lambda _context, _parameters: f"{self.name}-{key}",
            refresh_cache=True,  # only the manifest says that the work is there; Prefect's record would say it without figures
            persist_result=True,
            result_serializer="json",
            retries=len(pauses),
            retry_delay_seconds=pauses,
            retry_condition_fn=_is_transient,
        )
        before = [state for argument in arguments for read in snapshots_in(argument) for state in read.after]
        state = run_and_wait(task, after=before)
        return *ended[-1], state

    def _made(
        self, build: Build, key: str, identity: dict[str, Any], arguments: Sequence[Any]
    ) -> tuple[Manifest, bool]:
        """The manifest of the work, done and accounted for, and whether just that had been done before."""
        usage, began = Usage(), time.monotonic()
        try:
            entered, outcome, shard_keys = self._computed(build, key, identity, arguments, usage)
        finally:
            build.usage.add(usage)
        if self.only_makes:
            account = ledger.balance(self.name, outcome.kept.slice(0, 0), outcome, self.reasons)
            read = outcome.facts["rows_read"]
            account = account.model_copy(update={"rows_in": read, "used": read})
        else:
            account = ledger.balance(self.name, entered, outcome, self.reasons)
        tables = {"kept": outcome.kept, "rejected": outcome.rejected, "failed": outcome.failed}
        parts = {name: build.store.put(table) for name, table in tables.items()}
        if self.from_outside:  # what it read is known only now, and is all its key can stand on
            key = _key([self.version, outcome.facts, [part.sha256 for name in parts for part in parts[name]]])
            if (known := build.store.manifest(self.name, key)) is not None:
                return known, True
        manifest = Manifest(
            stage=self.name,
            key=key,
            identity=json.loads(canonical_json(identity)),
            sources=self.sources(),
            tables=parts,
            ledger=account,
            reasons=(rejected := ledger.reasons(outcome.rejected)),
            meanings={reason: {**REASONS, **self.reasons}[reason] for reason in rejected},
            facts=outcome.facts | ledger.failures(outcome),
            inputs=tuple((read.stage, read.key) for argument in arguments for read in snapshots_in(argument)),
            shards=shard_keys,
            spending=_spent(usage).plus(build.spent_before(self.name)),
            seconds=round(time.monotonic() - began, 3),
            written_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        return build.store.put_or_get(manifest), False

    def _computed(
        self, build: Build, key: str, identity: dict[str, Any], arguments: Sequence[Argument], usage: Usage
    ) -> tuple[pa.Table | None, Outcome, tuple[str, ...]]:
        """The rows that entered, what became of them, and the keys of the shards in which that was found."""
        values = [value_of(build, argument) for argument in arguments]
        remote = self._remote_work(build, arguments, values)
        tools = Tools(
            key=key,
            store_root=build.store.root,
            progress=lambda done, total: build.listener.moved(self.name, done, total),
            workers=build.workers,
            usage=usage,
            read_raw=build.store.raw,
            keep_raw=build.store.keep_raw,
            keep_file=build.store.keep_raw_file,
            raw_path=build.store.raw_path,
            scratch=build.store.scratch,
            row_runner=remote or Beside(),
        )
        if self.from_outside:
            return None, shards.with_content_hash(self.compute(*values, tools)), ()
        entered, *others = values
        keys: tuple[str, ...] = ()
        if self.by:
            outcome, keys = shards.by_document(self, build.store, identity, entered, others, tools, remote)
        else:
            outcome = self.compute(entered, *others, tools)
        return entered, shards.with_content_hash(outcome, entered), keys

    def _remote_work(self, build: Build, arguments: Sequence[Any], values: Sequence[Any]) -> RemoteWork | None:
        """The build's workers in other processes, if its recipe names any."""
        if build.runner is None or self.from_outside:
            return None
        tables = []
        for argument, value in zip(arguments, values, strict=True):
            if read := snapshots_in(argument):
                parts = [part for one in read for part in build.store.required(one.stage, one.key).tables[one.which]]
                tables.append((value, StoredTable(tuple(parts), read[0].schema)))
        return RemoteWork(build.runner, build.store, self.name, self.libraries, tables)

    def sources(self) -> dict[str, str]:
        """sha256 of the files that the stage's rows depend on, by name: those of its room, unless it names its own, and those of
        other rooms that they import. Empty for a function that was typed in and stands in no file."""
        file = Path(inspect.getfile(self.compute))
        return sources.hashes(file.parent, self.files) if file.is_file() else {}

    def _warn_of_changed_sources(self, build: Build, manifest: Manifest) -> None:
        if changed := sources.changed(manifest.sources, self.sources()):
            build.listener.warned(
                f"{self.name}: {changed} changed since these rows were made; they are served from the store because "
                f"the stage is still version {self.version}. If the change alters rows, raise its version"
            )


def stage(
    name: str,
    version: int,
    kept: pa.Schema,
    *,
    by: str | None = None,
    from_outside: bool = False,
    only_makes: bool = False,
    libraries: Sequence[str] = (),
    ingredients: Callable[[], Mapping[str, Any]] | None = None,
    files: Sequence[Path] | None = None,
    reasons: Mapping[str, str] = NO_REASONS,
    suite: Suite | None = None,
) -> Callable[[Callable[..., Outcome]], Stage]:
    """Make a pure function `(*tables, *Params, tools) -> Outcome` a stage; the fields of `Stage` say what each argument means."""
    return lambda compute: Stage(
        compute,
        name,
        version,
        kept,
        by=by,
        from_outside=from_outside,
        only_makes=only_makes,
        libraries=libraries,
        ingredients=ingredients,
        files=files,
        reasons=reasons,
        suite=suite,
    )


def _is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    outage = (TeacherDown,) if "INSTRUCTORY_STAGE_RETRIES" in os.environ else ()
    return isinstance(state.result(raise_on_failure=False), (*TRANSIENT, *outage))


def _spent(usage: Usage) -> Spending:
    return Spending(
        requests=usage.requests,
        replayed=usage.replayed,
        tokens=usage.tokens,
        cost_usd=None if usage.unpriced else round(usage.usd, 6),
    )


def _key(identity: Any) -> str:
    return hashlib.sha256(canonical_json(identity).encode()).hexdigest()[:40]
