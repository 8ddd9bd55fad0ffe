"""Passages that share an entity: found through an index from each entity to the few passages that name it.

Entities are found by rule: capitalised words inside sentences, runs of capitalised words, names of code. A single word that is
also written in lower case is no name. Rare entities link best (inverse document frequency), and one that many passages name links
nothing, so the work grows with the passages and not with their square.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tasks.core.schema import stable_id
from tasks.text.claims import names
from tasks.text.words import STOPWORDS, normalise

_CAPITALS: Final = re.compile(r"(?<![\w'’.-])[A-Z][\w'’-]*\w(?: [A-Z][\w'’-]*\w){1,4}")
_CODE: Final = re.compile(
    r"`([A-Za-z_][\w.-]{2,60})(?:\(\))?`|(?<![\w.`/-])([A-Za-z][a-z0-9]*(?:_[a-z0-9]+)+)(?![\w/])"
)
_QUOTED: Final = re.compile(r"`[^`\n]*`")
_WORD: Final = re.compile(r"(?<![\w.-])[a-z]{3,}(?![\w-])")
_SHORTEST: Final = 3
"""Characters of an entity."""


class LinkedPassage(NamedTuple):
    """A passage, by number, and where it stands: its document and its place there."""

    number: int
    document: str
    position: int
    text: str


class Group(NamedTuple):
    """Passages, by number, that share an entity."""

    entity: str
    passages: tuple[int, ...]


def entities(text: str) -> dict[str, str]:
    """The entities that `text` names: from how they are compared to how they are first written."""
    found: dict[str, str] = {}
    written = [match[0] for match in _CAPITALS.finditer(text)]
    written += [match[1] or match[2] for match in _CODE.finditer(text)]
    written += names(text)
    for name in written:
        bare = name.removesuffix("'s").removesuffix("’s")
        key = normalise(bare)
        if len(key) >= _SHORTEST and key not in STOPWORDS:
            found.setdefault(key, bare)
    return found


def groups(passages: Sequence[LinkedPassage], sizes: Sequence[int], most_passages: int, apart: int) -> Iterator[Group]:
    """At most one group for each entity, the rarest entities first, each passage in one group at most.

    sizes: of how many passages a group is to be; which of them holds depends on the entity. most_passages: those that may name an
    entity. apart: chunks that lie between two passages of one document, at least.
    """
    ordinary = {word for passage in passages for word in _WORD.findall(_QUOTED.sub(" ", passage.text))}
    index: dict[str, list[int]] = defaultdict(list)
    first_written: dict[str, str] = {}
    for at, passage in enumerate(passages):
        for key, written in entities(passage.text).items():
            if key not in ordinary:
                index[key].append(at)
                first_written.setdefault(key, written)
    linking = {key: at for key, at in index.items() if 2 <= len(at) <= most_passages}
    used: set[int] = set()
    for key in sorted(linking, key=lambda key: (len(linking[key]), stable_id("entity", key))):
        free = [passages[at] for at in linking[key] if passages[at].number not in used]
        size = sizes[int(stable_id("hops", key), 16) % len(sizes)]
        chosen = _distant(sorted(free, key=lambda p: stable_id(key, p.document, str(p.position))), size, apart)
        if len(chosen) > 1:
            used |= {passage.number for passage in chosen}
            yield Group(first_written[key], tuple(passage.number for passage in chosen))


def _distant(candidates: Sequence[LinkedPassage], size: int, apart: int) -> list[LinkedPassage]:
    """The first of `candidates` that are of different documents or lie apart, and differ in text."""
    chosen: list[LinkedPassage] = []
    for one in candidates:
        if len(chosen) < size and all(
            one.text != other.text and (one.document != other.document or abs(one.position - other.position) > apart)
            for other in chosen
        ):
            chosen.append(one)
    return chosen
