"""What the rows are in the tokens of the models that are to be trained on them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tasks.release.formatting import count, plural, share
from tasks.release.lookup import number, records
from tasks.release.report.blocks import Block, Cell, Grid, Line, Section
from tasks.release.report_data import ReportData

Figures = Mapping[str, Any]
TROUBLES: Final = {
    "refused": "Refused by the chat template",
    "untrained": "Without a trained token",
    "special_inside": "With a special token in a text",
    "prompt_differs": "Asked otherwise than trained",
}
_LINES: Final[tuple[tuple[str, Callable[[Figures], str]], ...]] = (
    ("Tokens", lambda found: count(number(found, "tokens", "sum"))),
    ("Half of the rows have at most", lambda found: count(number(found, "tokens", "p50"))),
    ("95 % of the rows have at most", lambda found: count(number(found, "tokens", "p95"))),
    ("The longest row has", lambda found: count(number(found, "tokens", "max"))),
    (
        "Rows over the length",
        lambda found: f"{count(number(found, 'truncated'))} over {count(number(found, 'max_length'))}",
    ),
    ("Full when packed", lambda found: share(number(found, "packing") or 0.0)),
    ("Trained of half of the rows, at least", lambda found: share(number(found, "trained", "p50_share") or 0.0)),
    ("Saved by cleaning", lambda found: _saved(found)),
)


def section(data: ReportData) -> Section | None:
    """A column for each model: lengths, packing, what is trained, what cleaning saved, and rows with a trouble."""
    targets = [found for stage in data.stages if stage.stage == "tokens" for found in records(stage.facts, "targets")]
    if not targets:
        return None
    lines: list[Line] = [[name, *(figure(found) for found in targets)] for name, figure in _LINES]
    lines += [[title, *(_trouble(found, name) for found in targets)] for name, title in TROUBLES.items()]
    columns = ("Figure", *(str(found.get("target")) for found in targets))
    blocks: list[Block] = [Grid("Rows as each model reads them", columns, lines, range(1, len(columns)), wide=False)]
    return Section("tokens", "Tokens of the models to be trained", _lead(targets), blocks)


def _lead(targets: Sequence[Figures]) -> str:
    said = "Rows were rendered by the chat template of each model and cut by its tokenizer."
    wrong = max(int(number(found, name, "rows") or 0) for found in targets for name in TROUBLES)
    return f"{said} {plural(wrong, 'row')} would be trained otherwise than meant." if wrong else said


def _saved(found: Figures) -> str:
    before, after = (number(found, "cleaning", name) for name in ("before", "after"))
    if before is None or after is None:
        return count(None)
    rows = plural(int(number(found, "cleaning", "rows") or 0), "row")
    return f"{count(before - after)} of {count(before)} in {rows}"


def _trouble(found: Figures, name: str) -> Cell:
    rows = number(found, name, "rows")
    return Cell(count(rows), tone="bad" if rows else "")
