"""Names, pronouns and words of gender exchanged for their counterparts throughout a row, so that two rows differ in nothing else.

Counterfactual data augmentation (Lu et al. 2018, "Gender Bias in Neural Natural Language Processing"): each swap goes both ways,
and one that a second swap does not undo is not made. What "her" stands for is seen by its tag: a possessive becomes "his", an
object "him".
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from tasks.generation.from_rows.substitutions.protected import like
from tasks.text.claims import names

Swap = Literal["gender_swaps", "origin_swaps"]
_WORD: Final = re.compile(r"[^\W\d_]+")
_PRONOUNS: Final = {
    ("he", ""): "she",
    ("she", ""): "he",
    ("him", ""): "her",
    ("his", "PRP$"): "her",
    ("his", "PRP"): "hers",
    ("her", "PRP$"): "his",
    ("her", "PRP"): "him",
    ("hers", ""): "his",
}
_BEFORE_NOUN: Final = re.compile(r"\s+[^\W_]")
_ELSEWHERE: Final = frozenset("GPE LOC NORP LANGUAGE DATE TIME EVENT".split())  # noqa: SIM905
_TITLES: Final = frozenset({"Mr", "Ms"})
_QUOTED: Final = re.compile(r"“[^“”]+”|\"[^\"\n]+\"|```.*?```|`[^`\n]+`", re.DOTALL)
_FULL_NAME: Final = re.compile(r"\b(?!Mr\b|Ms\b)[A-Z][\w’'-]*[a-z] (?:[A-Z]\. )?[A-Z][a-z]")
"""Two capitalised words behind one another: maybe a person who exists."""


def concerns(text: str, swap: Swap) -> bool:
    """Whether `text` has a word that the swap exchanges."""
    found = frozenset(_WORD.findall(text))
    if swap == "origin_swaps":
        return not found.isdisjoint(_origins())
    return not found.isdisjoint(_genders()) or not {word.lower() for word in found}.isdisjoint(_gendered_words())


def obstacle(text: str, entities: list[tuple[str, str]]) -> str | None:
    """Why a row with this text must stay as it is; None if it may be swapped. `entities`: text and label of spaCy's in it."""
    found = _WORD.findall(text)
    if facts := {word.lower() for word in found} & _facts():
        return f"depends on gender: {min(facts)}"
    if quotation := next((part for part in _QUOTED.findall(text) if concerns(part, "gender_swaps")), None):
        return f"quotation: {quotation[:40]}"
    known = _genders()
    if unknown := next((name for name, label in entities if label == "PERSON" and _bare(name) not in known), None):
        return f"maybe a real person: {unknown[:40]}"
    if full := next((m[0] for m in _FULL_NAME.finditer(text) if not known.keys().isdisjoint(m[0].split())), None):
        return f"maybe a real person: {full}"
    elsewhere = " ".join(name for name, label in entities if label in _ELSEWHERE)
    if unknown := next(
        (name for name in names(text) if _bare(name) not in {*known, *_TITLES} and name not in elsewhere), None
    ):
        return f"maybe a real person: {unknown}"
    people = {_bare(name) for name, label in entities if label == "PERSON"}
    if other := next((word for word in found if word in known and word not in people), None):
        return f"maybe no person: {other}"
    return None


def _bare(name: str) -> str:
    return name.removesuffix("'s").removesuffix("’s")


def swapped(text: str, doc: Any, swap: Swap) -> str:
    """`text` with every name or word exchanged; `doc` is spaCy's of `text`, with tags."""
    table = _origins() if swap == "origin_swaps" else _genders()
    tags = {token.idx: token.tag_ for token in doc}

    def other(found: re.Match[str]) -> str:
        word = found[0]
        if word in table:
            return table[word]
        if swap == "origin_swaps":
            return word
        tag = tags.get(found.start(), "")
        if word.lower() == "his":  # which the tagger often takes for a possessive where no noun follows
            tag = "PRP$" if _BEFORE_NOUN.match(text, found.end()) else "PRP"
        lower = word.lower()
        pronoun = _PRONOUNS.get((lower, "")) or _PRONOUNS.get((lower, tag))
        return (
            like(pronoun or _gendered_words().get(lower, lower), word)
            if pronoun or lower in _gendered_words()
            else word
        )

    return _WORD.sub(other, text)


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("identities.yaml").read_text("utf-8"))
    return data


def _both_ways(pairs: Any) -> dict[str, str]:
    return {one: other for pair in pairs for one, other in (pair, reversed(pair))}


@cache
def _genders() -> dict[str, str]:
    groups = _data()["names"].values()
    return _both_ways(pair for group in groups for pair in zip(group["men"], group["women"], strict=True))


@cache
def _origins() -> dict[str, str]:
    """Names of one origin and those of the next, in pairs of origins."""
    groups = list(_data()["names"].values())
    pairs = [
        pair
        for one, other in zip(groups[::2], groups[1::2], strict=True)
        for who in ("men", "women")
        for pair in zip(one[who], other[who], strict=True)
    ]
    return _both_ways(pairs)


@cache
def _gendered_words() -> dict[str, str]:
    pronouns = {word: other for (word, _), other in _PRONOUNS.items()}
    return pronouns | _both_ways(_data()["words"])


@cache
def _facts() -> frozenset[str]:
    return frozenset(_data()["gendered"].split())
