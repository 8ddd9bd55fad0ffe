"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


def _remember(context: click.Context, _parameter: click.Parameter, store: Path) -> Path:
    from tasks.core.places import located

    context.ensure_object(dict)["store"] = folder = located(store)
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


def building(command: Command) -> Command:
    """The options of every command that builds: store, settings, trial, explain, as_json."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line of stdout."),
        click.option("--explain", is_flag=True, help="Say in which order the filters ran, why, and what that saved."),
        click.option(
            "--set", "settings", multiple=True, metavar="A.B=V", help="Override a key of the recipe; may be repeated."
        ),
        STORE,
    ):
        command = option(command)
    return command


def signing(command: Command) -> Command:
    """What a person's word needs: the dataset, store, name and note."""
    for option in (
        click.option("--note", default="", help="Why."),
        click.option("--name", required=True, help="Yours: it goes into the release's record."),
        STORE,
        click.argument("dataset"),
    ):
        command = option(command)
    return command
