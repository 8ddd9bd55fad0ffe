"""What the flows share: opening a build, the methods of a recipe, the release before, and publishing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
from prefect.runtime import flow_run

from expectations import SUITES
from expectations.suite import in_round
from flows import approval
from flows.deployment import sharing
from flows.observability import events, logs, metrics
from flows.observability.artifacts import Artifacts, show_artifacts
from flows.own_prompts import check_prompts
from flows.recipe import Recipe
from flows.reviewing import with_labels
from flows.unused_settings import without_effect
from tasks.core.redaction import redact_logs, without_secrets
from tasks.core.schema import CLEANED, CLUSTERED, EXAMPLE, VERIFIED
from tasks.filters.catalogue import Filters
from tasks.filters.decontamination import contamination
from tasks.filters.duplicates import near_duplicates
from tasks.filters.duplicates.previous_releases import pinned
from tasks.filters.heuristics import feasibility, length
from tasks.generation.catalogue import BY_NAME
from tasks.pipeline import gate
from tasks.pipeline.build import Build, Listener, building, current
from tasks.pipeline.runners import settings as runners
from tasks.pipeline.runners.runner import open_runner
from tasks.pipeline.task_runs import run_as_task
from tasks.release.publish import publish
from tasks.review.decisions import Decisions
from tasks.review.params import FoundDecisions, Review
from tasks.stages import cleaning, documents, generation, review, screening, tokens, verification
from tasks.store.lease import lease
from tasks.store.manifest import Release
from tasks.store.snapshot import Snapshot
from tasks.store.store import Store
from tasks.teachers import begin_build, check, lost
from tasks.teachers.shared_journal import SharedJournal
from tasks.text.columns import COLUMNS as TEXTS
from tasks.verification.verifier import stage_name

listening: ContextVar[Listener] = ContextVar("listening")
"""The listener of the flows of this process, if the command line set one."""


@contextmanager
def open_build(recipe: Recipe, root: Path) -> Iterator[Build]:
    """A build with all that its stages need, from its lease to its listeners: checked before any work, closed after it."""
    redact_logs()
    for settings in recipe.used_teachers():
        check(settings, recipe.budget)
    check_prompts(recipe.generate, recipe.answers, recipe.verify, recipe.dataset)
    runners.check(recipe.runner)
    store = Store(Path(root))
    name = flow_run.get_name() or "build"
    answers = SharedJournal(store)
    with (
        without_secrets(),
        lease(store.root, recipe.dataset, name, answers.upload_if_due) as held,
        answers.synchronised(),
        open_runner(recipe.runner, recipe.workers) as runner,
    ):
        build = Build(
            store=store,
            dataset=recipe.dataset,
            name=name,
            thresholds=recipe.thresholds(),
            asked=recipe.asked(),
            recipe=recipe.model_dump(mode="json"),
            workers=recipe.workers,
            runner=runner,
            listener=listening.get(Listener()),
            check_lease=held.check,
            upload_answers=answers.upload,
        )
        version = max(store.versions(recipe.dataset), default=0) + 1
        begin_build(store.root, f"{recipe.dataset}@{version}")  # what is spent until it is released counts as one build
        build.listener.opened(str(flow_run.get_id() or ""))
        for line in filter(None, [*without_effect(recipe), lost(store) if recipe.used_teachers() else ""]):
            build.listener.warned(line)
        sharing.require_shared(store.root)
        run = str(flow_run.get_id() or "")
        with (
            building(build),
            show_artifacts(build),
            metrics.export_metrics(build),
            logs.write_log(build, run),
            events.emit_failures(build.dataset),
        ):
            yield build


def pinned_filters(recipe: Recipe) -> Filters:
    """The recipe's filters, with the earlier releases they look at named by version: a key cannot stand on "the newest"."""
    near = near_duplicates.FILTER.settings(recipe.filters)
    named = pinned(near.against_previous, current().store, recipe.dataset)
    return recipe.filters.model_copy(update={"near_duplicates": near.model_copy(update={"against_previous": named})})


def previous_release(dataset: str, candidate: Snapshot) -> Snapshot | None:
    """The last release that differs from `candidate`: what it is compared with. None for a first release."""
    store = current().store
    for version in reversed(store.versions(dataset)):
        found = store.release(dataset, version)
        if found.content != candidate.content:
            stage, key = found.stages[-1]
            manifest = store.manifest(stage, key)
            return Snapshot.of(manifest, CLUSTERED) if manifest else None
    return None


def generate(
    recipe: Recipe,
    passages: Snapshot | None,
    rows: Sequence[Snapshot] = (),
    number: int = 1,
    kept: Snapshot | None = None,
) -> list[Snapshot]:
    """The rows of the recipe's generation methods in round `number`, in the order of its entries: of those that read `rows` where
    there are any, else of the others. Entries do not read each other's rows, so they run side by side. Methods that would make the
    same rows in each round make theirs in the first. `kept`: the rows of earlier rounds, for methods that ask about the rest."""
    calls = []
    for entry in recipe.generate:
        method = BY_NAME[entry.method]
        if method.reads_rows != bool(rows):
            continue
        if number > 1 and not method.reads_rows and not recipe.makes_others(entry):
            current().listener.noted(
                f"{entry.name or entry.method}: the same rows in every round, so only in the first"
            )
            continue
        name = in_round(entry.name or entry.method, number)
        asked_for = entry.in_round(name, number) if number > 1 else entry
        documents = passages if "documents" in method.inputs else None
        teachers = [recipe.teacher_called(one) for one in entry.teacher_names()]
        asked = teachers[0] if len(teachers) == 1 else teachers
        stage = generation(name, entry.method)
        read = list(rows) or ([_with_passages(kept)] if kept and method.fills_gaps else None)
        calls.append(partial(stage, documents, read, asked_for, asked, recipe.budget))
    return current().side_by_side(calls)


def _with_passages(kept: Snapshot) -> Snapshot:
    """Kept rows as far as they say which passages they stand on."""
    return replace(kept, schema=columns(VERIFIED, "example_id", "parent_id", "evidence"))


def screen(recipe: Recipe, made: Snapshot, before: Sequence[Snapshot] | None, number: int) -> Snapshot:
    """The instructions worth an answer, by the settings of the filters that look at instructions alone, and by what earlier rounds
    asked."""
    named = pinned_filters(recipe)
    looked_at = (length.FILTER, feasibility.FILTER, contamination.FILTER, near_duplicates.FILTER)
    return screening.in_round(number)(made, before, recipe.screening, *(each.settings(named) for each in looked_at))


def reviewed(recipe: Recipe, rows: list[Snapshot]) -> list[Snapshot]:
    """`rows` with the decisions of people laid over them; unchanged where nobody decided and the recipe says nothing."""
    decisions, params = Decisions(current().store, recipe.dataset), recipe.review or Review()
    if recipe.review is None and not decisions.any():
        return rows
    return [review(rows, FoundDecisions.of(decisions, params), params)]


def verify(recipe: Recipe, kept: Snapshot, passages: Snapshot | None) -> Snapshot:
    """The rows that the recipe's verifiers let pass, with their verdicts: one stage after another, in the order of entries."""
    for entry in recipe.verify:
        stage, build = verification(stage_name(entry), entry.verifier), current()
        entry = with_labels(entry, build.store, build.dataset)
        teachers = [recipe.teacher_called(name) for name in entry.teacher_names()]
        kept = stage(kept, passages, entry, teachers if len(teachers) > 1 else teachers[0], recipe.budget)
    return kept


def counted(recipe: Recipe, rows: Snapshot) -> Snapshot:
    """The same rows, counted in the tokens of the models that the recipe names, if it names any."""
    if recipe.tokens is None:
        return rows
    build = current()
    done = next(one.manifest for one in reversed(build.done) if one.manifest.stage == cleaning.name)
    came = [
        Snapshot.of(build.store.required(*read), columns(EXAMPLE, "example_id", *TEXTS))
        for read in done.inputs
        if read[0] != documents.name
    ]
    return tokens(rows, came, Snapshot.of(done, columns(CLEANED, "example_id", "changes", *TEXTS)), recipe.tokens)


def columns(schema: pa.Schema, *names: str) -> pa.Schema:
    """A schema with these columns of `schema` only."""
    return pa.schema([schema.field(name) for name in names])


def release(audited: Snapshot, recipe: Recipe) -> Release:
    """Pass the last gate and publish: the report, the card, and then the one reference that makes it a version."""
    build = current()
    judged = gate.pass_gate(build, audited, build.done[-1].manifest, SUITES["release"])
    approval.require(build, recipe)
    after = replace(audited, after=(*audited.after, judged))
    published = run_as_task("release", publish, build, recipe.model_dump(mode="json"), after=after)
    Artifacts(build).released(published)
    events.emit(events.RELEASED, published.dataset, version=published.version, rows=published.rows)
    return published
