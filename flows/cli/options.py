"""Options that several commands share."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


def _remember(context: click.Context, _parameter: click.Parameter, store: Path) -> Path:
    from tasks.store.locations import store_folder

    context.ensure_object(dict)["store"] = folder = store_folder(store)
    return folder


STORE = click.option(
    "--store",
    callback=_remember,
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".instructory"),
    envvar="INSTRUCTORY_STORE",
    show_default=True,
    help="Folder, or s3://bucket/prefix, that holds everything a build makes.",
)


@dataclass(frozen=True)
class BuildOptions:
    """The options that every command that builds has."""

    store: Path
    settings: tuple[str, ...]
    trial: int | None
    dry_run: bool
    as_json: bool
    detail: int
    """How much is printed: -1 the end of it, 0 a line for each stage, 1 what each gate and filter said too."""


def build_options(units: str, dry_run: str) -> Callable[[Command], Command]:
    """The options of a command that builds, given to it as `options`. `units`: what a trial counts; `dry_run`: what one does."""
    shared = (
        STORE,
        click.option(
            "--set", "settings", multiple=True, metavar="A.B=V", help="Override a key of the recipe; may be repeated."
        ),
        click.option(
            "--trial", type=click.IntRange(min=1), metavar="N", help=f"Only N {units}, released as DATASET-trial."
        ),
        click.option("--dry-run", is_flag=True, help=dry_run),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line of stdout."),
        click.option("-q", "--quiet", "detail", flag_value=-1, type=int, help="Print warnings and the result only."),
        click.option(
            "-v",
            "--verbose",
            "detail",
            flag_value=1,
            type=int,
            default=0,
            help="Print why rows were refused, gate by gate.",
        ),
    )

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_options(**given: Any) -> Any:
            options = BuildOptions(**{field.name: given.pop(field.name) for field in fields(BuildOptions)})
            return command(options=options, **given)

        return functools.reduce(lambda before, option: option(before), reversed(shared), with_options)

    return decorate


def decision_options(command: Command) -> Command:
    """The argument and options of a command that records a person's decision: dataset, store, name and note."""
    for option in (
        click.option("--note", default="", help="Why."),
        click.option("--name", required=True, help="Your name: it goes into the release's record."),
        STORE,
        click.argument("dataset"),
    ):
        command = option(command)
    return command
