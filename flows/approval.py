"""A person's approval before a release: asked for in a form of Prefect's UI, or given by `instructory approve` and `reject`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Literal, TypeVar

import click
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.runtime import deployment
from pydantic import Field, ValidationError

from flows.observability.artifacts import in_cell, report_address
from flows.recipe import Recipe
from tasks.core.errors import BadInput, GateFailed
from tasks.pipeline.build import Build
from tasks.pipeline.task_runs import run_as_task
from tasks.release.publish import prepared
from tasks.store.files import inside
from tasks.store.manifest import Approval, Release, read_record, record_bytes
from tasks.store.store import Store, dataset_name

F = TypeVar("F", bound=RunInput)


class ApprovalForm(RunInput):
    """The form that a suspended run shows."""

    decision: Literal["approve", "reject"]
    name: str = Field(min_length=1, description="Your name: it goes into the release's record.")
    note: str = ""


def require(build: Build, recipe: Recipe) -> None:
    """Return when a person has approved the candidate; GateFailed if it was rejected or nobody was there to be asked."""
    content = build.done[-1].manifest.content
    released = build.store.versions(build.dataset) and build.store.release(build.dataset).content == content
    if recipe.approval is None or released:
        return
    build.approval = recorded(build.store, build.dataset, content)
    if build.approval is None:
        candidate = run_as_task("candidate", prepared, build, recipe.model_dump(mode="json"))
        if not deployment.get_id():
            raise GateFailed(
                f"{build.dataset} waits for a person: read {build.store.root / candidate.report}, then type "
                f"`instructory approve {build.dataset} --name YOU` (or reject), and run the same command again"
            )
        form = ApprovalForm.with_initial_data(description=_question(build, candidate))
        answer = next(answers(form, candidate.content[:16], recipe.approval.hours))
        build.approval = record(
            build.store, build.dataset, content, answer.decision == "approve", answer.name, answer.note
        )
    if not build.approval.approved:
        said = f": {build.approval.note}" if build.approval.note else ""
        raise GateFailed(
            f"{build.dataset} was rejected by {build.approval.by}{said}; its rows are kept, and `instructory approve "
            f"{build.dataset} --name YOU` would reverse it"
        )


def decide(root: Path, dataset: str, approved: bool, name: str, note: str) -> None:
    """Record a decision about what the latest build of a dataset has ready, from the command line."""
    store = Store(root)
    built = next((found for found in store.build_records() if found.dataset == dataset_name(dataset)), None)
    if built is None or not built.stages or built.stages[-1][0] != "audit":
        raise BadInput(f"{dataset} has no candidate in {store.backend.address}; build it first")
    content = store.required(*built.stages[-1]).content
    record(store, dataset, content, approved, name, note)
    click.echo(f"{dataset}: {'approved' if approved else 'rejected'} by {name}; the next run of its build acts on that")


def recorded(store: Store, dataset: str, content: str) -> Approval | None:
    """What was decided about these rows; None if nothing was."""
    path = _path(store, dataset, content)
    return read_record(Approval, path) if store.backend.refresh(path) else None


def record(store: Store, dataset: str, content: str, approved: bool, name: str, note: str) -> Approval:
    """Keep a decision; a later one about the same rows takes its place."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    approval = Approval(dataset=dataset, content=content, approved=approved, by=name, note=note, at=now)
    store.backend.replace(_path(store, dataset, content), record_bytes(approval))
    return approval


def _path(store: Store, dataset: str, content: str) -> Path:
    return inside(store.root, store.root / "approvals" / dataset_name(dataset) / f"{content}.json")


def answers(form: type[F], key: str, hours: float) -> Iterator[F]:
    """The answers that a form got so far, and then none: the run is suspended until it gets the next one, and begins anew; stages
    are found in the store.

    A question nobody answered in time failed the run; retried, it is asked again, under the next number.
    """
    for number in count():
        try:
            yield suspend_flow_run(wait_for_input=form, timeout=int(hours * 3600), key=f"{key}-{number}")
        except ValidationError:
            continue


def _question(build: Build, candidate: Release) -> str:
    rows = "".join(
        f"| {done.manifest.stage} | {done.manifest.ledger.kept:,} | {done.manifest.ledger.rejected:,} | "
        f"{done.manifest.ledger.failed:,} |\n"
        for done in build.done
    )
    return (
        f"**{in_cell(candidate.dataset)}@{candidate.version}**: {candidate.rows:,} rows wait for your approval.\n\n"
        f"[Its report]({report_address(build, candidate)}) · `{(build.store.root / candidate.report).parent}`\n\n"
        f"| stage | kept | rejected | failed |\n|---|---|---|---|\n{rows}"
    )
