"""Which rows a rule leaves alone: those that are about what it takes for damage."""

import string
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.cleaning.rules import ABOUT, Edit, Subject
from tasks.text.columns import Pieces


def subjects(parts: Pieces, made: Mapping[int, Sequence[Edit]]) -> dict[int, frozenset[str]]:
    """Piece → the rules that should have left it alone, for those of the changed pieces in `made` of which that is so.

    Only texts of changed rows are searched, each rule's at once.
    """
    columns = np.array(parts.columns)
    spared: dict[int, set[str]] = defaultdict(set)
    by_rule: dict[str, dict[int, list[Edit]]] = defaultdict(lambda: defaultdict(list))
    for piece, mends in made.items():
        for edit in mends:
            by_rule[edit.rule][piece].append(edit)
    for rule, subject in ABOUT.items():
        changed = by_rule[rule]
        rows = _rows(parts, columns, subject, np.unique(parts.rows[list(changed)])) if changed else frozenset()
        for piece, edits in changed.items():
            row = int(parts.rows[piece])
            if row in rows or (subject.shown and any(_shows_both(edit, _texts(parts, row)) for edit in edits)):
                spared[piece].add(rule)
    return {piece: frozenset(rules) for piece, rules in spared.items()}


def _rows(parts: Pieces, columns: np.ndarray, subject: Subject, rows: np.ndarray) -> Collection[int]:
    """Those of `rows` that the words of `subject` spare."""
    here = np.isin(parts.rows, rows)
    spared = set(_matching(parts, here & np.isin(columns, subject.columns), subject.about))
    if subject.asked:
        asked = _matching(parts, here & (columns == "instruction"), subject.asked)
        spared |= set(rows.tolist()) - set(asked)
    return spared


def _matching(parts: Pieces, where: np.ndarray, pattern: str) -> list[int]:
    indices = np.flatnonzero(where)
    found = pc.match_substring_regex(parts.texts.take(pa.array(indices)), pattern)
    return [int(row) for row in parts.rows[indices[found.to_numpy(zero_copy_only=False)]]]


def _texts(parts: Pieces, row: int) -> list[str]:
    return [str(parts.texts[int(piece)]) for piece in np.flatnonzero(parts.rows == row)]


def _shows_both(edit: Edit, texts: Sequence[str]) -> bool:
    """Whether a word that the edit makes already stands in `texts`, beside the one it was made of. Removed tags don't count."""
    if edit.before.count("<") != edit.after.count("<"):
        return False
    new = {_bare(word) for word in Counter(edit.after.split()) - Counter(edit.before.split())}
    return not new.isdisjoint(_bare(word) for text in texts for word in text.split())


def _bare(word: str) -> str:
    return word.strip(string.punctuation) or word
