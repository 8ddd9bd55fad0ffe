"""What a build shows in Prefect's UI beside its task runs: progress, ledger, the verdicts of gates, the report.

Every text that came from a document, a model or a recipe is shown as it is, never as Markdown or HTML.
"""

import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import httpx
import pyarrow.compute as pc
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.logging import get_run_logger
from prefect.runtime import flow_run, task_run

from tasks.core.redaction import masked
from tasks.pipeline.build import Build, Listener, StageDone
from tasks.pipeline.gate import outcome
from tasks.release.verdict import verdict_of
from tasks.store.manifest import GateVerdict, Manifest, Release

SECONDS_BETWEEN_UPDATES: Final = 2.0
"""How often a stage's progress is sent: a person can't read faster, and a send takes tens of milliseconds."""
SHOWN_ROWS: Final = 5
SHOWN_CHARACTERS: Final = 240


class Artifacts(Listener):
    """A listener that creates artifacts of a flow run. An artifact that can't be sent is left out: no build fails for it."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.run = _uuid(flow_run.get_id())
        self._progress: dict[str, _Progress] = {}
        self._manifests: dict[str, Manifest] = {}

    def moved(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is, if it takes more than two seconds."""
        if stage not in self._progress:
            self._progress[stage] = _Progress(self, stage)
        self._progress[stage].at = (done, total)

    def ended(self, done: StageDone) -> None:
        """Close the stage's progress."""
        self._manifests[done.manifest.stage] = done.manifest
        if progress := self._progress.pop(done.manifest.stage, None):
            progress.at = (
                progress.at[1],
                progress.at[1],
            )  # rows that no step reports, such as those that were found, are done too
            progress.close()

    def judged(self, verdict: GateVerdict) -> None:
        """Show the result of a gate, and rows that failed."""
        rows = [] if verdict.passed else list(self._failing_rows(verdict))
        self.put(f"gate-{verdict.stage}", "markdown", verdict_markdown(verdict, rows), verdict_line(verdict))

    def warned(self, message: str) -> None:
        """Put a warning into the run's log."""
        get_run_logger().warning(message)

    def released(self, release: Release) -> None:
        """Link to the report."""
        link = report_address(self.build, release)
        name = f"report of {release.dataset}@{release.version}, {release.rows:,} rows"
        verdict = verdict_of(self.build.store, release)
        text = f"**{verdict.colour.capitalize()}**: {in_cell(verdict.text)}\n\n[{name}]({link})"
        self.put("report", "markdown", text, f"the quality report: {verdict.colour}")

    def closed(self) -> None:
        """Show the ledger as far as the build came."""
        for stage in list(self._progress):
            self._progress.pop(stage).close()
        if self.build.done:
            self.put(
                "ledger", "table", json.dumps(ledger_rows(self.build.done)), "every row of every stage, accounted for"
            )

    def put(
        self, name: str, kind: str, data: str | float, description: str, client: SyncPrefectClient | None = None
    ) -> UUID | None:
        """Create an artifact under the dataset's name; returns its id, or None if the server did not take it."""
        artifact = ArtifactCreate(
            key=f"{self.build.dataset}-{name}".replace("_", "-"),
            type=kind,
            data=masked(data) if isinstance(data, str) else data,
            description=description,
            flow_run_id=self.run,
            task_run_id=_uuid(task_run.get_id()),
        )
        with suppress(httpx.HTTPError), nullcontext(client) if client else get_client(sync_client=True) as asked:
            return asked.create_artifact(artifact).id
        return None

    def _failing_rows(self, verdict: GateVerdict) -> Iterator[tuple[str, str]]:
        """(id, text) of the first rows that failed a check."""
        failing = list(dict.fromkeys(row for check in verdict.checks for row in check.failing_ids))[:SHOWN_ROWS]
        manifest = (
            self._manifests.get(verdict.stage) or self.build.done[-1].manifest
        )  # the release's gate judges the last stage
        if not failing or not manifest.tables["kept"]:
            return
        table = self.build.store.whole(manifest.tables["kept"])
        chosen = table.filter(pc.is_in(table.column(0), value_set=pc.cast(failing, table.schema.field(0).type)))
        texts = [name for name in ("instruction", "response", "text") if name in chosen.column_names]
        for row in chosen.to_pylist():
            yield str(row[table.column_names[0]]), " → ".join(str(row[name] or "") for name in texts)


class _Progress:
    """A progress artifact, updated by a thread of its own, so that a stage never waits for the server."""

    def __init__(self, artifacts: Artifacts, stage: str) -> None:
        self.artifacts, self.stage, self.at = artifacts, stage, (0, 0)
        self._id: UUID | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"progress of {stage}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread, after a last update if the artifact was created."""
        self._ended.set()
        self._thread.join()

    def _keep(self) -> None:
        if self._ended.wait(SECONDS_BETWEEN_UPDATES):
            return
        with get_client(
            sync_client=True
        ) as client:  # one client for all updates: each new one reads the machine's certificates
            self._send(client, *self.at)
            while not self._ended.wait(SECONDS_BETWEEN_UPDATES):
                self._send(client, *self.at)
            if self._id:
                self._send(client, *self.at)

    def _send(self, client: SyncPrefectClient, done: int, total: int) -> None:
        share, text = 100.0 * done / total if total else 100.0, f"{self.stage}: {done:,} of {total:,} rows"
        if self._id is None:
            self._id = self.artifacts.put(f"progress-{self.stage}", "progress", share, text, client)
            return
        with suppress(httpx.HTTPError):
            client.update_artifact(self._id, ArtifactUpdate(data=share, description=text))


class Listeners(Listener):
    """Several listeners as one: each call goes to all of them, in order."""

    def __init__(self, *listeners: Listener) -> None:
        for name in ("opened", "began", "moved", "ended", "judged", "warned", "noted"):
            methods = [getattr(listener, name) for listener in listeners]
            setattr(self, name, partial(_call_all, methods))


def _call_all(methods: Sequence[Callable[..., None]], *arguments: Any) -> None:
    for method in methods:
        method(*arguments)


@contextmanager
def show_artifacts(build: Build) -> Iterator[Artifacts]:
    """Show a build in Prefect's UI until the block ends; other listeners stay."""
    artifacts = Artifacts(build)
    build.listener = Listeners(build.listener, artifacts)
    try:
        yield artifacts
    finally:
        artifacts.closed()


def ledger_rows(done: Sequence[StageDone]) -> list[dict[str, Any]]:
    """One row per stage: rows in, made, kept, rejected, failed; the commonest reasons; requests and cost."""
    rows = []
    for entry in done:
        common = sorted(entry.manifest.reasons.items(), key=lambda reason: (-reason[1], reason[0]))[:3]
        rows.append(
            {
                "stage": entry.manifest.stage,
                "in": entry.manifest.ledger.rows_in,
                "made": entry.manifest.ledger.created,
                "kept": entry.manifest.ledger.kept,
                "rejected": entry.manifest.ledger.rejected,
                "failed": entry.manifest.ledger.failed,
                "reasons": ", ".join(f"{reason} {count:,}" for reason, count in common),
                "requests": 0 if entry.cached else entry.manifest.spending.requests,
                "usd": 0 if entry.cached else entry.manifest.spending.cost_usd,
                "cached": entry.cached,
            }
        )
    return rows


def verdict_line(verdict: GateVerdict) -> str:
    """A gate's verdict in a few words, which the UI shows in its list of artifacts."""
    return f"{'passed' if verdict.passed else 'did not open'}: {outcome(verdict)}"


def verdict_markdown(verdict: GateVerdict, rows: Sequence[tuple[str, str]]) -> str:
    """A gate's verdict: its checks, those that failed first, and rows that failed them."""
    result = "let everything pass" if verdict.passed else "**did not open**"
    lines = [f"The gate after {verdict.stage} {result}.", ""]
    lines += ["| | expectation | column | expected | observed | why | key |", "|---|---|---|---|---|---|---|"]
    for check in sorted(verdict.checks, key=lambda check: (check.passed, check.judged)):
        cells = (check.expectation, check.column, check.expected, check.observed, check.why, check.key)
        mark = "✓" if check.passed and check.judged else "–" if check.passed else "✗"
        lines.append(f"| {mark} | {' | '.join(in_cell(cell) for cell in cells)} |")
    if not verdict.passed:
        lines += [
            "",
            "Its rows are kept. Correct the recipe or the threshold, and press Retry: only this gate and what ",
        ]
        lines[-1] += "follows run again."
    if rows:
        lines += ["", "The first of the rows that failed:", ""]
        lines += [f"- {literal(row)}: {literal(text)}" for row, text in rows]
    return "\n".join(lines)


def literal(text: str) -> str:
    """`text`, shortened, as a Markdown code span: nothing in it is markup, whatever it holds."""
    line = " ".join(text.split())
    short = line if len(line) <= SHOWN_CHARACTERS else f"{line[:SHOWN_CHARACTERS]}…"
    fence = "`" * (max((len(run) for run in re.findall("`+", short)), default=0) + 1)
    return f"{fence} {short} {fence}"


def in_cell(text: str) -> str:
    """`text` for a cell of a Markdown table: every sign that could be markup as a character reference, and no address in it
    a link, by a space of no width."""
    line = re.sub(r"(://|www\.|@)", "\u200b\\1", " ".join(text.split()), flags=re.IGNORECASE)
    return re.sub(r"[^\w ,.;%·…–—\u200b]", lambda sign: f"&#{ord(sign[0])};", line)


def report_address(build: Build, release: Release) -> str:
    """Where a browser finds the report: under INSTRUCTORY_REPORTS_URL where reports are served, else the file."""
    served = os.environ.get("INSTRUCTORY_REPORTS_URL", "")
    if served:
        return f"{served.rstrip('/')}/{quote(release.dataset)}/{release.version}/report.html"
    return (build.store.root / release.report).as_uri()


def _uuid(text: Any) -> UUID | None:
    return UUID(str(text)) if text else None
