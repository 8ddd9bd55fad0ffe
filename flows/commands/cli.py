"""The `instructory` command. Each command is a few lines that call the house; what is slow to import is imported inside."""

import sys
from pathlib import Path
from typing import Any

import click


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


def main() -> None:
    """Run the command line; turn every error into one line and its exit code."""
    from flows.commands import mishaps
    from tasks.core.errors import InstructoryError
    from tasks.core.redaction import masked, redact_logs

    redact_logs()
    given: dict[str, Path] = {}
    try:
        cli(standalone_mode=False, obj=given)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(f"instructory: {masked(error.format_message())}", err=True)
        sys.exit(2)
    except InstructoryError as error:
        click.echo(f"instructory: {mishaps.told(error)}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo(f"instructory: {mishaps.STOPPED}", err=True)
        sys.exit(1)
    except Exception as error:
        said = mishaps.STOPPED if mishaps.is_interruption(error) else mishaps.recorded(error, given.get("store"))
        click.echo(f"instructory: {said}", err=True)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="instructory")
def cli() -> None:
    """A factory for instruction-tuning datasets: documents in, a released, versioned, verified Parquet dataset out."""


@cli.command()
@click.argument("recipe")
@STORE
@click.option(
    "--set", "settings", multiple=True, metavar="A.B=V", help="Override a key of the recipe; may be repeated."
)
@click.option("--trial", type=click.IntRange(min=1), metavar="N", help="Only N documents, released as DATASET-trial.")
@click.option("--dry-run", is_flag=True, help="Price the build; ask no model, release nothing.")
@click.option("--explain", is_flag=True, help="Say in which order the filters ran, why, and what that saved.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line of stdout.")
def build(
    recipe: str,
    store: Path,
    settings: tuple[str, ...],
    trial: int | None,
    dry_run: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """Build RECIPE (a YAML file, or a packaged recipe: demo, austen, local) and release the dataset."""
    from flows import recipe as recipes
    from flows.commands.pricing import dry_run as price_build
    from flows.commands.run import run_build

    loaded = recipes.load(recipe, settings)
    recipes.check_input(loaded, recipe)
    if trial:
        loaded = recipes.trial(loaded)
    if dry_run:
        price_build(loaded, store, trial, as_json)
    else:
        run_build(loaded, store, trial, as_json, explain)


@cli.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@STORE
@click.option(
    "--recipe", default="curate", show_default=True, help="What to do with the rows; may name datasets itself."
)
@click.option(
    "--format", "form", default="auto", show_default=True, help="The files' format, where it is not recognised."
)
@click.option(
    "--set", "settings", multiple=True, metavar="A.B=V", help="Override a key of the recipe; may be repeated."
)
@click.option("--trial", type=click.IntRange(min=1), metavar="N", help="Only N rows, released as DATASET-trial.")
@click.option("--dry-run", is_flag=True, help="Say what is in the files; keep nothing, release nothing.")
@click.option("--explain", is_flag=True, help="Say in which order the filters ran, why, and what that saved.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line of stdout.")
def curate(
    files: tuple[str, ...],
    store: Path,
    recipe: str,
    form: str,
    settings: tuple[str, ...],
    trial: int | None,
    dry_run: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """Clean, filter and release rows that exist already: files, folders or globs of JSON, JSONL, CSV, TSV or Parquet."""
    from flows import recipe as recipes
    from flows.commands.importing import dry_run as look
    from flows.commands.run import run_build

    loaded = recipes.load(recipe, settings, [{"path": file, "format": form} for file in files])
    recipes.check_input(loaded, recipe)
    if trial:
        loaded = recipes.trial(loaded)
    if dry_run:
        look(loaded, store, trial, as_json)
    else:
        run_build(loaded, store, trial, as_json, explain)


@cli.command()
@click.argument("dataset")
@STORE
@click.option("--stage", help="Rows as they left this stage, instead of the released ones.")
@click.option("--rejected", is_flag=True, help="The rows the stage refused, with their reasons.")
@click.option("--ledger", is_flag=True, help="The account of every stage, instead of rows.")
@click.option("--limit", type=click.IntRange(min=0), default=10, show_default=True, help="Rows at most; 0 for all.")
@click.option(
    "--sample", type=click.IntRange(min=1), help="So many rows drawn at random instead of the first, to look through."
)
@click.option(
    "--format", "form", type=click.Choice(["table", "jsonl"]), default="table", show_default=True, help="How to print."
)
def show(
    dataset: str,
    store: Path,
    stage: str | None,
    rejected: bool,
    ledger: bool,
    limit: int,
    sample: int | None,
    form: str,
) -> None:
    """Show rows of DATASET or DATASET@N."""
    from flows.commands import showing

    if ledger:
        showing.print_ledger(store, dataset)
    else:
        showing.print_rows(store, dataset, stage, rejected, limit, form, sample or 0)


@cli.command()
@click.argument("row_id", metavar="ID")
@STORE
def why(row_id: str, store: Path) -> None:
    """Tell the life of a row: source bytes, passages, prompt, model, parents, checks."""
    from flows.commands import why as telling

    telling.tell(store, row_id)


@cli.command()
@click.argument("old")
@click.argument("new")
@STORE
def diff(old: str, new: str, store: Path) -> None:
    """Say what changed between two releases, e.g. demo@1 demo@2."""
    from flows.commands import showing

    showing.print_difference(store, old, new)


@cli.command()
@click.argument("dataset", required=False)
@STORE
def verify(dataset: str | None, store: Path) -> None:
    """Hash every object, and resolve every row of the releases (of DATASET, or of all) to its bytes. Exit 5 on damage."""
    from flows.commands import verifying

    verifying.verify(store, dataset)


@cli.command()
@click.argument("dataset")
@STORE
def report(dataset: str, store: Path) -> None:
    """Write the report of DATASET or DATASET@N again and print its path."""
    from flows.commands import showing

    showing.rewrite_report(store, dataset)


@cli.command()
@click.argument("dataset")
@STORE
@click.option("--format", "form", required=True, help="alpaca, sharegpt, messages, jsonl, csv or parquet.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
def export(dataset: str, store: Path, form: str, out: Path) -> None:
    """Write the rows of DATASET or DATASET@N in a format that trainers read."""
    from flows.commands import showing

    showing.export_rows(store, dataset, form, out)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def lint(files: tuple[Path, ...]) -> None:
    """Check template sets; every problem with its file and line."""
    from tasks.seeds.lint import lint as problems_of
    from tasks.text.visible import visible

    problems: list[Any] = [problem for file in files for problem in problems_of(file)]
    for problem in problems:
        click.echo(visible(f"{problem.file}:{problem.line}: {problem.message}"))
    if problems:
        raise click.ClickException(f"{len(problems)} problems")
    click.echo(f"{len(files)} template sets, no problem")


@cli.command()
@STORE
@click.option("--grace", default="7d", show_default=True, metavar="TIME", help="Leave what is younger: 30m, 12h, 7d.")
@click.option("--dry-run", is_flag=True, help="Say what would go; remove nothing.")
def gc(store: Path, grace: str, dry_run: bool) -> None:
    """Remove what no release and no latest build needs. Refused while a build runs; the journal is never touched."""
    from flows.commands import upkeep

    upkeep.gc(store, grace, dry_run)


@cli.command()
@click.argument("dataset", metavar="DATASET@N")
@STORE
def rollback(dataset: str, store: Path) -> None:
    """Put the rows of an earlier release back in front, as a new version; history stays."""
    from flows.commands import upkeep

    upkeep.rollback(store, dataset)


@cli.command()
@click.argument("what", type=click.Choice(["summary", "export"]), default="summary")
@STORE
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "parquet"]),
    default="jsonl",
    show_default=True,
    help="Of that file.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file that `export` writes.")
def journal(what: str, store: Path, form: str, out: Path | None) -> None:
    """What the models were asked: a summary per model, or every attempt as a file (no prompts, no keys)."""
    from flows.commands import upkeep

    if what == "summary":
        upkeep.print_journal(store)
    elif out is None:
        raise click.UsageError("journal export needs --out FILE")
    else:
        upkeep.export_journal(store, form, out)


@cli.command()
@click.argument("dataset", required=False)
@STORE
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write.")
def site(dataset: str | None, store: Path, out: Path) -> None:
    """Write pages that show all releases of DATASET (or of every dataset) side by side, with trends. No script in them."""
    from flows.commands import showing

    showing.print_site(store, dataset, out)


@cli.command("serve-reports")
@STORE
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=4280, show_default=True, help="The port to listen at.")
def serve_reports(store: Path, host: str, port: int) -> None:
    """Serve the reports and trends of all datasets, read-only, to whoever has PREFECT_SERVER_API_AUTH_STRING's password."""
    from flows.commands import showing
    from flows.installation import serving_reports

    serving_reports.password()
    click.echo(f"reports of {showing.open_store(store).root} at http://{host}:{port}/ (Ctrl-C stops)")
    serving_reports.serve(store, host, port)


@cli.command()
@STORE
@click.option("--port", type=click.IntRange(1, 65535), default=4200, show_default=True, help="Where the UI listens.")
@click.option("--pool", default="instructory", show_default=True, help="The work pool whose runs the worker takes.")
def up(store: Path, port: int, pool: str) -> None:
    """Start a Prefect server and a worker on this machine, and print the address of the UI. Twice is the same as once."""
    from flows.installation import operating

    operating.up(store, port, pool)


@cli.command()
@click.argument("dataset")
@STORE
@click.option("--name", required=True, help="Yours: it goes into the release's record.")
@click.option("--note", default="", help="Why.")
def approve(dataset: str, store: Path, name: str, note: str) -> None:
    """Approve what the latest build of DATASET has ready, where its recipe asks for a person's word; then build again."""
    from flows import approval

    approval.decide(store, dataset, True, name, note)


@cli.command()
@click.argument("dataset")
@STORE
@click.option("--name", required=True, help="Yours: it is recorded.")
@click.option("--note", default="", help="Why.")
def reject(dataset: str, store: Path, name: str, note: str) -> None:
    """Reject what the latest build of DATASET has ready; its rows are kept, and nothing is released."""
    from flows import approval

    approval.decide(store, dataset, False, name, note)


@cli.command()
def secrets() -> None:
    """Print passwords for docker-compose.yml, drawn at random: `instructory secrets > .env`."""
    from flows.installation import secrets as drawn

    drawn.print_secrets()


@cli.command()
@STORE
def down(store: Path) -> None:
    """Stop what `up` started. What running builds have finished is kept."""
    from flows.installation import operating

    operating.down(store)


@cli.command()
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
    """Register the deployments of prefect.yaml, or one for RECIPE, and the automations. Twice is the same as once."""
    from flows.installation import deploying

    deploying.deploy(store, file or deploying.PACKAGED, deploying.Wanted(recipe, cron, timezone, pool, run))


@cli.command()
@STORE
def doctor(store: Path) -> None:
    """Check the installation, models, keys, server and store."""
    from flows.commands import doctor as checks

    checks.examine(store)
