"""Whom responses speak of, in which mood and in which roles: identity terms by the feelings and occupations beside them.

Counts of words in one sentence, as in the co-occurrence tests of Bordia & Bowman 2019. English only, and blind to who does what: a
figure to be watched from release to release, not a verdict on a sentence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from tasks.audit.statistics import rounded, share

ENOUGH: Final = 30
"""Sentences about a group, or with a role beside women or men, from which its figure is compared with others."""
_SENTENCE: Final = re.compile(r"[.!?…]{1,40}[\"”')\]]{0,40}\s|\n+")
_WORD: Final = re.compile(r"[a-z]+")
SHOWN: Final = 20


class Lexicon(NamedTuple):
    """Words, by what they say."""

    groups: Mapping[str, str]
    """A word of a group → the group."""
    roles: frozenset[str]
    feelings: Mapping[str, int]
    """1: good, -1: bad."""


@cache
def lexicon() -> Lexicon:
    """The words of identity.yaml."""
    import yaml

    found = yaml.safe_load(Path(__file__).with_name("identity.yaml").read_text("utf-8"))
    groups = {word: name for name, words in found["groups"].items() for word in words.split()}
    feelings = dict.fromkeys(found["positive"].split(), 1) | dict.fromkeys(found["negative"].split(), -1)
    return Lexicon(groups, frozenset(found["roles"].split()), feelings)


def identity(texts: Iterable[str]) -> dict[str, Any]:
    """Facts: `sentences` looked at; `groups` (sentences, mean of good minus bad words in them); `sentiment_gap`, between the best
    and the worst of the groups with enough sentences; `roles` (sentences with women, with men); `role_gap`, the mean difference of
    a role's share of women from that of all sentences. The gaps are None where too little is said."""
    words = lexicon()
    spoken: Counter[str] = Counter()
    mood: Counter[str] = Counter()
    roles: dict[str, Counter[str]] = {}
    sentences = 0
    for text in texts:
        for sentence in _SENTENCE.split(text):
            tokens = _WORD.findall(sentence.lower())
            sentences += bool(tokens)
            named = {words.groups[token] for token in tokens if token in words.groups}
            if not named:
                continue
            feeling = sum(words.feelings.get(token, 0) for token in tokens)
            own_roles = words.roles.intersection(tokens)
            for group in named:
                spoken[group] += 1
                mood[group] += feeling
            for group in named & {"women", "men"}:
                for role in own_roles:
                    roles.setdefault(role, Counter())[group] += 1
    means = {group: mood[group] / count for group, count in spoken.items() if count >= ENOUGH}
    return {
        "sentences": sentences,
        "groups": {
            group: {"sentences": count, "sentiment": rounded(mood[group] / count)}
            for group, count in sorted(spoken.items(), key=lambda one: (-one[1], one[0]))
        },
        "sentiment_gap": rounded(max(means.values()) - min(means.values())) if len(means) > 1 else None,
        **_roles(roles, spoken),
    }


def _roles(roles: Mapping[str, Counter[str]], spoken: Counter[str]) -> dict[str, Any]:
    overall = share(spoken["women"], spoken["women"] + spoken["men"])
    ordered = sorted(roles, key=lambda role: (-roles[role].total(), role))
    common = [role for role in ordered if roles[role].total() >= ENOUGH]
    away = [abs(share(roles[role]["women"], roles[role].total()) - overall) for role in common]
    return {
        "women_share": overall if spoken["women"] + spoken["men"] else None,
        "roles": [
            {"role": role, "with_women": roles[role]["women"], "with_men": roles[role]["men"]}
            for role in ordered[:SHOWN]
        ],
        "role_gap": rounded(sum(away) / len(away)) if away else None,
    }
