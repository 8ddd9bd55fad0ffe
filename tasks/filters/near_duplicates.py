"""Rows that are nearly equal, found by MinHash and verified by the exact Jaccard similarity of their 5-word shingles.

Candidates are loose (one of 20 bands equal; Broder 1997, Leskovec et al. chapter 3), verification is strict. Short rows
cannot be nearly equal: fewer than five words are one shingle, so they group only with the same words. Empty rows group with
nothing. Scripts without blanks between words have few, long shingles, and are found only when whole phrases agree.

Rows are compared as conversations: turns, instruction and response together. Two questions of one pattern about different
things ("Chapter 3" and "Chapter 4", `str.find()` and `str.index()`) are different rows even where most of their words are
the same, unless their responses are nearly equal and speak of the same things too; see `differ_in_names`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.filters import minhash
from tasks.filters.echo import overlap
from tasks.filters.minhash import Pairs
from tasks.filters.quality import dropped_for, order
from tasks.filters.shingles import Grams
from tasks.filters.texts import Texts, joined, plain
from tasks.filters.verdict import Context, Verdict

if TYPE_CHECKING:
    from datasketch import MinHashLSH

Groups = minhash.Rows

_SLACK: Final = 0.15
"""How far below the threshold an estimate over 128 permutations may lie before its pair is not verified: 3.7 standard
deviations at 0.7."""
_NEARLY_EQUAL: Final = 0.9
_NAMES: Final = re.compile(
    r"`[^`\n]+`|\w*\d[\w.,:]*|\w+(?:[._]\w+)+|\w+(?=\(\))|\b[IVXLC]+\b|[a-z]+[A-Z]\w*|(?<=[^.!?\s] )[\"“‘'(]?[A-Z]\w+"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|first|second|third|fourth|fifth|last)\b"
)


class NearDuplicates(Params):
    """How alike two rows must be."""

    enabled: bool = True
    threshold: Annotated[float, Field(ge=0.3, le=1)] = 0.7
    """Jaccard similarity of the 5-word shingles from which two rows are near-duplicates."""


def judge(table: pa.Table, params: NearDuplicates, context: Context) -> Verdict:
    """Rejects `near_duplicate`, naming the row that stays and the similarity; counts them in `duplicates` there.

    Of each group the best row stays (`quality.order`), then the best of those not like it, and so on: every rejected row is
    itself nearly equal to the row it names, and not only to a third.
    """
    texts = joined(table, ("history", "instruction", "response"))
    sets, groups = _grouped(texts, params.threshold, context.tools.workers)
    keepers: dict[int, int] = {}
    rejected: dict[int, tuple[str, str]] = {}
    for dropped, kept, similarity in _representatives(table, sets, groups, params.threshold):
        keepers[dropped] = kept
        rejected[dropped] = ("near_duplicate", f"{table['example_id'][kept]} {similarity:.2f}")
    return Verdict.of(table.num_rows, rejected, {"duplicates": dropped_for(table, keepers)} if keepers else {})


def near_duplicate_groups(texts: Texts, threshold: float = 0.7) -> Groups:
    """The group of each row, int64 (rows,): the number of the first row it is connected with by near-duplicates.

    Two rows are near-duplicates if the Jaccard similarity of their 5-word shingles is at least `threshold`.
    """
    return _grouped(plain(texts), threshold, workers=2)[1]


@dataclass
class Index:
    """What earlier releases hold: a `datasketch.MinHashLSH` that can be added to, and the sketches in it by key."""

    threshold: float = 0.7
    lsh: "MinHashLSH" = field(init=False)
    sketches: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from datasketch import MinHashLSH

        self.lsh = MinHashLSH(self.threshold, minhash.PERMUTATIONS, params=(minhash.BANDS, minhash.ROWS_PER_BAND))

    def add(self, texts: Texts, keys: Sequence[str]) -> None:
        """Adds rows under `keys`, which must be new to the index. Texts without words are left out."""
        for key, sketch in zip(keys, _sketches(texts), strict=True):
            if not sketch.is_empty():
                self.lsh.insert(key, sketch)
                self.sketches[key] = sketch


def seen_before(texts: Texts, index: Index) -> list[tuple[str, float] | None]:
    """For each text the key of the most similar row in `index` and the estimated similarity; None below its threshold.

    The estimate comes from 128 permutations: its standard error is at most 0.044.
    """
    found: list[tuple[str, float] | None] = []
    for sketch in _sketches(texts):
        keys = [] if sketch.is_empty() else index.lsh.query(sketch)
        ranked = sorted((-sketch.jaccard(index.sketches[key]), key) for key in keys)
        found.append((ranked[0][1], -ranked[0][0]) if ranked and -ranked[0][0] >= index.threshold else None)
    return found


def differ_in_names(left: tuple[str, str], right: tuple[str, str]) -> bool:
    """True if two (instruction, response) ask about different things in the same words.

    The instructions name different numbers, identifiers or names, and the responses do so too or are less than nearly equal.
    """
    if _named(left[0]) == _named(right[0]):
        return False
    return _named(left[1]) != _named(right[1]) or overlap(left[1], right[1]) < _NEARLY_EQUAL


def _named(text: str) -> Counter[str]:
    return Counter(name.strip("`\"“‘'(.,:").lower() for name in _NAMES.findall(text))


def _sketches(texts: Texts) -> list[Any]:
    from datasketch import LeanMinHash

    rows = minhash.signatures(minhash.shingled(plain(texts)))
    return [LeanMinHash(seed=1, hashvalues=row, scheme="affine32") for row in rows]


def _grouped(texts: pa.LargeStringArray, threshold: float, workers: int) -> tuple[Grams, Groups]:
    """The shingle sets of the rows, and the group of each."""
    grams = minhash.shingled(texts, workers)
    sketched = minhash.signatures(grams, workers)
    filled = np.flatnonzero(np.diff(grams.offsets))
    left, right = minhash.candidates(sketched, filled, workers)
    likely = minhash.agreement(sketched, (left, right)) >= threshold - _SLACK
    left, right = left[likely], right[likely]
    sets = minhash.as_sets(grams, np.unique(np.concatenate([left, right])))
    alike = minhash.jaccard(sets, (left, right)) >= threshold
    return sets, _components(len(texts), (left[alike], right[alike]))


def _components(rows: int, pairs: Pairs) -> Groups:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    left, right = pairs
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(rows, rows))
    _, labels = connected_components(graph, directed=False)
    _, first = np.unique(labels, return_index=True)
    groups: Groups = first[labels].astype(np.int64)
    return groups


def _representatives(table: pa.Table, sets: Grams, groups: Groups, threshold: float) -> list[tuple[int, int, float]]:
    """(dropped row, kept row, similarity), group by group: the best row first, then the best of those not like it."""
    ranking = order(table)
    crowded = np.bincount(groups, minlength=len(groups))[groups] > 1
    left = ranking[crowded[ranking]]
    text = _texts(table, left)
    dropped: list[tuple[int, int, float]] = []
    while len(left):
        _, first, inverse = np.unique(groups[left], return_index=True, return_inverse=True)
        best = left[first][inverse]
        others = best != left
        left, best = left[others], best[others]
        similar = minhash.jaccard(sets, (left, best))
        named_alike = [not differ_in_names(text[i], text[k]) for i, k in zip(left.tolist(), best.tolist(), strict=True)]
        goes = (similar >= threshold) & np.array(named_alike, bool)
        dropped += zip(left[goes].tolist(), best[goes].tolist(), similar[goes].tolist(), strict=True)
        left = left[~goes]
    return dropped


def _texts(table: pa.Table, rows: Groups) -> dict[int, tuple[str, str]]:
    columns = [plain(pc.take(table[name], pa.array(rows))).to_pylist() for name in ("instruction", "response")]
    return dict(zip(rows.tolist(), zip(*columns, strict=True), strict=True))
