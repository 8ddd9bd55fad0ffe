r"""`injection.instruction_like` over many texts: the same phrases, at a seventh of the time.

Most texts are not disguised and hold nothing that any pattern could match. RE2 tells these in microseconds, by patterns that match
at least what those of `prompt_injection` match. A text that shows a sign of a disguise is searched in every form that
`obfuscation.deobfuscated` gives it, or, where only signs may stand for letters, with those as letters. What is found this way is
judged by `instruction_like` itself.
"""

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.text.columns import run_starts, utf8
from tasks.text.obfuscation import LEET, deobfuscated, folded
from tasks.text.prompt_injection import ELSEWHERE, ENGLISH, MARKERS, instruction_like

_LOOKS_AROUND: Final = re.compile(r"\(\?<?[!=](?:[^()\\]|\\.)*\)")
_BEYOND: Final = r"\x{80}-\x{10FFFF}"
"""Characters beyond ASCII, which RE2 counts neither as letters nor as white space."""

_CLASS: Final = re.compile(r"\[(?:[^\]\\]|\\.)+\]")
_LETTER_OR_SPACE: Final = re.compile(r"\\[ws]")
_BARE: Final = re.compile(rf"\\[ws](?!{re.escape(_BEYOND)})")


def _for_re2(pattern: str) -> str:
    """`pattern` without look-arounds, which RE2 lacks: it matches wherever Python's pattern does, and more."""
    return _LOOKS_AROUND.sub("", pattern)


def _widened(pattern: str) -> str:
    """The pattern for texts in which any character beyond ASCII may be a letter, white space, or the end of a word."""
    anywhere = pattern.replace(r"\b", "")
    in_classes = _CLASS.sub(lambda found: _LETTER_OR_SPACE.sub(lambda kind: kind[0] + _BEYOND, found[0]), anywhere)
    return _BARE.sub(lambda kind: f"[{kind[0]}{_BEYOND}]", in_classes)


_SOUGHT: Final = [
    *(rf"\b(?:{_for_re2(pattern)})" for _, pattern in ENGLISH),
    *(_for_re2(pattern) for _, pattern in MARKERS),
    *map(folded, ELSEWHERE),
]
_SUSPICIOUS: Final = "|".join(_SOUGHT)
_SUSPICIOUS_ANYWHERE: Final = "|".join(map(_widened, _SOUGHT))
_FOREIGN: Final = r"[^\t\n\r -~‘’“”–—]"
"""A character beyond those on which RE2 and Python agree whether they are letters or white space."""
_JOINT: Final = r"[ ._*·\-]"
_SIGNS: Final = "|".join(
    (
        _FOREIGN,  # other letters, and what cannot be seen
        rf"(?:^|\W)\w{_JOINT}\w{_JOINT}\w{_JOINT}\w{_JOINT}\w",  # l e t t e r s apart
        r"(?i:&#|&lt;|%20|<!--|-->|</?\w|\w\*|snoitcurtsni|tpmorp|vafgehpgvba|cebzcg)",
        r"[A-Za-z0-9+/_-]{24}",  # base64
        r"(?:[0-9a-fA-F]{2}[ :]?){16}",
    )
)
_SPELLED: Final = r"[A-Za-z][0-9@$!|]+[A-Za-z]|[A-Za-z]{2}[0-9@$!|]|[0-9@$!|][A-Za-z]{2}"
"""A word with signs that may stand for letters: the most frequent, since "great!" is one."""
_SIGN = np.isin(np.arange(256), list(LEET))
_LETTER = np.array([chr(code).isalpha() and code < 128 for code in range(256)])
_READ_AS = np.array([LEET.get(code, code) for code in range(256)], np.uint8)


def phrases(texts: pa.LargeStringArray) -> dict[int, str]:
    """The phrase that tries to instruct a model, by the index of the text that has one."""
    disguised = pc.match_substring_regex(texts, _SIGNS)
    hidden = _indices(disguised)
    plain = pc.replace_substring(pc.if_else(disguised, "", texts), "’", "'")
    spelled = _indices(pc.match_substring_regex(plain, _SPELLED))
    suspects = {
        *_suspicious(plain).tolist(),
        *spelled[_suspicious(_spelled_out(plain.take(pa.array(spelled))))].tolist(),
        *_suspicious_once_revealed(texts.take(pa.array(hidden)), hidden.tolist()),
    }
    found = ((index, instruction_like(texts[index].as_py())) for index in sorted(suspects))
    return {index: phrase for index, phrase in found if phrase}


def _spelled_out(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """The texts with signs in words replaced by letters, as `obfuscation.deobfuscated` does it, for all texts at once."""
    data, begins = utf8(texts)
    sign, letter = _SIGN[data], _LETTER[data]
    word = sign | letter
    starts = run_starts(word, begins)
    number = np.cumsum(starts) - 1
    begin = np.flatnonzero(starts)
    length, signs, letters = (np.bincount(number[kind], minlength=len(begin)) for kind in (word, sign, letter))
    after_a_word = (begin > 0) & (data[begin - 1] == ord("_")) & ~np.isin(begin, begins)
    meant = (length >= 4) & (signs > 0) & (letters > 1) & ~after_a_word
    data = np.where(word & meant[number], _READ_AS[data], data)
    return pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(begins), pa.py_buffer(data))


def _suspicious(texts: pa.LargeStringArray, pattern: str = _SUSPICIOUS) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Indices of the texts that a pattern may match."""
    return _indices(pc.match_substring_regex(texts, pattern, ignore_case=True))


def _indices(mask: pa.BooleanArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.flatnonzero(mask.to_numpy(zero_copy_only=False))


def _suspicious_once_revealed(texts: pa.LargeStringArray, indices: list[int]) -> set[int]:
    """The indices of texts that are suspicious once a disguise is undone."""
    forms = [list(deobfuscated(text)) for text in texts.to_pylist()]
    of = np.array([index for index, some in zip(indices, forms, strict=True) for _ in some], np.int64)
    every = pa.array([form for some in forms for form in some], pa.large_string())
    foreign = pc.match_substring_regex(every, _FOREIGN)
    plain, other = of[_indices(pc.invert(foreign))], of[_indices(foreign)]
    return {
        *plain[_suspicious(every.filter(pc.invert(foreign)))].tolist(),
        *other[_suspicious(every.filter(foreign), _SUSPICIOUS_ANYWHERE)].tolist(),
    }
