"""The command that makes chat logs into files that can be curated."""

from pathlib import Path
from typing import Any

import click

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("logs", type=FILE)
@click.option(
    "--out", type=FILE, required=True, help="The JSON Lines file to write; disliked answers go to one beside it."
)
@click.option("--consent", default="", metavar="COLUMN", help="The column that says whether the person agreed.")
@click.option("--consent-ids", type=FILE, help="Instead: a file with the ids of those that may be used, one a line.")
@click.option("--id", "id_column", default="id", show_default=True, help="The column that these ids stand in.")
@click.option("--keep-days", type=click.IntRange(min=1), help="Leave out what is older.")
@click.option(
    "--time", "time_column", default="created_at", show_default=True, help="The column that says how old it is."
)
@click.option("--names/--no-names", default=True, show_default=True, help="Replace names of persons too.")
def intake(logs: Path, out: Path, **options: Any) -> None:
    """Take what people agreed to from LOGS of a chat service, personal data replaced, as rows to curate: liked answers, corrected
    ones as pairs, disliked ones apart, to be reviewed."""
    from flows.cli.taking_in import take_in

    take_in(logs, out, **options)


COMMANDS = (intake,)
