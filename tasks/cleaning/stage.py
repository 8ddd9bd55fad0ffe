"""Cleaning: what is certainly broken in a text is repaired before anything looks at it, and every repair is written down.

Table of contents, in the order in which the rules are tried:

    characters    control characters, direction marks, white space, Unicode form
    mojibake      UTF-8 that was read as Windows-1252
    tokens        marks of chat templates, Alpaca's frame, a next turn that nobody asked for
    markup        HTML as Markdown, lists and code kept
    markdown      needless escapes inside words, a button's caption
    numbers       taken apart, in strange digits; off unless asked for
    filler        "Sure! Here is the poem:" and "I hope this helps"
    boilerplate   a paragraph that begins or ends the responses of many rows

What is not broken is not touched: code keeps every character, fenced or not, a row about what a rule takes for damage keeps it
(`subjects`), a response that stands word for word in its evidence is a quotation. Cleaning what is clean changes nothing. A
cleaned row keeps its id, and its evidence, which points into the sources.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.cleaning.boilerplate import repeated
from tasks.cleaning.rules import RULES, Edit, cleaned
from tasks.cleaning.subjects import subjects
from tasks.core.outcome import Outcome, Tools
from tasks.core.params import Params
from tasks.core.schema import CLEANED, EDIT, conform
from tasks.core.schema import rejected as rejected_schema
from tasks.text.columns import COLUMNS, Pieces, lists, pieces, plain, slice_size, with_pieces
from tasks.text.evidence import Evidence

_SLICE: Final = 1 << 13
"""Rows repaired at once; several slices at a time, so that one is searched, without the interpreter, while another is repaired.
Patterns are compiled anew for each slice, which in slices of a quarter would cost half as much again as the search."""

Edits = dict[int, list[tuple[str, Edit]]]
"""Row → (column, edit), in the order in which they were made."""


class Boilerplate(Params):
    """When a paragraph is boilerplate."""

    enabled: bool = True
    """Removes paragraphs that begin or end the responses of many rows."""
    min_rows: Annotated[int, Field(ge=2)] = 20
    """Rows whose response must begin or end with a paragraph before it is removed."""
    min_words: Annotated[int, Field(ge=1)] = 8
    """Words a paragraph must have; shorter ones ("Sincerely,") are in many good answers."""


class Cleaning(Params):
    """Which repairs are made."""

    enabled: bool = True
    """Whether texts are repaired at all."""
    invisible: bool = True
    """Removes control characters, direction marks and zero-width characters."""
    mojibake: bool = True
    """Restores UTF-8 that was read as Windows-1252 ("donâ€™t")."""
    chat_tokens: bool = True
    """Removes marks of chat templates (`<|im_end|>`), Alpaca's frame, and a next turn that nobody asked for."""
    markup: bool = True
    """Turns HTML into Markdown; lists and code are kept."""
    markdown: bool = True
    """Removes backslashes before underscores inside words, and "Copy code" above code."""
    numbers: bool = False
    """Joins numbers that were taken apart ("3 . 14") and writes full-width digits as ordinary ones."""
    whitespace: bool = True
    """Removes blanks at line ends and around the text, and more than two empty lines in a row; one kind of line end."""
    unicode: bool = True
    """Brings letters with accents into Unicode's composed form (NFC)."""
    filler_announcement: bool = True
    """Removes openings of a response such as "Sure! Here is the poem:"."""
    filler_opening: bool = True
    """Removes openings of a response such as "Certainly!", where knowledge was asked for."""
    filler_closing: bool = True
    """Removes endings of a response such as "I hope this helps", where knowledge was asked for."""
    boilerplate: Boilerplate = Boilerplate()

    def rules(self) -> frozenset[str]:
        """The names of the rules that are on."""
        return frozenset(name for name in RULES if getattr(self, name))


def compute(examples: pa.Table, chunks: pa.Table | None, params: Cleaning, tools: Tools) -> Outcome:
    """Repairs the prose of `examples` (schema EXAMPLE); kept and rejected rows have schema CLEANED.

    `chunks` (schema CHUNK) are the passages that evidence points into; None where there are none. Rejects `nothing_left`
    where a text said something and nothing of it remains; such a row keeps its texts. facts["cleaning"] is {rows: changed rows,
    texts: changed texts, rules: {rule: times it changed a text}}.
    """
    if not params.enabled or not examples.num_rows:
        table = prepared(examples)
        return Outcome.of(CLEANED, table, facts={"cleaning": _facts(table)})
    parts = tools.map_rows(repaired, examples, chunks, params, kept=CLEANED)
    table = pa.concat_tables(part.kept for part in parts).combine_chunks()
    if params.boilerplate.enabled:
        table = _without_boilerplate(table, params.boilerplate, Evidence(chunks))
    return _accounted(examples, table)


def repaired(examples: pa.Table, chunks: pa.Table | None, params: Cleaning, tools: Tools) -> Outcome:
    """Keeps every row, with all repairs for which one looks at that row alone."""
    rules, evidence = params.rules(), Evidence(chunks)
    size = slice_size(examples.num_rows, _SLICE, tools.workers)
    slices = [examples.slice(at, size) for at in range(0, max(examples.num_rows, 1), size)]
    with ThreadPoolExecutor(tools.workers) as pool:
        return Outcome.of(CLEANED, pa.concat_tables(pool.map(lambda part: _repaired(part, rules, evidence), slices)))


def _repaired(examples: pa.Table, rules: frozenset[str], evidence: Evidence) -> pa.Table:
    table = prepared(examples)
    columns, edits = _texts_repaired(table, rules, evidence)
    return _with(table, columns | _noted(edits, table.num_rows))


def prepared(examples: pa.Table) -> pa.Table:
    """`examples` with the columns that cleaning fills in: nothing changed yet."""
    return _with(conform(examples, CLEANED).combine_chunks(), _noted({}, examples.num_rows))


def _texts_repaired(table: pa.Table, rules: frozenset[str], evidence: Evidence) -> tuple[dict[str, pa.Array], Edits]:
    """The columns in which a text changes, and the edits."""
    parts = pieces(table, COLUMNS)
    found = cleaned(parts.texts, parts.columns, rules)
    made = {piece: found[piece] for piece in sorted(found)}
    _spare_subjects(parts, rules, made)
    rows = parts.rows[list(made)]
    spans = table["evidence"].take(pa.array(rows)).to_pylist()
    texts: dict[int, str] = {}
    edits: Edits = {}
    for (piece, mends), row, quoted in zip(made.items(), rows.tolist(), spans, strict=True):
        column, old, new = parts.columns[piece], mends[0].before, mends[-1].after
        if new != old and not evidence.holds(old, quoted):
            texts[piece] = new
            edits.setdefault(row, []).extend((column, edit) for edit in mends)
    return with_pieces(table, parts, texts), edits


def _spare_subjects(parts: Pieces, rules: frozenset[str], made: dict[int, list[Edit]]) -> None:
    """Makes anew, in `made`, what was done to texts whose rows are about what one of the rules took for damage."""
    unwanted: dict[int, frozenset[str]] = {}
    while found := subjects(parts, made):
        again: dict[frozenset[str], list[int]] = {}
        for piece, few in found.items():
            unwanted[piece] = unwanted.get(piece, frozenset()) | few
            again.setdefault(unwanted[piece], []).append(piece)
        for few, spared in again.items():
            columns = [parts.columns[piece] for piece in spared]
            mended = cleaned(parts.texts.take(pa.array(spared)), columns, rules - few)
            for index, piece in enumerate(spared):
                made[piece] = mended.get(index, [])
    for piece in [piece for piece, mends in made.items() if not mends]:
        del made[piece]


def _without_boilerplate(table: pa.Table, params: Boilerplate, evidence: Evidence) -> pa.Table:
    texts = plain(table["response"])
    spans = table["evidence"]
    cut = {
        row: text
        for row, text in repeated(texts, params.min_rows, params.min_words).items()
        if not evidence.holds(texts[row].as_py(), spans[row].as_py())
    }
    if not cut:
        return table
    changes, edits = _filled(table["changes"]), _filled(table["edits"])
    for row, text in cut.items():
        changes[row] = list(dict.fromkeys([*changes.get(row, ()), "boilerplate:response"]))
        edits.setdefault(row, []).append(_written("response", Edit("boilerplate", texts[row].as_py(), text)))
    noted = {"changes": lists(table.num_rows, changes, pa.string()), "edits": lists(table.num_rows, edits, EDIT)}
    number = np.cumsum(pc.is_valid(table["response"]).to_numpy(zero_copy_only=False)) - 1
    by_piece = {int(number[row]): text for row, text in cut.items()}
    return _with(table, with_pieces(table, pieces(table, ("response",)), by_piece) | noted)


def _filled(column: pa.ChunkedArray) -> dict[int, list[Any]]:
    """Row → its list, where that is not empty."""
    rows = np.flatnonzero(pc.list_value_length(column).to_numpy())
    return dict(zip(rows.tolist(), column.take(pa.array(rows)).to_pylist(), strict=True))


def _accounted(before: pa.Table, after: pa.Table) -> Outcome:
    """The kept rows, and those of which nothing is left, with their texts as they came."""
    empty: dict[int, str] = {}
    changed = np.flatnonzero(pc.list_value_length(after["changes"]).to_numpy())
    for column in ("response", "instruction"):
        old, new = (plain(table[column].take(pa.array(changed))) for table in (before, after))
        gone = pc.and_(pc.equal(pc.utf8_trim_whitespace(new), ""), pc.not_equal(old, ""))
        empty |= dict.fromkeys(changed[gone.to_numpy(zero_copy_only=False)].tolist(), column)
    keep = np.ones(after.num_rows, bool)
    keep[list(empty)] = False
    gone = after.filter(pa.array(~keep))
    lost = _with(prepared(before.filter(pa.array(~keep))), {n: gone[n].combine_chunks() for n in ("changes", "edits")})
    details = [
        ", ".join(dict.fromkeys([empty[row], *(edit["rule"] for edit in edits if edit["column"] == empty[row])]))
        for row, edits in zip(sorted(empty), gone["edits"].to_pylist(), strict=True)
    ]
    lost = lost.append_column("reason", pa.array(["nothing_left"] * len(empty), pa.string()))
    lost = lost.append_column("detail", pa.array(details, pa.string())).cast(rejected_schema(CLEANED))
    return Outcome.of(CLEANED, after.filter(pa.array(keep)), lost, facts={"cleaning": _facts(after)})


def _noted(edits: Edits, rows: int) -> dict[str, pa.Array]:
    """The columns `changes` and `edits`."""
    changes = {
        row: list(dict.fromkeys(f"{edit.rule}:{column}" for column, edit in made)) for row, made in edits.items()
    }
    written = {row: [_written(column, edit) for column, edit in made] for row, made in edits.items()}
    return {"changes": lists(rows, changes, pa.string()), "edits": lists(rows, written, EDIT)}


def _written(column: str, edit: Edit) -> dict[str, str]:
    return {"rule": edit.rule, "column": column, "before": digest(edit.before), "after": digest(edit.after)}


def digest(text: str) -> str:
    """The first 16 digits of the sha256 of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _with(table: pa.Table, columns: dict[str, pa.Array]) -> pa.Table:
    for name, column in columns.items():
        table = table.set_column(
            CLEANED.get_field_index(name), CLEANED.field(name), column.cast(CLEANED.field(name).type)
        )
    return table


def _facts(table: pa.Table) -> dict[str, Any]:
    edits = table["edits"].combine_chunks()
    flat = pc.list_flatten(edits)
    rules = pc.value_counts(pc.struct_field(flat, "rule")).to_pylist()
    texts = pa.table({"row": pc.list_parent_indices(edits), "column": pc.struct_field(flat, "column")})
    return {
        "rows": pc.count_distinct(texts["row"]).as_py(),
        "texts": texts.group_by(["row", "column"]).aggregate([]).num_rows,
        "rules": {rule["values"]: rule["counts"] for rule in sorted(rules, key=lambda rule: rule["values"])},
    }
