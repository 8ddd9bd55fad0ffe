"""Commands for the people who read rows and decide about them."""

from pathlib import Path
from typing import Final

import click

from flows.cli.options import STORE
from tasks.core.errors import BadInput

WAYS: Final = (
    "random", "source", "method", "topic", "low_scores", "disagreement", "templates", "personal_data",
    "rejected",
)  # fmt: skip


@click.command()
@click.argument("dataset", required=False)
@STORE
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=4290, show_default=True, help="The port to listen at.")
@click.option(
    "--sample", type=click.IntRange(min=1), help="So many rows; 200 by default, 1,000 of those with personal data."
)
@click.option(
    "--by", type=click.Choice(WAYS), default="random", show_default=True, help="Which rows, and which of them first."
)
@click.option("--reason", default="", help="Of --by rejected: a stage, or STAGE/REASON.")
@click.option("--seed", default="", help="Any text: another one draws other rows.")
@click.option(
    "--double",
    type=click.FloatRange(0, 1),
    default=0.2,
    show_default=True,
    help="Share of the rows that two people review.",
)
@click.option(
    "--gold",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="JSON Lines of rows whose decision is known, in place of the recipe's `review.gold`: everybody is given some.",
)
@click.option(
    "--gold-share",
    type=click.FloatRange(0, 0.5),
    default=0.05,
    show_default=True,
    help="Share of them among the rows that somebody is given.",
)
@click.option("--since-guideline", is_flag=True, help="Ask again about rows that were decided under another guideline.")
def review(
    dataset: str | None,
    store: Path,
    host: str,
    port: int,
    sample: int | None,
    by: str,
    reason: str,
    seed: str,
    double: float,
    gold: Path | None,
    gold_share: float,
    since_guideline: bool,
) -> None:
    """Serve a page on which people review the rows of DATASET, DATASET@N or DATASET@draft, or of all datasets; `reviewers add` lets
    them in."""
    from flows.cli.reviewing import say_refused_edits
    from flows.cli.showing import named, open_store
    from flows.deployment import web
    from flows.review import serving
    from flows.review.auth import Reviewers
    from flows.review.queues import QueueSettings

    opened = open_store(store)
    first = named(opened, dataset) if dataset else None
    if reason and by != "rejected":
        raise BadInput("--reason says which rejected rows are read; add --by rejected")
    settings = QueueSettings(by, sample, seed, double, since_guideline, gold, gold_share, reason)  # type: ignore[arg-type]  # click checked it
    app = serving.app(
        opened,
        lambda: {first.dataset: named(opened, dataset or "")} if first else serving.every_dataset(opened),
        settings,
        first.dataset if first else None,
    )
    what = first.name if first else f"the datasets of {opened.root}"
    click.echo(f"review of {what} at http://{host}:{port}/ (Ctrl-C stops; what was saved is kept)")
    if first:
        say_refused_edits(opened, first)
    if not Reviewers(opened.root).names():
        click.echo("nobody may review yet: `instructory reviewers add NAME` prints a token to sign in with", err=True)
    web.run(app, host, port)


@click.group()
def reviewers() -> None:
    """Say who may review: each has a name and a token."""


@reviewers.command("add")
@click.argument("name")
@STORE
def add(name: str, store: Path) -> None:
    """Let NAME review, and print the token to sign in with: it is shown once and stored nowhere. Again: a new token."""
    from flows.cli.showing import open_store
    from flows.review.auth import Reviewers

    token = Reviewers(open_store(store).root).add(name)
    click.echo(f"{name} signs in with this token, which is not shown again:")
    click.echo(token)


@reviewers.command("list")
@STORE
def show(store: Path) -> None:
    """List who may review, and since when."""
    from flows.cli.showing import open_store
    from flows.review.auth import Reviewers

    known = Reviewers(open_store(store).root).names()
    for name, since in known.items():
        click.echo(f"{name}  since {since}")
    if not known:
        click.echo("nobody yet; `instructory reviewers add NAME` lets somebody in")


@reviewers.command("remove")
@click.argument("name")
@STORE
def remove(name: str, store: Path) -> None:
    """Let NAME review no longer, from now on; what they decided stays."""
    from flows.cli.showing import open_store
    from flows.review.auth import Reviewers

    Reviewers(open_store(store).root).remove(name)
    click.echo(f"{name} can no longer sign in")


COMMANDS = (review, reviewers)
