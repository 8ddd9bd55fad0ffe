"""The split: says of each row whether it is for training, validation, test or evaluation, so that no side holds text of another."""

from collections import Counter
from typing import Any, Final

import pyarrow as pa

from tasks.core import schema as schemas
from tasks.core.outcome import Outcome, Tools
from tasks.split.assignment import assigned
from tasks.split.grouping import grouped, keys, shared_by_sides
from tasks.split.overlap import overlaps
from tasks.split.params import Split

ROUNDS: Final = 5
"""How often rows are compared: a text names only the held-out row that it is most like, so the next one shows once that is gone."""


def compute(
    examples: pa.Table,
    previous: pa.Table | None,
    evaluated: pa.Table | None,
    passages: pa.Table | None,
    params: Split,
    tools: Tools,
) -> Outcome:
    """CLUSTERED rows → the same in their order, with `split`: train, validation or test.

    `previous`: example_id and split of earlier releases, the latest last, whose rows stay where they were; `evaluated`: the same of
    earlier releases of the evaluation rows; `passages`: chunk_id and document_id. Rejects `held_for_evaluation`, the rows for
    evaluation; `joins_sides`, a new row that belongs to rows of two sides, and `held_out_overlap`, one that holds text of another
    side: of such a pair the row that is new, else the one that is trained on. `facts`: rows of each side, of each stratum,
    `groups`, `shared_keys` and `overlaps_left`, which are to be 0, `empty_sides`, those asked for that have no row, and
    `refused_share`, of rows that are on no side.
    """
    examples = schemas.conform(examples, schemas.CLUSTERED)
    ids = examples["example_id"].to_pylist()
    before = _sides_of(previous, evaluated)
    own = keys(examples, params.by, _documents(passages))
    groups, known, left_out = grouped(own, ids, before)
    strata = [f"{row['source']}, {row['method']}" for row in examples.select(["source", "method"]).to_pylist()]
    fixed = {first: side for first, side in known.sides.items() if known.of(first) == first}
    sides = assigned(groups, strata, fixed, params, _learnt(groups, ids, previous))
    split = [
        before.get(row) or (sides[group] if group is not None else None) for row, group in zip(ids, groups, strict=True)
    ]
    tools.progress(examples.num_rows // 2, examples.num_rows)
    reasons = {number: ("joins_sides", " and ".join(found)) for number, found in left_out.items()}
    found, left_over = _overlapping(examples, split, before, tools)
    reasons |= found
    stay = [number for number in range(len(ids)) if number not in reasons]
    left = [split[number] for number in stay]
    reasons |= {
        number: ("held_for_evaluation", "") for number, side in zip(stay, left, strict=True) if side == "evaluation"
    }
    divided = _with_split(examples, split)
    kept = divided.take(pa.array([number for number in stay if number not in reasons], pa.int64()))
    tools.progress(examples.num_rows, examples.num_rows)
    facts = _facts(params, [own[n] for n in stay], [strata[n] for n in stay], left)
    facts |= {"groups": len(set(filter(None, groups))), "overlaps_left": left_over}
    facts["refused_share"] = 1 - len(stay) / max(len(ids), 1)
    return Outcome.of(schemas.CLUSTERED, kept, _rejected(divided, reasons), facts=facts)


def _overlapping(
    examples: pa.Table, split: list[str | None], before: dict[str, str], tools: Tools
) -> tuple[dict[int, tuple[str, str]], int]:
    """Rows to refuse because another side has their text (place → reason and detail), and the pairs that are left without them."""
    ids, gone = examples["example_id"].to_pylist(), dict[int, tuple[str, str]]()
    for _ in range(ROUNDS):
        sides = pa.array([None if number in gone else side for number, side in enumerate(split)], pa.string())
        found = overlaps(examples, sides, tools.workers)
        if not found:
            return gone, 0
        for row, other, words in found:
            if row in gone or other in gone:
                continue
            new = other if ids[row] in before and ids[other] not in before else row
            stays = row if new == other else other
            gone[new] = ("held_out_overlap", f"{split[stays]} row {ids[stays]}, {words}")
    sides = pa.array([None if number in gone else side for number, side in enumerate(split)], pa.string())
    return gone, len(overlaps(examples, sides, tools.workers))


def _sides_of(previous: pa.Table | None, evaluated: pa.Table | None) -> dict[str, str]:
    found = {}
    if previous is not None:
        known = zip(previous["example_id"].to_pylist(), previous["split"].to_pylist(), strict=True)
        found = {row: side for row, side in known if side}
    return found | (dict.fromkeys(evaluated["example_id"].to_pylist(), "evaluation") if evaluated is not None else {})


def _learnt(groups: list[str | None], ids: list[str], previous: pa.Table | None) -> set[str]:
    """The groups of which a row was released: models may have learnt it."""
    released = set(previous["example_id"].to_pylist()) if previous is not None else set()
    return {group for group, row in zip(groups, ids, strict=True) if group is not None and row in released}


def _documents(passages: pa.Table | None) -> dict[str, str]:
    if passages is None:
        return {}
    return dict(zip(passages["chunk_id"].to_pylist(), passages["document_id"].to_pylist(), strict=True))


def _with_split(examples: pa.Table, split: list[str | None]) -> pa.Table:
    at = examples.schema.get_field_index("split")
    return examples.set_column(at, examples.schema.field(at), pa.array(split, pa.string()))


def _rejected(examples: pa.Table, reasons: dict[int, tuple[str, str]]) -> pa.Table:
    table = examples.take(pa.array(sorted(reasons), pa.int64()))
    for column, name in enumerate(("reason", "detail")):
        table = table.append_column(
            name, pa.array([reasons[number][column] for number in sorted(reasons)], pa.string())
        )
    return table


def _facts(params: Split, own: list[list[str]], strata: list[str], sides: list[str | None]) -> dict[str, Any]:
    rows = Counter(sides)
    wanted = {"validation": params.validation, "test": params.test, "evaluation": params.evaluation}
    by_stratum = Counter(zip(strata, sides, strict=True))
    empty = [side for side, share in wanted.items() if share and not rows[side]]
    notes = [", ".join(f"{rows[side]:,} {side}" for side in ("train", *wanted) if rows[side])]
    if empty:
        notes.append(f"no group fits into {' and '.join(empty)}: too few rows, or groups that are too large")
    return {
        "rows": {side: rows[side] for side in ("train", *wanted)},
        "strata": [
            {"stratum": name, **{side: by_stratum[name, side] for side in ("train", *wanted)}}
            for name in sorted({*strata})
        ],
        "shared_keys": shared_by_sides(own, [side or "" for side in sides]),
        "empty_sides": len(empty),
        "notes": notes,
    }
