"""Synonyms from a kept list (`synonyms.yaml`), where the part of speech is the list's; with endings and articles that agree."""

import re
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml

from tasks.generation.from_rows.substitutions.protected import FreeWord, free_words, like, replaced

_PARTS: Final = {
    "VB": "verb",
    "VBP": "verb",
    "VBZ": "verb",
    "VBG": "verb",
    "NN": "noun",
    "NNS": "noun",
    "JJ": "adjective",
    "RB": "adverb",
}
"""Tags of the Penn Treebank, and the part of the list. Past tenses are left alone: too many are irregular."""
_ARTICLE: Final = re.compile(r"\b([Aa])n?( +)$")
_VOWEL: Final = re.compile(r"(?!eu|uni|use|one)[aeiou]|hour|honest|heir", re.IGNORECASE)


def synonyms(text: str, doc: Any, rate: float, rng: Random) -> str:
    """`text` with `rate` of the words that the list knows exchanged, one at least; `doc` is spaCy's, with tags and lemmas."""
    tags = {token.idx: (token.tag_, token.lemma_.lower()) for token in doc}
    able: dict[FreeWord, str] = {}
    for free in free_words(text):
        tag, lemma = tags.get(free.start, ("", ""))
        if tag in _PARTS and (other := _list()[_PARTS[tag]].get(lemma)) and free.word.lower() == _inflected(lemma, tag):
            able[free] = like(_inflected(other, tag), free.word)
    drawn = sorted(able, key=lambda free: free.start)
    rng.shuffle(drawn)
    changes = {free: able[free] for free in drawn[: max(round(rate * len(drawn)), 1)]}
    for free in [*changes]:
        if article := _ARTICLE.search(text, max(free.start - 6, 0), free.start):
            right = f"{article[1]}{'n' if _VOWEL.match(changes[free]) else ''}"
            changes[FreeWord("", article.start(), article.end())] = right + article[2]
    return replaced(text, changes)


def _inflected(lemma: str, tag: str) -> str:
    """A regular verb or noun with the ending of `tag`; of several words the first (verbs) or the last (nouns)."""
    if " " in lemma and tag.startswith("V"):
        first, _, rest = lemma.partition(" ")
        return f"{_inflected(first, tag)} {rest}"
    if tag in ("VBZ", "NNS"):
        if lemma == "child":
            return "children"
        if re.search(r"(?:s|x|z|ch|sh)$", lemma):
            return f"{lemma}es"
        return f"{lemma[:-1]}ies" if re.search(r"[^aeiou]y$", lemma) else f"{lemma}s"
    if tag == "VBG":
        if lemma in ("stop", "permit", "occur"):
            return f"{lemma}{lemma[-1]}ing"
        if lemma == "sum":
            return "summing"
        return f"{lemma[:-1]}ing" if re.search(r"[^eoy]e$", lemma) else f"{lemma}ing"
    return lemma


@cache
def _list() -> dict[str, dict[str, str]]:
    data: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("synonyms.yaml").read_text("utf-8"))
    return data
