"""Which rows are changed by which kind of substitution, and what becomes of each."""

from collections import Counter
from random import Random
from typing import Any, Final

import pyarrow as pa

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_rows.rewording import Parts, parts_of, variant
from tasks.generation.from_rows.substitutions import errors, identity, synonyms
from tasks.generation.from_rows.substitutions.params import Kind, Substitutions
from tasks.teachers.prompts.defects import Defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.text import nlp
from tasks.text.kept_meaning import meaning_change

_SWAPS: Final[tuple[identity.Swap, ...]] = ("gender_swaps", "origin_swaps")
_MOST_WORDS: Final = 200
"""Words of a line up to which it is taken for the request."""


def substituted(rows: pa.Table, params: Substitutions, tools: Tools) -> Outcome:
    """Rows made from `rows` (EXAMPLE) by each kind of `params`, in `operator`; each names its parent.

    Rejects nothing_to_substitute, meaning_changed, identity_matters and not_reversible. Facts: kept and rejected rows by kind.
    """
    able = [row for row in rows.to_pylist() if row["instruction"] and row["response"] and not row["history"]]
    sorted_rows, kept, left = SortedRows(), Counter[str](), Counter[str]()
    for done, kind in enumerate(params.kinds, 1):
        chosen = _chosen(able, kind, params)
        made = _swaps(chosen, kind) if kind in _SWAPS else _reworded(chosen, kind, params)
        for row, defect in made:
            (left if defect else kept)[kind] += 1
            sorted_rows.reject(row, *defect) if defect else sorted_rows.keep(row)
        tools.progress(done, len(params.kinds))
    return sorted_rows.outcome(EXAMPLE, {"kept": dict(sorted(kept.items())), "left_alone": dict(sorted(left.items()))})


def _chosen(able: list[Row], kind: Kind, params: Substitutions) -> list[Row]:
    """The rows that `kind` is tried on, in an order that depends on each row alone."""
    if kind in _SWAPS:  # a row with evidence, a right answer or tests would no longer agree with them
        swap: identity.Swap = "gender_swaps" if kind == "gender_swaps" else "origin_swaps"
        fixed = ("evidence", "reference", "tests", "rejected", "reasoning")
        able = [
            row for row in able if not any(row[name] for name in fixed) and identity.concerns(row["instruction"], swap)
        ]
    else:
        able = [row for row in able if parts_of(row["instruction"], _MOST_WORDS)]
    able = sorted(able, key=lambda row: stable_id(kind, row["example_id"]))
    return able[: -int(-params.share * len(able) // 1)]


def _reworded(rows: list[Row], kind: Kind, params: Substitutions) -> list[tuple[Row, Defect | None]]:
    parts = [parts_of(row["instruction"], _MOST_WORDS) for row in rows]
    requests = [part.request for part in parts if part]
    docs = nlp.parse(requests, ("tagger", "lemmatizer")) if kind == "synonyms" else [None] * len(requests)
    made: list[tuple[Row, Defect | None]] = []
    for row, part, doc in zip(rows, parts, docs, strict=True):
        assert part is not None
        rng = Random(stable_id(kind, row["example_id"], str(params.seed)))  # noqa: S311
        request = _changed(part, doc, kind, params, rng)
        new = variant(row, "substitutions", kind, str(params.seed), operator=kind)
        new["instruction"] = part.with_request(request)
        made.append((new, _defect(part.request, request, kind)))
    return made


def _changed(part: Parts, doc: Any, kind: Kind, params: Substitutions, rng: Random) -> str:
    if kind == "synonyms":
        return synonyms.synonyms(part.request, doc, params.synonym_rate, rng)
    return errors.typos(part.request, params.typo_rate, rng) if kind == "typos" else errors.noise(part.request, rng)


def _defect(before: str, after: str, kind: Kind) -> Defect | None:
    if before == after:
        return Defect("nothing_to_substitute", kind)
    change = meaning_change(before, after)
    return Defect("meaning_changed", change) if change else None


def _swaps(rows: list[Row], kind: Kind) -> list[tuple[Row, Defect | None]]:
    swap: identity.Swap = "gender_swaps" if kind == "gender_swaps" else "origin_swaps"
    texts = [row[name] or "" for row in rows for name in ("system", "instruction", "response")]
    docs = nlp.parse(texts, ("tagger", "ner"))
    new = [identity.swapped(text, doc, swap) for text, doc in zip(texts, docs, strict=True)]
    back = [identity.swapped(text, doc, swap) for text, doc in zip(new, nlp.parse(new, ("tagger",)), strict=True)]
    made: list[tuple[Row, Defect | None]] = []
    for at, row in enumerate(rows):
        own = slice(3 * at, 3 * at + 3)
        names = dict(zip(("system", "instruction", "response"), new[own], strict=True))
        swapped = variant(row, "substitutions", kind, operator=kind) | {k: v or None for k, v in names.items()}
        entities = [(entity.text, entity.label_) for doc in docs[own] for entity in doc.ents]
        if why := identity.obstacle("\n".join(texts[own]), entities):
            made.append((swapped, Defect("identity_matters", why)))
        elif back[own] != texts[own]:
            made.append((swapped, Defect("not_reversible", "swapped twice")))
        else:
            made.append((swapped, None))
    return made
