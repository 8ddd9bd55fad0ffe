"""Commands for whoever runs the installation and looks after the store."""

from pathlib import Path

import click

from flows.cli.options import STORE


@click.command()
@STORE
@click.option("--grace", default="7d", show_default=True, metavar="TIME", help="Leave what is younger: 30m, 12h, 7d.")
@click.option("--dry-run", is_flag=True, help="Say what would go; remove nothing.")
def gc(store: Path, grace: str, dry_run: bool) -> None:
    """Remove what no release and no latest build needs. Refused while a build runs; the journal is never touched."""
    from flows.cli import upkeep

    upkeep.gc(store, grace, dry_run)


@click.command()
@click.argument("dataset", metavar="DATASET@N")
@STORE
def rollback(dataset: str, store: Path) -> None:
    """Publish the rows of an earlier release again, as a new version; no version is removed."""
    from flows.cli import upkeep

    upkeep.rollback(store, dataset)


@click.command()
@STORE
@click.option("--port", type=click.IntRange(1, 65535), default=4200, show_default=True, help="Where the UI listens.")
@click.option("--pool", default="instructory", show_default=True, help="The work pool whose runs the worker takes.")
def up(store: Path, port: int, pool: str) -> None:
    """Start a Prefect server and a worker on this machine, unless they run, and print the address of the UI."""
    from flows.deployment import operating

    operating.up(store, port, pool)


@click.command()
@STORE
def down(store: Path) -> None:
    """Stop what `up` started. What running builds have finished is kept."""
    from flows.deployment import operating

    operating.down(store)


@click.command()
@click.argument("recipe", required=False)
@STORE
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), help="Another file than the packaged prefect.yaml."
)
@click.option(
    "--cron", metavar="FIELDS", help="When RECIPE is built: minute hour day month weekday, e.g. '30 2 * * *'."
)
@click.option("--timezone", metavar="ZONE", help="The time zone of --cron, e.g. Europe/Berlin.")
@click.option("--pool", help="The work pool, instead of the file's.")
@click.option("--run", is_flag=True, help="Start a run of the first deployment at once.")
def deploy(
    recipe: str | None,
    store: Path,
    file: Path | None,
    cron: str | None,
    timezone: str | None,
    pool: str | None,
    run: bool,
) -> None:
    """Register the deployments of prefect.yaml, or one for RECIPE, and the automations; existing ones are updated."""
    from flows.deployment import deploying

    deploying.deploy(store, file or deploying.PACKAGED, deploying.Wanted(recipe, cron, timezone, pool, run))


@click.command()
@STORE
def doctor(store: Path) -> None:
    """Check the installation, models, keys, server and store."""
    from flows.cli import doctor as checks

    checks.examine(store)


@click.command()
def secrets() -> None:
    """Print passwords for docker-compose.yml, drawn at random: `instructory secrets > .env`."""
    from flows.deployment import secrets as drawn

    drawn.print_secrets()


@click.command("serve-reports")
@STORE
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=4280, show_default=True, help="The port to listen at.")
def serve_reports(store: Path, host: str, port: int) -> None:
    """Serve the reports and trends of all datasets, read-only, to whoever has PREFECT_SERVER_API_AUTH_STRING's password."""
    from flows.cli import showing
    from flows.deployment import serving_reports

    serving_reports.password()
    click.echo(f"reports of {showing.open_store(store).root} at http://{host}:{port}/ (Ctrl-C stops)")
    serving_reports.serve(store, host, port)


COMMANDS = (gc, rollback, up, down, deploy, doctor, secrets, serve_reports)
