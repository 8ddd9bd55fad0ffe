"""`build --dry-run`: what a build would ask of its teacher at most, and what that would cost. Nothing is sent or released."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import click
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from flows.recipe import Recipe
from tasks.core.outcome import Outcome, Tools
from tasks.documents import stage as ingest
from tasks.documents.inventory import stage as inventory
from tasks.generation.from_documents.taxonomy import EXCERPTS_SHOWN, SECTIONS_SHOWN, TOPICS_AT_ONCE
from tasks.teachers import terms_of
from tasks.teachers.prices import model_of, price_of

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
    """Print the price of a build. Documents are read, and nothing else is done."""
    items = price(recipe, _chunks(recipe, store, trial))
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
        model = model_of(recipe.teacher)
        terms = terms_of(recipe.teacher.provider, model)
        console.print(
            f"at most, with {recipe.teacher.provider}/{model}; what the journal holds already is free. "
            f"May its outputs train a model? {terms.may_train} ({terms.source}, checked {terms.checked})",
            highlight=False,
        )
    else:
        console.print("no teacher is asked: this build costs nothing")


def price(recipe: Recipe, chunks: pa.Table) -> list[StagePrice]:
    """What each stage would ask of the recipe's teacher at most, by its parameters and the corpus."""
    if recipe.teacher.provider == "none":
        return []
    words = pc.mean(pc.count_substring_regex(chunks.column("text"), r"\S+")).as_py() or 0
    passage = int(words * TOKENS_PER_WORD)
    seeds, questions = _seeds(recipe, chunks.num_rows, passage)
    templates = recipe.seeds.templates.max_per_chunk * chunks.num_rows if recipe.seeds.templates else 0
    asked = questions + (templates if recipe.answers.method == "rag" else 0)
    answers = _stage_price(
        recipe, "answers", asked if recipe.answers.method != "extractive" else 0, passage * recipe.answers.rag.passages
    )
    return [seeds, answers, _evolve(recipe, questions + templates, passage)]


def _seeds(recipe: Recipe, chunks: int, passage: int) -> tuple[StagePrice, int]:
    """What making instructions asks, and how many it may make."""
    requests, tokens_in, made = 0, 0, 0
    if (taxonomy := recipe.seeds.taxonomy) is not None:
        topics = math.ceil(taxonomy.topics / TOPICS_AT_ONCE) * taxonomy.passes
        instructions = taxonomy.topics * taxonomy.passes
        requests += topics + instructions
        tokens_in += topics * SECTIONS_SHOWN * 20 + instructions * EXCERPTS_SHOWN * passage
        made += instructions * taxonomy.instructions
    if (reverse := recipe.seeds.reverse) is not None:
        reversed_ = chunks if reverse.most is None else min(chunks, reverse.most)
        requests, tokens_in = requests + reversed_, tokens_in + reversed_ * passage
    return _stage_price(recipe, "seeds", requests, tokens_in // max(1, requests)), made


def _evolve(recipe: Recipe, rows: int, passage: int) -> StagePrice:
    evol = recipe.evolve.evol
    if recipe.evolve.method not in {"auto", "teacher"}:
        return _stage_price(recipe, "evolve", 0, 0)
    chosen = math.ceil(rows * evol.share)
    chosen = min(chosen, evol.most) if evol.most is not None else chosen
    return _stage_price(recipe, "evolve", chosen * evol.rounds * (2 if evol.judge else 1), passage * 2)


def _stage_price(recipe: Recipe, stage: str, requests: int, context: int) -> StagePrice:
    tokens_in, tokens_out = requests * (PROMPT_TOKENS + context), requests * recipe.teacher.max_tokens
    known = price_of(recipe.teacher)
    return StagePrice(stage, requests, tokens_in, tokens_out, known.of(tokens_in, tokens_out) if known else None)


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
    raw: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        raw[sha256] = data
        return sha256

    tools = Tools(key="dry-run", store_root=store, keep_raw=keep, read_raw=raw.__getitem__)
    found = inventory.compute(recipe.documents, trial, tools)
    read: Outcome = ingest.compute(found.kept, recipe.chunking, tools)
    return read.kept
