"""`instructory deploy`: what deployments/prefect.yaml says, registered with a Prefect server. Twice is the same as once."""

import base64
import difflib
import importlib
import importlib.metadata
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import available_timezones

import click
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows import recipe_file
from flows.deployment import operating, server
from flows.deployment.sharing import VARIABLE, store_id
from tasks.core.errors import BadInput, InstructoryError
from tasks.store.locations import address_of

PACKAGED: Final = Path(__file__).parents[2] / "deployments" / "prefect.yaml"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Schedule(_Entry):
    """When runs start."""

    cron: str
    timezone: str = "UTC"


class Limit(_Entry):
    """How many runs at once, and what becomes of one too many."""

    limit: int = Field(1, ge=1)
    collision_strategy: str = "ENQUEUE"


class Pool(_Entry):
    """Where runs run."""

    name: str
    job_variables: dict[str, Any] = {}


class Deployment(_Entry):
    """One entry under `deployments:`, the keys of Prefect's own format that we use."""

    name: str
    description: str = ""
    entrypoint: str
    parameters: dict[str, Any] = {}
    schedules: tuple[Schedule, ...] = ()
    tags: tuple[str, ...] = ()
    concurrency_limit: Limit = Limit()
    work_pool: Pool


@dataclass(frozen=True)
class Wanted:
    """What the command line says beside the file."""

    recipe: str | None = None
    cron: str | None = None
    timezone: str | None = None
    pool: str | None = None
    run: bool = False


def deploy(store: Path, file: Path, wanted: Wanted) -> None:
    """Register the deployments and automations, and print what stands now. BadInput says what is wrong, and what to do."""
    operating.join(store)
    server.prepare(store)
    entries = chosen(read(file), wanted)
    with reached() as url:
        entries = [checked(entry, file) for entry in entries]
        from prefect.client.orchestration import get_client
        from prefect.events.worker import EventsWorker

        from flows.deployment import automations
        from flows.observability import events

        with get_client(sync_client=True) as client:
            pools = sorted(pool.name for pool in client.read_work_pools())
        for entry in entries:
            if entry.work_pool.name not in pools:
                raise BadInput(
                    f"{entry.name}: no work pool {entry.work_pool.name!r} on {url}; there are: {', '.join(pools) or 'none'}; "
                    f"`instructory up` makes one, or: prefect work-pool create {entry.work_pool.name} --type process"
                )
        for entry in entries:
            click.echo(f"deployed  {_register(entry, store)}")
            if entry.schedules and (dataset := dataset_of(entry)):
                events.emit(events.WATCHED, dataset)
        for line in automations.register():
            click.echo(line)
        EventsWorker.drain_all(timeout=server.RECORD_SECONDS, at_exit=False)
        ui = url.removesuffix("/api")
        click.echo(
            f"started   {ui}/runs/flow-run/{_started(entries[0])}" if wanted.run else f"see       {ui}/deployments"
        )


def read(file: Path) -> tuple[Deployment, ...]:
    """The deployments a file names."""
    try:
        data = yaml.safe_load(file.read_text("utf-8"))
        return tuple(Deployment.model_validate(entry) for entry in data["deployments"])
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}; name a file in Prefect's format with --file") from None
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise BadInput(f"{file}: not a prefect.yaml with `deployments:`: {str(error).splitlines()[0]}") from None
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise BadInput(f"{file}: deployments: {where}: {problem['msg']}") from None


def chosen(entries: Sequence[Deployment], wanted: Wanted) -> list[Deployment]:
    """The entries as the command line wants them: all, or the first one's pattern for another recipe."""
    if (wanted.cron and not wanted.recipe) or (wanted.timezone and not wanted.cron):
        raise BadInput(
            "--cron is for one recipe, --timezone for its --cron: instructory deploy RECIPE --cron '0 2 * * *' --timezone UTC"
        )
    made = [_for_recipe(entries[0], wanted.recipe)] if wanted.recipe else list(entries)
    for number, entry in enumerate(made):
        update: dict[str, Any] = {}
        if wanted.pool:
            update["work_pool"] = entry.work_pool.model_copy(update={"name": wanted.pool})
        if wanted.cron:
            update["schedules"] = (Schedule(cron=wanted.cron, timezone=wanted.timezone or "UTC"),)
        made[number] = entry.model_copy(update=update)
    return made


def _for_recipe(pattern: Deployment, name: str) -> Deployment:
    recipe = recipe_file.load(name)
    path = Path(name)
    flow = "flows.build.build" if recipe.makes_rows else "flows.curate.curate"
    named = str(path.absolute()) if path.is_file() else name
    update = {
        "name": recipe.dataset,
        "description": recipe.description,
        "entrypoint": flow,
        "parameters": {"recipe": named},
        "schedules": (),  # those of the pattern are its own
    }
    return pattern.model_copy(update=update)


def checked(entry: Deployment, file: Path) -> Deployment:
    """The entry, if its schedule and its collision strategy are such that Prefect can follow them."""
    for schedule in entry.schedules:
        if not _is_cron(schedule.cron):
            raise BadInput(
                f"{file}: {entry.name}: cron {schedule.cron!r} is not five fields minute hour day month weekday; "
                "every night at half past two is '30 2 * * *'"
            )
        if schedule.timezone not in available_timezones():
            near = difflib.get_close_matches(schedule.timezone, available_timezones(), n=1, cutoff=0.4)
            hint = f"did you mean {near[0]!r}?" if near else "names are like Europe/Berlin, or UTC"
            raise BadInput(f"{file}: {entry.name}: no time zone {schedule.timezone!r}; {hint}")
    if entry.concurrency_limit.collision_strategy not in {"ENQUEUE", "CANCEL_NEW"}:
        raise BadInput(f"{file}: {entry.name}: collision_strategy is ENQUEUE or CANCEL_NEW")
    if not re.fullmatch(r"flows\.(build\.build|curate\.curate)", entry.entrypoint):
        raise BadInput(f"{file}: {entry.name}: entrypoint is flows.build.build or flows.curate.curate")
    return entry


def _is_cron(text: str) -> bool:
    from prefect.client.schemas.schedules import CronSchedule

    try:
        CronSchedule(cron=text)
    except ValueError:
        return False
    return len(text.split()) == 5


def dataset_of(entry: Deployment) -> str | None:
    """The dataset an entry builds; None if its recipe is given with each run."""
    named = entry.parameters.get("recipe")
    return recipe_file.load(named).dataset if isinstance(named, str) else None


@contextmanager
def reached() -> Iterator[str]:
    """The address of a Prefect server that answers, lets us in, and speaks our version."""
    url = os.environ.get("PREFECT_API_URL", "")
    if not url:
        raise BadInput("no Prefect server: start one with `instructory up`, or name one in PREFECT_API_URL")
    if not server.answers(url):
        raise BadInput(
            f"the Prefect server at {url} does not answer; start it (`instructory up`), or correct PREFECT_API_URL"
        )
    theirs, ours = _version(url), importlib.metadata.version("prefect")
    if theirs.split(".")[:2] != ours.split(".")[:2]:
        raise BadInput(
            f"the Prefect server at {url} is version {theirs} and we are {ours}; install the same version on both"
        )
    yield url


def _version(url: str) -> str:
    import httpx

    password = os.environ.get("PREFECT_API_AUTH_STRING", "")
    headers = {"authorization": f"Basic {base64.b64encode(password.encode()).decode()}"} if password else {}
    try:
        answer = httpx.get(f"{url.rstrip('/')}/admin/version", headers=headers, timeout=10)
    except httpx.HTTPError as error:
        raise InstructoryError(f"the Prefect server at {url} stopped answering: {error}; try again") from None
    if answer.status_code in {401, 403}:
        raise BadInput(
            f"the Prefect server at {url} refuses the password; set PREFECT_API_AUTH_STRING=user:password as the server has it"
        )
    return str(answer.json())


def _register(entry: Deployment, store: Path) -> str:
    """Create or update one deployment; one line about it."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.objects import ConcurrencyOptions
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.utilities.callables import parameter_schema

    module, _, name = entry.entrypoint.rpartition(".")
    flow = getattr(importlib.import_module(module), name)
    variables = entry.work_pool.job_variables
    zones = [{"cron": given.cron, "timezone": given.timezone} for given in entry.schedules]
    with get_client(sync_client=True) as client:
        client.create_deployment(
            flow_id=client.create_flow(flow),
            name=entry.name,
            description=entry.description or None,
            version=importlib.metadata.version("instructory"),
            entrypoint=entry.entrypoint,
            # Without a step of its own, Prefect copies the whole working directory for every run; and it imports what it runs
            # from there first: in a folder with a `flows` of its own that would be another flow.
            pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": _without_code(store)}}],
            parameters={"store": address_of(store.absolute()), **entry.parameters},
            parameter_openapi_schema=parameter_schema(flow).model_dump(),
            enforce_parameter_schema=True,
            schedules=[DeploymentScheduleCreate(schedule=CronSchedule(**given)) for given in zones],
            tags=list(entry.tags),
            concurrency_limit=entry.concurrency_limit.limit,
            concurrency_options=ConcurrencyOptions(collision_strategy=entry.concurrency_limit.collision_strategy),
            work_pool_name=entry.work_pool.name,
            job_variables={**variables, "env": {**variables.get("env", {}), VARIABLE: store_id(store)}},
        )
    when = ", ".join(f"{given.cron} {given.timezone}" for given in entry.schedules) or "on demand"
    return f"{flow.name}/{entry.name}  {when}; pool {entry.work_pool.name}; store {address_of(store.absolute())}"


def _without_code(store: Path) -> str:
    """A folder that workers have, too, and from which nothing can be imported: the store's; / where that is a bucket."""
    address = address_of(store.absolute())
    return "/" if "://" in address else address


def _started(entry: Deployment) -> str:
    """Start a run of a deployment now; its id."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        flow = entry.entrypoint.rpartition(".")[2]
        return str(client.create_flow_run_from_deployment(client.read_deployment_by_name(f"{flow}/{entry.name}").id).id)
