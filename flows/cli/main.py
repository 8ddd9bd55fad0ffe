"""The `instructory` command. Each command is a few lines; what is slow to import is imported inside."""

import sys
from itertools import chain
from pathlib import Path
from typing import Final

import click

from flows.cli import begin as cli_begin
from flows.cli import build as cli_build
from flows.cli import intake as cli_intake
from flows.cli import operate as cli_operate
from flows.cli import read as cli_read
from flows.cli import review as cli_review
from flows.cli import review_exchange as cli_reviews

SECTIONS: Final = {
    "Begin": cli_begin.COMMANDS,
    "Make a dataset": (*cli_build.COMMANDS, *cli_intake.COMMANDS),
    "Read and prove it": cli_read.COMMANDS,
    "Review its rows": (*cli_review.COMMANDS, *cli_reviews.COMMANDS),
    "Operate": cli_operate.COMMANDS,
}


class Sectioned(click.Group):
    """Lists its commands by what they are for."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as click calls it
        """Writes a list for each of SECTIONS."""
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(str(one.name), one.get_short_help_str(limit=110)) for one in commands])


def main() -> None:
    """Run the command line; turn every error into one line and its exit code."""
    from flows.cli import errors, interrupts
    from tasks.core.errors import InstructoryError
    from tasks.core.redaction import masked, redact_logs

    redact_logs()
    interrupts.listen()
    given: dict[str, Path] = {}
    try:
        cli(prog_name="instructory", standalone_mode=False, obj=given)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(f"instructory: {masked(error.format_message())}", err=True)
        sys.exit(2)
    except InstructoryError as error:
        click.echo(f"instructory: {errors.message(error)}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo(f"instructory: {errors.STOPPED}", err=True)
        sys.exit(1)
    except Exception as error:
        text = errors.STOPPED if errors.is_interruption(error) else errors.keep_traceback(error, given.get("store"))
        click.echo(f"instructory: {text}", err=True)
        sys.exit(1)


@click.group(cls=Sectioned, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="instructory")
def cli() -> None:
    """A factory for instruction-tuning datasets: documents in, a released, versioned, verified Parquet dataset out."""


for command in chain.from_iterable(SECTIONS.values()):
    cli.add_command(command)
