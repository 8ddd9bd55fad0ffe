"""Which words of a request may be touched: not code, addresses, quotations, numbers, names, nor words an answer depends on."""

import re
from typing import Final, NamedTuple

from tasks.text.claims import names

_KEPT: Final = re.compile(r"```.*?```|`[^`\n]+`|“[^“”\n]+”|\"[^\"\n]+\"|(?<!\w)['‘][^'’\n]+['’](?!\w)", re.DOTALL)
_TOKEN: Final = re.compile(r"\S+")
_SYMBOL: Final = re.compile(r"[\d@_/\\<>{}=#$%|~^+*]|\.[a-z]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


class FreeWord(NamedTuple):
    """A word and where it stands: characters [start, end)."""

    word: str
    start: int
    end: int


def free_words(text: str) -> list[FreeWord]:
    """The words of `text` that may be changed, in order."""
    taken = bytearray(len(text))
    symbols = (token for token in _TOKEN.finditer(text) if _SYMBOL.search(token[0]))
    for kept in (*_KEPT.finditer(text), *symbols):
        taken[kept.start() : kept.end()] = b"\1" * (kept.end() - kept.start())
    named = frozenset(part for name in names(text) for part in _WORD.findall(name))
    return [
        FreeWord(found[0], found.start(), found.end())
        for found in _WORD.finditer(text)
        if found[0] not in named and not any(taken[found.start() : found.end()])
    ]


def replaced(text: str, changes: dict[FreeWord, str]) -> str:
    """`text` with some words exchanged."""
    parts, at = [], 0
    for free in sorted(changes, key=lambda free: free.start):
        parts += [text[at : free.start], changes[free]]
        at = free.end
    return "".join([*parts, text[at:]])


def like(word: str, model: str) -> str:
    """`word` with the capitals of `model`."""
    if model.isupper() and len(model) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
