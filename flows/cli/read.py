"""Commands that show a dataset and verify it."""

from pathlib import Path
from typing import Any

import click

from flows.cli.options import STORE


@click.command()
@click.argument("dataset")
@STORE
@click.option("--stage", help="Rows as they left this stage, instead of the released ones.")
@click.option(
    "--rejected", "which", flag_value="rejected", help="Rejected rows with their reasons, of STAGE or of all."
)
@click.option("--failed", "which", flag_value="failed", default="kept", help="Rows that failed, with their errors.")
@click.option("--ledger", is_flag=True, help="The row counts of every stage, instead of rows.")
@click.option("--limit", type=click.IntRange(min=0), default=10, show_default=True, help="Rows at most; 0 for all.")
@click.option("--sample", type=click.IntRange(min=1), help="So many rows at random instead of the first.")
@click.option("--seed", default="", help="Any text: with --sample, another one draws other rows.")
@click.option(
    "--format", "form", type=click.Choice(["table", "jsonl"]), default="table", show_default=True, help="How to print."
)
def show(dataset: str, store: Path, ledger: bool, form: str, **selection: Any) -> None:
    """Show rows of DATASET, DATASET@N, or DATASET@draft: the latest build, also where a gate stopped it."""
    from flows.cli import showing

    if ledger:
        showing.print_ledger(store, dataset)
    else:
        showing.print_rows(store, dataset, showing.Selection(**selection), form)


@click.command()
@click.argument("row", nargs=-1, required=True, metavar="[DATASET] ID")
@STORE
def why(row: tuple[str, ...], store: Path) -> None:
    """Explain where a row came from: source bytes, passages, prompt, model, parents, checks; in DATASET, DATASET@N or
    DATASET@draft, or else in the newest release that has it."""
    from flows.cli.why import print_life

    if len(row) > 2:
        raise click.UsageError("name one row: [DATASET] ID")
    print_life(store, row[-1], row[0] if len(row) == 2 else None)


@click.command()
@click.argument("old")
@click.argument("new")
@STORE
def diff(old: str, new: str, store: Path) -> None:
    """Say what changed between two releases, e.g. demo@1 demo@2."""
    from flows.cli import showing

    showing.print_difference(store, old, new)


@click.command()
@click.argument("dataset", required=False)
@STORE
def verify(dataset: str | None, store: Path) -> None:
    """Hash every object that the releases (of DATASET, or all) stand on. Exit code 5 on damage."""
    from flows.cli import verifying

    verifying.verify(store, dataset)


@click.command()
@click.argument("dataset")
@STORE
def report(dataset: str, store: Path) -> None:
    """Write the report of DATASET, DATASET@N or DATASET@draft again and print its path."""
    from flows.cli import showing

    showing.rewrite_report(store, dataset)


@click.command()
@click.argument("dataset", required=False)
@STORE
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write.")
def site(dataset: str | None, store: Path, out: Path) -> None:
    """Write pages that show all releases of DATASET (or of every dataset) side by side, with trends. No script in them."""
    from flows.cli import showing

    showing.print_site(store, dataset, out)


@click.command()
@click.argument("dataset")
@STORE
@click.option("--format", "form", help="One file: alpaca, sharegpt, messages, jsonl, csv or parquet.")
@click.option("--for", "target", help="A folder for trl, llamafactory, axolotl, unsloth, openai or torchtune.")
@click.option("--objective", help="With --for: sft, completion, preference, kto, reward, rl or pretrain.")
@click.option("--max-tokens", type=click.IntRange(min=1), help="With --for: where the trainer cuts rows off.")
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test", "all"]),
    help="Which rows; else those for training, where the dataset is divided.",
)
@click.option("--out", required=True, help="The file or folder to write; with --for, - prints the rows.")
def export(
    dataset: str,
    store: Path,
    form: str | None,
    target: str | None,
    objective: str | None,
    max_tokens: int | None,
    split: str | None,
    out: str,
) -> None:
    """Write the rows of DATASET, DATASET@N or DATASET@draft for a trainer, with the files that it needs, or in one format.

    What --for, --objective and --max-tokens leave open is what the recipe `trains`, and else sft with 4,096 tokens.
    """
    from flows.cli import exporting

    if form and (target or objective or max_tokens):
        raise click.UsageError("--format writes one file, --for the folder of a trainer; name one of them")
    if form:
        exporting.in_format(store, dataset, form, Path(out), split)
    else:
        exporting.for_trainer(store, dataset, exporting.ExportChoice(target, objective, max_tokens, split), out)


@click.command()
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
    from flows.cli import upkeep

    if what == "summary":
        upkeep.print_journal(store)
    elif out is None:
        raise click.UsageError("journal export needs --out FILE")
    else:
        upkeep.export_journal(store, form, out)


@click.command()
@click.argument("dataset")
@STORE
@click.option("--against", default="", metavar="OTHER", help="Another dataset, of which students learn as many tokens.")
@click.option("--held-out", type=click.Path(path_type=Path, exists=True), help="Rows with right answers; else a share.")
@click.option("--by", default="source,method", show_default=True, help="Columns whose values are left out one by one.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Students of each part.")
@click.option(
    "--tokens", type=click.IntRange(min=1), default=40_000, show_default=True, help="A student learns so many."
)
@click.option(
    "--student", type=click.Path(path_type=Path, exists=True), help="A folder or GGUF file; else SmolLM2-135M."
)
@click.option(
    "--exact-match",
    type=click.IntRange(0, 512),
    default=0,
    metavar="TOKENS",
    help="Have answers of at most so many written, too.",
)
@click.option(
    "--win-rate",
    type=click.IntRange(0, 2000),
    default=0,
    metavar="N",
    help="Have N held-out instructions answered, and a judge compare the answers in pairs.",
)
@click.option("--judge", default="", help="One of the recipe's teachers, or PROVIDER/MODEL; else `judge` or `teacher`.")
@click.option("--tune", type=click.Choice(["lora", "full"]), default="lora", show_default=True, help="What is trained.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line of stdout.")
def ablate(dataset: str, store: Path, as_json: bool, **wanted: Any) -> None:
    """Train small models on DATASET, on parts of it and on OTHER, and say which makes right answers likelier."""
    from flows.ablation import asked_for
    from flows.cli import ablate as ablating

    ablating.run(asked_for(dataset, **wanted), store, as_json)


@click.command()
@click.argument("dataset")
@STORE
@click.option(
    "--tokenizer",
    "tokenizers",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="A folder with tokenizer.json and the chat template, or a .gguf file; may be repeated. Else the packaged model's.",
)
@click.option(
    "--max-length",
    type=click.IntRange(min=16),
    default=4096,
    show_default=True,
    help="Tokens at which rows are cut off.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def tokens(dataset: str, store: Path, tokenizers: tuple[Path, ...], max_length: int, as_json: bool) -> None:
    """Count DATASET in the tokens of a model: lengths, packing, what is trained. Exit code 3 where a row would be misread."""
    from flows.cli.tokens import print_report

    print_report(store, dataset, tokenizers, max_length, as_json)


@click.command()
@click.argument("dataset", metavar="DATASET@N")
@STORE
@click.option("--to", required=True, metavar="WHERE", help="folder:PATH, s3://bucket/prefix or hub:org/name.")
@click.option("--private", is_flag=True, help="A hub's new repository is for its owners only.")
@click.option(
    "--private-columns", default="", metavar="A,B", help="Columns that are published as null, e.g. reviews,edits."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def publish(dataset: str, store: Path, to: str, private: bool, private_columns: str, as_json: bool) -> None:
    """Send a release to a folder, a bucket or a hub: rows, card, figures, Croissant metadata, OpenLineage events.

    What is there already is not sent again. Rejected rows, the report and the journal stay in the store.
    """
    from flows.cli import publish as publishing

    columns = [name.strip() for name in private_columns.split(",") if name.strip()]
    publishing.publish(store, dataset, to, private, columns, as_json)


COMMANDS = (show, why, diff, verify, report, site, export, publish, tokens, journal, ablate)
