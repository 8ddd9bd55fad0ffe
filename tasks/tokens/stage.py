"""The token report as a stage: every row stays, and its gate stops what a trainer would cut, mask or misread without a word."""

from typing import Any

import pyarrow as pa

from tasks.core import schema as schemas
from tasks.core.outcome import Outcome, Tools
from tasks.tokens import target
from tasks.tokens.params import Tokens, TokenTargetSettings
from tasks.tokens.report import TROUBLES, report
from tasks.tokens.saved import RepairedTexts, repaired, saved


def compute(examples: pa.Table, came: pa.Table, cleaned: pa.Table, params: Tokens, tools: Tools) -> Outcome:
    """CLUSTERED rows, all kept. `came` and `cleaned`: the rows before and after cleaning (tasks/tokens/saved.py). `facts`:
    `targets`, a report for each (tasks/tokens/report.py) with its template and what cleaning saved; and of the worst target the
    rows with each trouble and the share of truncated rows. BadInput for a tokenizer that cannot be read."""
    examples = schemas.conform(examples, schemas.CLUSTERED)
    texts, reports = repaired(examples, came, cleaned), []
    for number, one in enumerate(params.targets):
        reports.append(reported(examples, texts, one))
        tools.progress(number + 1, len(params.targets))
    worst = {name: max(found[name]["rows"] for found in reports) for name in TROUBLES}
    truncated = max(found["truncated"] for found in reports) / max(examples.num_rows, 1)
    lines = [line(found) for found in reports]
    return Outcome.of(
        schemas.CLUSTERED,
        examples,
        facts={"targets": reports, **worst, "truncated_share": round(truncated, 4), "notes": lines},
    )


def reported(rows: pa.Table, texts: RepairedTexts, settings: TokenTargetSettings) -> dict[str, Any]:
    """The report for one target, with the template itself."""
    known = target.load(settings.tokenizer, settings.name) if settings.tokenizer else target.packaged()
    return {
        **report(rows, known, settings.max_length),
        "cleaning": saved(texts, known),
        "target": settings.name,
        "template_source": known.template.source,
    }


def line(found: dict[str, Any]) -> str:
    """A report in a line."""
    tokens = found["tokens"]
    share = found["trained"]["p50_share"]
    less = found["cleaning"]["before"] - found["cleaning"]["after"]
    troubles = [f"{found[name]['rows']:,} {name}" for name in TROUBLES if found[name]["rows"]]
    return (
        f"{found['target']}: {tokens['p50']:,} tokens a row, p95 {tokens['p95']:,}, longest {tokens['max']:,}; "
        f"{found['truncated']:,} rows over {found['max_length']:,}; packed {found['packing']:.0%} full; "
        f"{0 if share is None else share:.0%} of a row is trained; "
        f"cleaning saved {less:,} tokens" + (f"; {', '.join(troubles)}" if troubles else "")
    )
