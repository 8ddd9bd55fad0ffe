"""`build --dry-run`: what a build would ask of its teacher at most, and what that would cost. Nothing is sent or released."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import click
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from flows.recipe import Recipe
from tasks.core.outcome import Outcome, Tools
from tasks.core.params import sha256_file
from tasks.core.schema import CHUNK, EXAMPLE
from tasks.documents import stage as ingest
from tasks.documents.inventory import stage as inventory
from tasks.generation.catalogue import BY_NAME
from tasks.generation.method import Calls, Method, MethodParams, Sizes
from tasks.imports import stage as reading
from tasks.imports.datasets import stage as datasets
from tasks.teachers import terms_of
from tasks.teachers.prices import model_of, price_of
from tasks.teachers.prompts import read
from tasks.teachers.prompts.own import WithPrompts
from tasks.verification.catalogue import BY_NAME as VERIFIERS
from tasks.verification.verifier import stage_name

TOKENS_PER_WORD: Final = 1.4
"""English prose has about four tokens to three words; code has more, so this is on the high side."""
PROMPT_TOKENS: Final = 350
"""The longest of the prompt texts in tasks/teachers/prompts, without the passages."""


@dataclass(frozen=True)
class StagePrice:
    """What one stage would ask at most."""

    stage: str
    requests: int
    tokens_in: int
    tokens_out: int
    usd: float | None


def dry_run(recipe: Recipe, store: Path, trial: int | None, as_json: bool) -> None:
    """Print the price of a build. Documents and datasets are read, and nothing else is done."""
    items = price(recipe, _chunks(recipe, store, trial), _imported(recipe, store, trial))
    total = _total(items)
    if as_json:
        stages = [asdict(item) for item in items]
        click.echo(json.dumps({"dataset": recipe.dataset, "dry_run": True, "stages": stages, "total": asdict(total)}))
        return
    console = Console()
    table = Table(box=None, header_style="dim", padding=(0, 2))
    table.add_column("stage")
    for title in ("requests", "tokens in", "tokens out", "cost"):
        table.add_column(title, justify="right")
    for item in (*items, total):
        table.add_row(
            item.stage,
            f"{item.requests:,}",
            f"{item.tokens_in:,}",
            f"{item.tokens_out:,}",
            "unknown" if item.usd is None else f"${item.usd:,.2f}",
        )
    console.print(table)
    if total.requests:
        console.print("at most; answers that the journal holds already are free", highlight=False)
        for settings in recipe.used_teachers():
            model = model_of(settings)
            terms = terms_of(settings.provider, model)
            console.print(
                f"may outputs of {settings.provider}/{model} train a model? {terms.may_train} ({terms.source}, checked "
                f"{terms.checked})",
                highlight=False,
            )
    else:
        console.print("no teacher is asked: this build costs nothing")


def price(recipe: Recipe, chunks: pa.Table, imported: pa.Table) -> list[StagePrice]:
    """What each stage would ask at most, by its parameters, the documents and the imported rows (EXAMPLE): methods that read
    passages, answers to their instructions, methods that read rows, verifiers."""
    if not recipe.used_teachers():
        return []
    passage = _tokens(chunks["text"])
    items = []
    sizes = Sizes(chunks.num_rows, passage, 0)
    made = unanswered = 0
    for entry in (one for one in recipe.generate if not BY_NAME[one.method].reads_rows):
        calls = BY_NAME[entry.method].estimate(entry, sizes)
        rounds = recipe.target.rounds if recipe.target and recipe.makes_others(entry) else 1
        calls = calls.times(rounds)
        made += calls.rows
        unanswered += calls.rows if _answered_by_teacher(recipe, BY_NAME[entry.method]) else 0
        items.append(method_price(recipe, entry, calls))
    if recipe.documents:
        asked = 0 if recipe.answers.method == "extractive" else unanswered
        context = passage * recipe.answers.rag.passages
        items.append(_stage_price(recipe, "answers", recipe.answers, recipe.answers.teacher, Calls(asked, context)))
    own, made = made, made + imported.num_rows
    for entry in (one for one in recipe.generate if BY_NAME[one.method].reads_rows):
        calls = BY_NAME[entry.method].estimate(entry, replace(sizes, rows=made))
        made += calls.rows
        items.append(method_price(recipe, entry, calls))
    said = _tokens(imported["instruction"]) + _tokens(imported["response"])
    return items + _verifying(recipe, made, max(passage, said) if own else said or passage)


def _answered_by_teacher(recipe: Recipe, method: Method) -> bool:
    """Whether the stage `answers` would ask about the rows of `method`. Those made without a model have marked evidence instead."""
    return not method.answered and (method.teacher != "none" or recipe.answers.method == "rag")


def _tokens(texts: pa.ChunkedArray) -> int:
    """Tokens of an average text; 0 where there is none."""
    words = pc.mean(pc.count_substring_regex(texts, r"\S+")).as_py() or 0
    return int(words * TOKENS_PER_WORD)


def _verifying(recipe: Recipe, rows: int, tokens: int) -> list[StagePrice]:
    """What each verifier would ask about `rows` rows of `tokens` tokens."""
    items = []
    for entry in recipe.verify:
        asked = VERIFIERS[entry.verifier].estimate(entry, math.ceil(rows * entry.sample), tokens)
        calls = Calls(asked.requests, asked.context_tokens)
        each = [_stage_price(recipe, stage_name(entry), entry, name, calls) for name in entry.teacher_names()]
        items.append(replace(_total(each), stage=stage_name(entry)) if len(each) > 1 else each[0])
    return items


def method_price(recipe: Recipe, entry: MethodParams, calls: Calls) -> StagePrice:
    """What an entry of `generate` would ask of all its teachers."""
    stage = entry.name or entry.method
    each = {entry.teacher: calls, **calls.others}
    return replace(
        _total([_stage_price(recipe, stage, entry, name, asked) for name, asked in each.items()]), stage=stage
    )


def _stage_price(recipe: Recipe, stage: str, asking: WithPrompts, teacher: str, calls: Calls) -> StagePrice:
    settings = recipe.teacher_called(teacher)
    own = (len(read(file).text.split()) * TOKENS_PER_WORD for file in asking.prompts.values())
    tokens_in = calls.requests * (int(max(PROMPT_TOKENS, *own, 0)) + calls.context_tokens)
    tokens_out = calls.requests * settings.max_tokens
    known = price_of(settings)
    usd = 0.0 if not calls.requests else known.of(tokens_in, tokens_out) if known else None
    return StagePrice(stage, calls.requests, tokens_in, tokens_out, usd)


def _total(items: list[StagePrice]) -> StagePrice:
    prices = [item.usd for item in items]
    usd = None if None in prices else sum(price or 0.0 for price in prices)
    return StagePrice(
        "all",
        sum(item.requests for item in items),
        sum(item.tokens_in for item in items),
        sum(item.tokens_out for item in items),
        usd,
    )


def _chunks(recipe: Recipe, store: Path, trial: int | None) -> pa.Table:
    if not recipe.documents:
        return CHUNK.empty_table()
    raw: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        raw[sha256] = data
        return sha256

    tools = Tools(key="dry-run", store_root=store, keep_raw=keep, read_raw=raw.__getitem__)
    found = inventory.compute(recipe.documents, trial, tools)
    read: Outcome = ingest.compute(found.kept, recipe.chunking, tools)
    return read.kept


def _imported(recipe: Recipe, store: Path, trial: int | None) -> pa.Table:
    """The rows that the recipe's datasets hold, where a teacher may be asked about them."""
    if not recipe.imports.datasets or not recipe.used_teachers():
        return EXAMPLE.empty_table()
    return read_datasets(recipe, store, trial)[1].kept


def read_datasets(recipe: Recipe, store: Path, trial: int | None) -> tuple[list[str], Outcome]:
    """What was noted in finding the recipe's datasets, and their rows as a build would read them; nothing is kept in the store."""
    files_by_hash: dict[str, Path] = {}

    def keep(file: Path) -> str:
        sha256 = sha256_file(file)
        files_by_hash[sha256] = file
        return sha256

    tools = Tools(key="dry-run", store_root=store, keep_file=keep, raw_path=files_by_hash.__getitem__)
    found = datasets.compute(recipe.imports, tools)
    return found.facts["notes"], reading.compute(found.kept, recipe.imports, trial, tools)
