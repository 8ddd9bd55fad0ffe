"""Which texts are the same, but for what cannot matter (`tasks.text.equal_texts`).

To bring every text into that form would cost more than all else that is done to it, and most texts equal no other. So each
first gets a fingerprint that equal texts have in common, made in one pass over its bytes; only where two have the same one are
texts compared.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.text.columns import Weights, byte_sums, slice_size
from tasks.text.equal_texts import BLANKS, keys, written
from tasks.text.words import STOPWORDS

Rows: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]

_SLICE: Final = 1 << 13
"""Texts that a thread reads at a time, at most."""
CHANGING: Final = (
    "[^\x00-\x7f\u00a1-\u00a7\u00a9\u00ab\u00ac\u00ae\u00b0\u00b1\u00b6\u00b7\u00bb\u00bf\u00d7\u00df-\u00ff"
    "\u2010\u2012-\u2016\u2018-\u2023\u2030-\u2032\u20ac\u3001-\u3029\u4e00-\u9fff]"
)
"""All characters but ASCII's and those of frequent blocks that are the same in NFC and in lower case."""
_IGNORED: Final = (*range(33), *b".?!:'\"", 0xCA, 0xBC, 0xE2, 0x80, *range(0x98, 0xA0))
"""Bytes of blanks, of marks that may not count at an end, and of quotation marks, which may be straight or curly."""
_AROUND: Final = "\"'“”‘’(),.!?:;"


def _weight() -> Weights:
    weight = np.random.default_rng(0).integers(0, 1 << 32, 256, np.uint32)
    weight[list(_IGNORED)] = 0
    weight[ord("A") : ord("Z") + 1] = weight[ord("a") : ord("z") + 1]
    return weight


_WEIGHT: Final = _weight()


def equals(texts: pa.LargeStringArray, workers: int = 1, asked: bool = False) -> tuple[Rows, Rows]:
    """The rows whose text equals another one's, and for each of them a number that it has in common with its equals only.

    `asked` as for `equal_texts.keys`. A text of three words or more that is written in lower case or in capitals throughout equals
    the text that has the usual capitals, unless there are several of those, or their capitals belong to more than ordinary words
    and names.
    """
    _, group, sizes = np.unique(_fingerprints(texts, workers), return_inverse=True, return_counts=True)
    rows = np.flatnonzero(sizes[group] > 1)
    codes = _same(texts.take(pa.array(rows)), group[rows], asked)
    alike = np.bincount(codes)[codes] > 1 if len(codes) else np.zeros(0, bool)
    return rows[alike], codes[alike]


def _same(texts: pa.LargeStringArray, group: Rows, asked: bool) -> Rows:
    """For each text a number that it has in common with the same texts only. Of a `group` whose texts are the same to the byte, as
    most are, nothing is compared."""
    codes = _codes(texts)
    pairs = np.unique(np.stack([group, codes]), axis=1)
    doubtful = np.flatnonzero(np.bincount(pairs[0], minlength=1)[group] > 1)
    if len(doubtful):
        suspects = texts.take(pa.array(doubtful))
        lower, capitals = (_codes(values) for values in keys(suspects, asked))
        pair = np.unique(np.stack([lower, capitals]), axis=1, return_inverse=True)[1].reshape(-1)
        _merge_styles(suspects, lower, pair)
        codes[doubtful] = pair + len(texts)
    return codes


def _codes(values: pa.Array) -> Rows:
    codes: Rows = values.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _merge_styles(texts: pa.LargeStringArray, lower: Rows, codes: Rows) -> None:
    """Gives texts in lower case or capitals throughout the code of the only text that is written as usual."""
    _, group = np.unique(lower, return_inverse=True)
    least, most = np.full((2, len(group)), len(codes) and codes.max())
    np.minimum.at(least, group, codes)
    most[:] = -1
    np.maximum.at(most, group, codes)
    mixed = np.flatnonzero((least < most)[group])
    shown = written(texts.take(pa.array(mixed))).to_pylist()
    groups: dict[int, list[tuple[int, str]]] = {}
    for row, text in zip(mixed.tolist(), shown, strict=True):
        groups.setdefault(int(group[row]), []).append((row, text))
    for members in groups.values():
        usual = {row: text for row, text in members if text not in (text.lower(), text.upper())}
        styled = [row for row, text in members if row not in usual and len(text.split()) >= 3]
        forms = {int(codes[row]) for row in usual}
        if styled and len(forms) < 2 and all(map(_ordinary, [*usual.values()][:1])):
            codes[styled] = min(forms, default=int(codes[styled[0]]))


def _ordinary(text: str) -> bool:
    """Whether only words and names as anybody writes them have capitals, no abbreviation, unit, option or identifier.

    Co and Mb are symbols, so words of two letters are ordinary only if they are among STOPWORDS.
    """
    parts = (part.strip(_AROUND) for part in re.split(r"[\s'’-]+", text))
    return all(
        part == part.lower()
        or (part == part.capitalize() and part.isalpha() and (len(part) > 2 or part.lower() in STOPWORDS))
        for part in parts
    )


def _fingerprints(texts: pa.LargeStringArray, workers: int) -> Weights:
    size = slice_size(len(texts), _SLICE, workers)
    slices = [texts.slice(at, size) for at in range(0, len(texts), size)]
    with ThreadPoolExecutor(workers) as pool:
        return np.concatenate([np.zeros(0, np.uint32), *pool.map(_fingerprints_of, slices)])


def _fingerprints_of(texts: pa.LargeStringArray) -> Weights:
    """The sum of what the bytes weigh, in NFC and lower case."""
    found = byte_sums(texts, _WEIGHT)
    beyond = np.flatnonzero(~np.asarray(pc.string_is_ascii(texts)))
    other = texts.take(pa.array(beyond))
    changing = np.asarray(pc.match_substring_regex(other, CHANGING))
    composed = pc.utf8_normalize(other.filter(pa.array(changing)), form="NFC")
    found[beyond[changing]] = byte_sums(pc.utf8_lower(pc.replace_substring_regex(composed, BLANKS, "")), _WEIGHT)
    return found
