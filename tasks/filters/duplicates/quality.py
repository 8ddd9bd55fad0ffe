"""Which of several rows that say the same is kept: the better copy, whichever is longer."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.text.columns import joined
from tasks.text.equality import Rows

_DAMAGE: Final = (
    "[ÂÃÄÅÎÏÐÑâð][^\x01-\x7f]|(?:[РС][\u00a0-\u00bf\u0400-\u045f\u2010-\u2122]){4}|\ufffd|[a-z]\\?[a-z]"  # wrong encodings
    r"|<\|[^|>\n]{1,40}\|>|</?s>|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>"  # chat templates
    r"|(?im:^ *(?:#{2,3} *)?(?:instruction|input|response|output|human|user|assistant|question|answer) *:)"
    r"|&(?:[a-z]{2,8}|#x?[0-9a-f]{2,6});|</?(?:br|p|div|span)\b[^>]{0,40}>|\\[nrt](?:[A-Z\\]|\b)|\\u[0-9a-f]{4}"  # markup, escapes
    "|[\x00-\x08\x0e-\x1f\u200b\ufeff]"
)
"""What copying, extracting and chat templates leave in a text. In two rows whose subject it is, it stands in both."""
_COMPLETE: Final = r"[.!?。！？)\]}>`\"'”’»*|0-9]\s*$"
_CUT: Final = r"(?:\.\.\.|…)\s*$"
_STYLED: Final = r"^(?:[^\p{Lu}]*|[^\p{Ll}]*)$"
_RUN: Final = 8
USES: Final = 8
"""How many kinds of rows `uses` knows."""
_REPEATED: Final = 0.1
_AFTER: Final = 16
"""Longer texts, in the order of the alphabet, that a text may be the beginning of."""


def order(table: pa.Table, groups: Rows | None = None) -> Rows:
    """Row numbers from the best row to the worst. Compared in this order, each deciding only what the one before left open:

    1. fewer signs of damage: wrong encodings, remains of chat templates and markup, a text that says itself twice, an open code
       fence, and, where `groups` says which rows say the same, a response that another's begins with and goes on from;
    2. it corrects a response that failed a check (method `corrections`), whoever wrote that;
    3. a human wrote the response (`origin`), or it is right by construction (`answer_method`);
    4. `score`, where the source gave one, higher first;
    5. the response was chosen among several (`attempts`);
    6. `grounding`, higher first, an unmeasured one counting as 0.5;
    7. the response ends as a finished text does (punctuation, bracket, fence), not in the middle of a sentence;
    8. instruction and response have capitals, and not only these;
    9. fewer cleaning rules had to change the row;
    10. the earlier row.
    """
    complete = pc.and_not(
        pc.match_substring_regex(table["response"], _COMPLETE), pc.match_substring_regex(table["response"], _CUT)
    )
    asked, said = (pc.match_substring_regex(table[name], _STYLED) for name in ("instruction", "response"))
    keys = [
        pa.array(-_damage(table, groups)),
        pc.equal(table["method"], "corrections"),
        pc.or_(
            pc.equal(table["origin"], "human"), pc.fill_null(pc.equal(table["answer_method"], "by_construction"), False)
        ),
        pc.fill_null(table["score"], -np.inf),
        pc.greater(pc.fill_null(table["attempts"], 1), 1),
        pc.fill_null(table["grounding"], 0.5),
        complete,
        pc.invert(pc.or_(asked, said)),
        pc.negate(pc.fill_null(pc.list_value_length(table["changes"]), 0)),
    ]
    columns = [pc.fill_null(key.cast(pa.float64()), 0).to_numpy(zero_copy_only=False) for key in keys]
    return np.lexsort([np.arange(table.num_rows), *(-column for column in reversed(columns))])


def uses(table: pa.Table) -> Rows:
    """What each row trains: a number that differs between plain rows, preference pairs, scored rows, and each of these with its
    reasoning. A pair and the row that it was made from hold the same texts, and neither stands in for the other."""
    pairs, scores, reasons = (pc.is_valid(table[name]).to_numpy() for name in ("rejected", "score", "reasoning"))
    found: Rows = pairs.astype(np.int64) + 2 * scores + 4 * reasons
    return found


def best_of_equals(table: pa.Table, rows: Rows, codes: Rows) -> dict[int, int]:
    """For each of `rows` (of `table`) but the best of its equals of one use: that best one. See `order` for which it is."""
    codes = codes * USES + uses(table)[rows]
    ranking = order(table.take(pa.array(rows)), codes)
    ranked, ranked_codes = rows[ranking], codes[ranking]
    _, first, group = np.unique(ranked_codes, return_index=True, return_inverse=True)
    best = ranked[first[group]]
    keepers = dict(zip(ranked.tolist(), best.tolist(), strict=True))
    return {row: keepers[row] for row in rows.tolist() if keepers[row] != row}


def dropped_for(table: pa.Table, keepers: dict[int, int]) -> pa.Array:
    """The `duplicates` column once each row that is a key of `keepers` is dropped in favour of its value.

    A row that is kept inherits what had been dropped for the rows it replaces.
    """
    counts = pc.fill_null(table["duplicates"], 0).to_numpy().copy()
    own = counts.copy()
    for dropped, kept in keepers.items():
        counts[kept] += own[dropped] + 1
    return pa.array(counts, pa.int32())


def _damage(table: pa.Table, groups: Rows | None) -> Rows:
    """How many signs of damage each row has."""
    asked, said = joined(table, ("instruction",)), joined(table, ("response",))
    found: Rows = np.zeros(table.num_rows, np.int64)
    for texts in (asked, said):
        found += pc.count_substring_regex(texts, _DAMAGE).to_numpy()
        found += np.array([_repeats(text) for text in texts.to_pylist()], np.int64)
    found += pc.count_substring(said, "```").to_numpy() % 2
    if groups is not None:
        found[_cut(groups, said, found)] += 1
    return found


def _repeats(text: str) -> bool:
    """Whether the text is its first half twice, or a tenth of its runs of eight words have stood there before."""
    words = text.split()
    half = len(words) // 2
    if len(words) > 3 and words[:half] == words[-half:]:
        return True
    runs = len(words) - _RUN + 1
    return runs > 0 and len(set(zip(*(words[at:] for at in range(_RUN)), strict=False))) < (1 - _REPEATED) * runs


def _cut(groups: Rows, responses: pa.LargeStringArray, damage: Rows) -> list[int]:
    """The rows whose response is the beginning of one in the same group that is no more damaged."""
    texts = [text.rstrip(" \n\t.…") for text in responses.to_pylist()]
    least: dict[tuple[int, str], int] = {}
    for said, signs in zip(zip(groups.tolist(), texts, strict=True), damage.tolist(), strict=True):
        least[said] = min(least.get(said, signs), signs)
    by_text = sorted(least)
    longer: dict[tuple[int, str], int] = {}
    for at, said in enumerate(by_text):
        after = (
            other for other in by_text[at + 1 : at + _AFTER] if other[0] == said[0] and other[1].startswith(said[1])
        )
        longer[said] = min((least[other] for other in after), default=np.iinfo(np.int64).max)
    return [row for row, said in enumerate(zip(groups.tolist(), texts, strict=True)) if longer[said] <= damage[row]]
