"""The stage contract: a pure function becomes a cached, retryable, gated task that loses no row.

    @stage("filters", version=1, kept=FILTERED)
    def sift(examples: pa.Table, chunks: pa.Table, params: Filters, tools: Tools) -> Outcome: ...

In a flow, `sift(evolved, chunks, recipe.filters)` takes and returns snapshots: pointers to manifests in the store.
"""

import hashlib
import inspect
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pyarrow as pa
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Completed
from prefect.tasks import Task

from tasks.core.errors import TeacherDown
from tasks.core.outcome import Outcome, Tools, Usage, run_in_process
from tasks.core.params import Params, canonical_json, sha256_file
from tasks.core.redaction import without_secrets
from tasks.pipeline import gate, ledger, shards
from tasks.pipeline.build import Build, StageDone, current
from tasks.pipeline.runners.remote_work import RemoteWork, StoredTable
from tasks.store.manifest import Manifest, Spending
from tasks.store.snapshot import Snapshot

P = ParamSpec("P")
R = TypeVar("R")

TRANSIENT = (ConnectionError, TimeoutError, BlockingIOError)
"""Errors worth a second try of a whole stage; a teacher's own loop has dealt with those of single requests."""


class Stage:
    """A stage as a flow sees it. Call it with snapshots and Params, in the order of the function it wraps."""

    def __init__(
        self,
        compute: Callable[..., Outcome],
        name: str,
        version: int,
        kept: pa.Schema,
        *,
        by: str | None,
        from_outside: bool,
        libraries: Sequence[str],
        ingredients: Callable[[], Mapping[str, Any]] | None,
    ) -> None:
        self.compute = compute
        self.name = name
        self.version = version
        self.kept = kept
        self.by = by
        self.from_outside = from_outside
        self.libraries = tuple(libraries)
        self.ingredients = ingredients
        self.__doc__ = compute.__doc__

    def __call__(self, *arguments: Snapshot | Params | Sequence[Params] | int | None) -> Snapshot:
        """Run, or find in the store; then pass the gate. Raises GateFailed and whatever the function raises."""
        build = current()
        build.listener.began(self.name)
        began = time.monotonic()
        identity = self.identity(arguments)
        key = _key(identity)
        known = None if self.from_outside else build.store.manifest(self.name, key)
        manifest, cached = self._as_task(build, key, identity, arguments, known)
        done = StageDone(manifest, cached, time.monotonic() - began)
        build.done.append(done)
        build.save_record()
        build.listener.ended(done)
        self._warn_of_changed_sources(build, manifest)
        snapshot = Snapshot.of(manifest, self.kept)
        gate.pass_gate(build, snapshot, manifest)
        return snapshot

    def identity(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """Everything that can change the output, as plain data: what the key is the hash of."""
        return {
            "stage": self.name,
            "version": self.version,
            "schema": [f"{field.name}: {field.type}" for field in self.kept],
            "arguments": [a.content if isinstance(a, Snapshot) else a for a in arguments],
            "libraries": {name: installed(name) for name in self.libraries},
            "ingredients": dict(self.ingredients()) if self.ingredients else {},
        }

    def _as_task(
        self, build: Build, key: str, identity: dict[str, Any], arguments: Sequence[Any], known: Manifest | None
    ) -> tuple[Manifest, bool]:
        """The stage's manifest, found or made in a Prefect task, and whether it was there before."""
        ended: list[tuple[Manifest, bool]] = []

        def run(key: str) -> State[str]:
            with without_secrets():  # what is raised here becomes a state and a log line of Prefect's
                ended.append((known, True) if known else self._made(build, key, identity, arguments))
            manifest, cached = ended[-1]
            name = "Cached" if cached else "Completed"
            return Completed(name=name, message=_summary(manifest, cached), data=f"{self.name}/{manifest.key}")

        Task(
            run,
            name=self.name,
            task_run_name=self.name,
            cache_key_fn=lambda _context, _parameters: f"{self.name}-{key}",
            refresh_cache=True,  # only the manifest says that the work is there; Prefect's record would say it without figures
            persist_result=True,
            result_serializer="json",
            retries=len(pauses := _pauses()),
            retry_delay_seconds=pauses,
            retry_condition_fn=_is_transient,
        )(key)
        return ended[-1]

    def _made(
        self, build: Build, key: str, identity: dict[str, Any], arguments: Sequence[Any]
    ) -> tuple[Manifest, bool]:
        """The manifest of the work, done and accounted for, and whether just that had been done before."""
        before, began = Usage(**vars(build.usage)), time.monotonic()
        entered, outcome, shard_keys = self._computed(build, key, identity, arguments)
        account = ledger.balance(self.name, entered, outcome)
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
            reasons=ledger.reasons(outcome.rejected),
            facts=outcome.facts,
            inputs=tuple((a.stage, a.key) for a in arguments if isinstance(a, Snapshot)),
            shards=shard_keys,
            spending=_spent(before, build.usage),
            seconds=round(time.monotonic() - began, 3),
            written_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        return build.store.put_or_get(manifest), False

    def _computed(
        self, build: Build, key: str, identity: dict[str, Any], arguments: Sequence[Any]
    ) -> tuple[pa.Table | None, Outcome, tuple[str, ...]]:
        """The rows that entered, what became of them, and the keys of the shards in which that was found."""
        values = [a.table(build.store) if isinstance(a, Snapshot) else a for a in arguments]
        remote = self._remote_work(build, arguments, values)
        tools = Tools(
            key=key,
            store_root=build.store.root,
            progress=lambda done, total: build.listener.moved(self.name, done, total),
            workers=build.workers,
            usage=build.usage,
            read_raw=build.store.raw,
            keep_raw=build.store.keep_raw,
            keep_file=build.store.keep_raw_file,
            raw_path=build.store.raw_path,
            row_runner=remote or run_in_process,
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
        tables = [
            (value, StoredTable(build.store.required(a.stage, a.key).tables["kept"], a.schema))
            for a, value in zip(arguments, values, strict=True)
            if isinstance(a, Snapshot)
        ]
        return RemoteWork(build.runner, build.store, self.name, self.libraries, tables)

    def sources(self) -> dict[str, str]:
        """sha256 of the files of the stage's room, by name."""
        room = Path(inspect.getfile(self.compute)).parent
        files = [path for path in sorted(room.rglob("*")) if path.suffix in {".py", ".yaml", ".md", ".jinja"}]
        return {path.relative_to(room).as_posix(): sha256_file(path) for path in files}

    def _warn_of_changed_sources(self, build: Build, manifest: Manifest) -> None:
        now = self.sources()
        changed = sorted(
            name for name in now.keys() | manifest.sources.keys() if now.get(name) != manifest.sources.get(name)
        )
        if changed:
            build.listener.warned(
                f"{self.name}: {', '.join(changed)} changed since these rows were made; they are served from the store because "
                f"the stage is still version {self.version}. If the change alters rows, raise `version` in its @stage"
            )


def stage(
    name: str,
    version: int,
    kept: pa.Schema,
    *,
    by: str | None = None,
    from_outside: bool = False,
    libraries: Sequence[str] = (),
    ingredients: Callable[[], Mapping[str, Any]] | None = None,
) -> Callable[[Callable[..., Outcome]], Stage]:
    """Make a pure function `(*tables, *Params, tools) -> Outcome` a stage.

    version: raise it by hand when the same input would now give other rows.
    kept: the schema of the rows that go on.
    by: a column of the first input; rows with equal values are computed, and cached, on their own.
    from_outside: reads the world (files); runs every time, and is keyed by what it found.
    libraries: distributions whose version can change the rows.
    ingredients: what else can, as JSON data: prompt hashes, model names.
    """
    return lambda compute: Stage(
        compute, name, version, kept, by=by, from_outside=from_outside, libraries=libraries, ingredients=ingredients
    )


def as_task(name: str, function: Callable[P, R]) -> Callable[P, R]:
    """`function` as a Prefect task of its own, run every time."""
    return Task(function, name=name, task_run_name=name, persist_result=False, log_prints=False)


def _pauses() -> list[float]:
    """Seconds before each further try of a stage: few where a person waits, as INSTRUCTORY_STAGE_RETRIES says where nobody does."""
    return [float(pause) for pause in os.environ.get("INSTRUCTORY_STAGE_RETRIES", "1 5").split()]


def _is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    outage = (TeacherDown,) if "INSTRUCTORY_STAGE_RETRIES" in os.environ else ()
    return isinstance(state.result(raise_on_failure=False), (*TRANSIENT, *outage))


def _summary(manifest: Manifest, cached: bool) -> str:
    account, spent = manifest.ledger, manifest.spending
    money = f" · ${spent.cost_usd:.2f}" if spent.cost_usd and not cached else ""
    return f"kept {account.kept:,} · rejected {account.rejected:,} · failed {account.failed:,}{money}"


def _spent(before: Usage, now: Usage) -> Spending:
    return Spending(
        requests=now.requests - before.requests,
        replayed=now.replayed - before.replayed,
        tokens=now.tokens - before.tokens,
        cost_usd=None if now.unpriced > before.unpriced else round(now.usd - before.usd, 6),
    )


def _key(identity: Any) -> str:
    return hashlib.sha256(canonical_json(identity).encode()).hexdigest()[:40]
