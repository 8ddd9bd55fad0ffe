"""Run a flow from the command line: server, console, closing table."""

import gc
import importlib
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.text import Text

from flows.cli.console import ConsoleListener, closing_table, report_json
from flows.deployment import operating, server
from flows.recipe import Recipe
from tasks.core.visible import visible
from tasks.pipeline.build import StageDone
from tasks.pipeline.runners import settings as runners
from tasks.release.verdict import ReleaseVerdict, facts_of, release_verdict
from tasks.store.locations import address_of
from tasks.store.manifest import Release
from tasks.store.store import Store
from tasks.teachers import check

_SLOW_TO_IMPORT: Final = (
    "expectations.engine", "tasks.text.compiled", "tasks.filters.personal_data.presidio", "tasks.clusters.topics",
    "tasks.release.report.sections",
)  # fmt: skip
"""What nearly every build imports when it comes to it, in that order: some five seconds together."""

STYLES: Final = {"green": "green", "amber": "yellow", "red": "red"}
"""How the console sets each colour of a verdict."""

_MANY_ROWS: Final = 500
"""From here on a second process that reads their grammar is worth its start, two seconds of a processor."""


class _StartsAuditEarly(ConsoleListener):
    """The console; it also starts early what the audit at the end of a build needs."""

    def ended(self, done: StageDone) -> None:
        """A stage has ended."""
        super().ended(done)
        if not done.cached and done.manifest.ledger.kept >= _MANY_ROWS:
            from tasks.audit import grammar

            grammar.get_ready()


def run_build(recipe: Recipe, store: Path, trial: int | None, as_json: bool, detail: int = 0) -> None:
    """Build and print how it went, in the `detail` of BuildOptions. Raises what stopped the build, after what was done is shown."""
    for settings in recipe.used_teachers():
        check(settings, recipe.budget)
    Store(store).versions(recipe.dataset)  # a bucket that can't be reached is reported before anything is started
    runners.check(recipe.runner)
    console = Console(stderr=as_json)
    if not console.is_terminal:
        console.width = 120  # a log has no width of its own; 80 would cut the table
    progress = Console(stderr=as_json, width=console.width, quiet=detail < 0)
    listener = _StartsAuditEarly(progress, detail > 0)
    progress.print(
        Text.assemble("building ", (recipe.dataset, "bold"), f" in {visible(address_of(store))}"), soft_wrap=True
    )
    for path in [source.path for source in recipe.documents] + [dataset.path for dataset in recipe.datasets]:
        if path:
            progress.print(Text(visible(f"from {Path(path).expanduser().absolute()}")), soft_wrap=True)
    for name in [f"{one.hub}@{one.revision or 'main'}" for one in recipe.datasets if one.hub]:
        progress.print(Text(visible(f"from the hub: {name}")), soft_wrap=True)
    release: Release | None = None
    try:
        release = _run(recipe, store, trial, listener)
    finally:
        listener.close()
        if as_json:
            click.echo(report_json(release, recipe.dataset, listener.done, str(store), _verdict(recipe, listener)))
    progress.print()
    progress.print(closing_table(listener.done))
    progress.print()
    where = "" if store == Path(".instructory") else f" --store {address_of(store)}"
    console.print(
        f"[bold green]{release.dataset}@{release.version}[/]: {release.rows:,} rows released", highlight=False
    )
    for done in listener.done:
        if done.manifest.stage == "target":
            console.print(Text(f"target: {done.manifest.facts['notes'][0]}"), soft_wrap=True)
    verdict = _verdict(recipe, listener)
    console.print(Text(visible(f"verdict: {verdict.text}"), style=STYLES[verdict.colour]), soft_wrap=True)
    console.print(Text(visible(f"report: {store / release.report}")), soft_wrap=True)
    console.print(Text(visible(f"next:   instructory show {release.dataset}{where}")), soft_wrap=True)


def _verdict(recipe: Recipe, listener: ConsoleListener) -> ReleaseVerdict:
    """What is to be thought of what was built."""
    facts = facts_of([done.manifest for done in listener.done])
    return release_verdict(listener.verdicts, facts, recipe.model_dump(mode="json"))


def _run(recipe: Recipe, store: Path, trial: int | None, listener: ConsoleListener) -> Release:
    # imports make a million objects that stay; looking through them every 700, as Python does, costs one second of six
    gc.set_threshold(10_000, 10, 10)
    name = "build" if recipe.makes_rows else "curate"
    operating.join(store)
    server.prepare(store)
    with server.serving(store, lambda: importlib.import_module(f"flows.{name}"), sooner=_SLOW_TO_IMPORT) as api:
        from flows.steps import listening

        flow = getattr(importlib.import_module(f"flows.{name}"), name)

        token = listening.set(listener)
        try:
            release: Release = flow(recipe, store, trial)
        finally:
            listening.reset(token)
            if listener.run:
                server.await_records(api, listener.run)
        return release
