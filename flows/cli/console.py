"""What a person sees while a build runs: one line per stage, a closing table, and what to type next."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from flows.cli import interrupts
from tasks.core.visible import visible
from tasks.pipeline.build import Listener, StageDone, recorded
from tasks.release.verdict import ReleaseVerdict
from tasks.store.manifest import GateVerdict, Manifest, Release


@dataclass
class ConsoleListener(Listener):
    """A listener that prints. On a terminal the stage at work has a live line; elsewhere only finished stages are printed."""

    console: Console
    verbose: bool = False
    """Also print why rows were refused, and each expectation that a gate judged."""
    done: list[StageDone] = field(default_factory=list)
    verdicts: list[GateVerdict] = field(default_factory=list)
    run: str = ""
    """Id of the Prefect flow run, once it is there."""
    _progress: Progress | None = None
    _lines: dict[str, TaskID] = field(default_factory=dict)
    """The live line of each stage at work: methods run side by side."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def opened(self, run: str) -> None:
        """Remember which flow run this is."""
        self.run = run

    def began(self, stage: str) -> None:
        """Show that a stage is at work; KeyboardInterrupt if a person pressed Ctrl-C."""
        interrupts.check()
        if not self.console.is_terminal:
            return
        with self._lock:
            if self._progress is None:
                columns = (SpinnerColumn(), TextColumn("{task.description:20}"), BarColumn())
                self._progress = Progress(
                    *columns, MofNCompleteColumn(), TimeElapsedColumn(), console=self.console, transient=True
                )
                self._progress.start()
            self._lines[stage] = self._progress.add_task(stage, total=None)

    def moved(self, stage: str, done: int, total: int) -> None:
        """Move the stage's live line; KeyboardInterrupt if a person wants it to stop."""
        interrupts.check()
        with self._lock:
            if self._progress and stage in self._lines:
                self._progress.update(self._lines[stage], completed=done, total=total)

    def ended(self, done: StageDone) -> None:
        """Print the stage's row counts; KeyboardInterrupt if a person pressed Ctrl-C meanwhile."""
        interrupts.check()
        with self._lock:
            self._lines.pop(done.manifest.stage, None)
            if self._progress and not self._lines:
                self._progress.stop()
                self._progress = None
        self.done = recorded(self.done, done)
        self.console.print(_line(done), highlight=False, soft_wrap=True)
        if self.verbose:
            for reason, count in done.manifest.reasons.items():
                self.noted(f"{reason} {count:,}")

    def judged(self, verdict: GateVerdict) -> None:
        """Remember what a gate said; a failure is printed by whoever ends the build."""
        self.verdicts = [*(one for one in self.verdicts if one.stage != verdict.stage), verdict]
        if self.verbose:
            for check in verdict.checks:
                said = ("passed" if check.passed else "failed") if check.judged else "not judged"
                self.noted(f"gate {verdict.stage}: {check.column} {check.expected}, {said}, found {check.observed}")

    def warned(self, message: str) -> None:
        """Print a warning, on stderr: whoever keeps only the results in a file still sees it."""
        Console(stderr=True).print(Text(visible(f"! {message}"), style="yellow"), soft_wrap=True)

    def noted(self, message: str) -> None:
        """Print a note."""
        self.console.print(Text(visible(f"    {message}"), style="dim"), soft_wrap=True)

    def close(self) -> None:
        """Take the live lines away."""
        with self._lock:
            if self._progress:
                self._progress.stop()
                self._progress = None
            self._lines.clear()


def _line(done: StageDone) -> Text:
    account, spent = done.manifest.ledger, done.manifest.spending
    line = Text(f"  {done.manifest.stage:20} ")
    line.append(f"{account.kept:>8,} kept", "bold")
    line.append(f"{account.rejected:>8,} rejected", "" if account.rejected else "dim")
    line.append(f"{account.failed:>6,} failed", "red" if account.failed else "dim")
    line.append("   cached" if done.cached else f"{done.seconds:>7.1f} s", "dim")
    if spent.requests and not done.cached:
        line.append(f"   {spent.requests:,} requests, {dollars(spent.cost_usd)}")
    return line


def closing_table(done: list[StageDone]) -> Table:
    """Row counts, time and cost of every stage."""
    table = Table(box=None, header_style="dim", padding=(0, 2))
    table.add_column("stage")
    for title in ("in", "made", "kept", "rejected", "failed", "seconds", "requests", "cost"):
        table.add_column(title, justify="right")
    for entry in done:
        account, spent = entry.manifest.ledger, entry.manifest.spending
        numbers = (account.rows_in, account.created, account.kept, account.rejected, account.failed)
        seconds = "cached" if entry.cached else f"{entry.seconds:.1f}"
        asked = 0 if entry.cached else spent.requests
        table.add_row(
            entry.manifest.stage, *(f"{number:,}" for number in numbers), seconds, f"{asked:,}",
            dollars(0.0 if entry.cached else spent.cost_usd),
        )  # fmt: skip
    return table


def report_json(
    release: Release | None, dataset: str, done: list[StageDone], store: str, verdict: ReleaseVerdict
) -> str:
    """The one object that `--json` prints as the last line of stdout."""
    return json.dumps(
        {
            "dataset": dataset,
            "version": release.version if release else None,
            "rows": release.rows if release else None,
            "report": f"{store}/{release.report}" if release else None,
            "verdict": verdict.as_json(),
            "stages": [_stage_json(entry.manifest, entry.cached, entry.seconds) for entry in done],
        }
    )


def _stage_json(manifest: Manifest, cached: bool, seconds: float) -> dict[str, Any]:
    account = manifest.ledger
    return {
        "stage": manifest.stage,
        "rows_in": account.rows_in,
        "kept": account.kept,
        "rejected": account.rejected,
        "failed": account.failed,
        "cached": cached,
        "seconds": round(seconds, 3),
        "requests": 0 if cached else manifest.spending.requests,
        "cost_usd": 0.0 if cached else manifest.spending.cost_usd,
    }


def dollars(usd: float | None) -> str:
    """$1.23, or "unknown" for None: the price of a model is not known."""
    return "unknown" if usd is None else f"${usd:,.2f}"
