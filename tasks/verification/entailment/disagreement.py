"""Whether two texts about one thing disagree, by rule: in yes or no, a number, a "not", a name, or a word and its opposite.

A rule speaks only where the texts say nearly the same otherwise, by the stems of their words that carry meaning; where they are
worded differently it is silent. Signals as in de Marneffe, Rafferty and Manning 2008, "Finding contradictions in text".
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from tasks.text.claims import names, number_words, numbers, without_citations, without_numbering
from tasks.text.support import stem
from tasks.text.words import STOPWORDS, words

_NEGATIONS: Final = frozenset("not no never none nobody nothing nor neither without cannot".split())  # noqa: SIM905
_LIMITS: Final = frozenset("unless except until only hardly barely otherwise if".split())  # noqa: SIM905
"""Words that turn a "not" around: not unless, only if."""
_YES: Final = re.compile(r"\s*(yes|no)\b(?![ -](?:one|matter|longer|more|doubt)\b)", re.IGNORECASE)
_OPPOSITES: Final = {
    frozenset(pair.split("/"))
    for pair in """more/less most/least maximum/minimum highest/lowest largest/smallest longest/shortest before/after
        increase/decrease increased/decreased increases/decreases above/below odd/even add/remove positive/negative
        open/close opens/closes opened/closed start/stop starts/stops starting/stopping begin/end begins/ends hot/cold
        high/low large/small big/small good/bad always/never always/sometimes left/right safe/unsafe up/down on/off
        in/out into/out inside/outside asleep/awake sitting/standing empty/full wet/dry clean/dirty required/optional
        mandatory/optional enabled/disabled allowed/forbidden true/false free/paid public/private old/young old/new
        early/late easy/hard easy/difficult fast/slow buy/sell accept/reject include/exclude includes/excludes""".split()  # noqa: SIM905
}
ALIKE: Final = 0.9
"""Share of the shorter text's content words that the other one has, from which the two speak of the same thing. Chosen on SICK's
pairs of odd number; docs/detectors.md has the figures of the even ones."""
_CAPITAL: Final = re.compile(r"(?<=\S\s)[A-Z]\w+")
"""In a question, also what stands behind a colon is likely a name."""
_SHORT: Final = 4
"""Content words up to which an answer is a mere name or number."""


class Disagreement(NamedTuple):
    """In what two texts disagree."""

    kind: str
    """yes_no, number, negation, name or opposite."""
    detail: str
    """What stands on either side."""


class _Said(NamedTuple):
    stems: frozenset[str]
    all: frozenset[str]
    negated: int
    numbers: dict[str, str]
    names: frozenset[str]
    yes: str | None


def disagreement(left: str, right: str, alike: float = ALIKE) -> Disagreement | None:
    """The first thing in which `left` and `right`, two answers to one question or two statements about one thing, disagree; None
    if they agree as far as a rule can see. The order of the two does not matter."""
    a, b = _said(left), _said(right)
    if a.yes and b.yes and a.yes != b.yes:
        return Disagreement("yes_no", f"{a.yes} / {b.yes}")
    if bare := _bare(a, b):
        return bare
    if _alike(a.stems, b.stems) >= alike:
        if a.numbers.keys() - b.numbers.keys() and b.numbers.keys() - a.numbers.keys():
            return Disagreement("number", f"{_listed(a.numbers, b.numbers)} / {_listed(b.numbers, a.numbers)}")
        if a.negated % 2 != b.negated % 2 and not (a.all ^ b.all) & _LIMITS:
            return Disagreement("negation", "not / –" if a.negated % 2 else "– / not")
    return _exchanged(a, b)


def _exchanged(a: _Said, b: _Said) -> Disagreement | None:
    """A word and its opposite, or two names, in texts that are equal otherwise."""
    apart = a.all ^ b.all
    pair = next((pair for pair in sorted(map(sorted, _OPPOSITES)) if apart.issuperset(pair)), None)
    if pair and a.stems - _stems(pair) == b.stems - _stems(pair):
        return Disagreement("opposite", " / ".join(pair if pair[0] in a.all else reversed(pair)))
    mine, theirs = a.names - b.all, b.names - a.all
    if mine and theirs and a.stems - _stems(mine) == b.stems - _stems(theirs) and a.stems - _stems(mine):
        return Disagreement("name", f"{' '.join(sorted(mine))} / {' '.join(sorted(theirs))}")
    return None


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    """The share of the shorter text's words that the longer one has; 0 where it is too short, or less than half as long."""
    less, more = sorted((a, b), key=len)
    return len(less & more) / len(less) if len(less) >= 2 and 2 * len(less) >= len(more) else 0.0


def _stems(found: Iterable[str]) -> set[str]:
    return {stem(word) for word in found}


def same_subject(left: str, right: str) -> bool:
    """Whether two questions name the same: the same numbers, no name, "not" or opposite in one that the other has otherwise."""
    a, b = _said(left), _said(right)
    if a.numbers.keys() != b.numbers.keys() or a.negated % 2 != b.negated % 2:
        return False
    mine, theirs = (frozenset(word.lower() for word in _CAPITAL.findall(text)) for text in (left, right))
    if mine - b.all and theirs - a.all:
        return False
    return not any((a.all ^ b.all).issuperset(pair) for pair in _OPPOSITES)


def _bare(a: _Said, b: _Said) -> Disagreement | None:
    """The disagreement of two answers that are mere numbers: 30 days / 14 days."""
    if max(len(a.stems), len(b.stems)) > _SHORT or not a.stems & b.stems:
        return None
    if a.numbers and b.numbers and not a.numbers.keys() & b.numbers.keys():
        return Disagreement("number", f"{_listed(a.numbers, {})} / {_listed(b.numbers, {})}")
    return None


def _listed(mine: dict[str, str], theirs: dict[str, str]) -> str:
    return ", ".join(written for number, written in mine.items() if number not in theirs)


@lru_cache(maxsize=1 << 12)
def _said(text: str) -> _Said:
    plain = without_numbering(without_citations(text))
    found = [word for word in words(plain) if word]
    every = frozenset(found)
    opening = _YES.match(plain)
    counted = dict(numbers(plain))
    counted |= {number: number for number in number_words(every - {"one"}) if number not in counted}
    content = {stem(word) for word in every - STOPWORDS - _NEGATIONS if not word.isdigit() and word not in _COUNTS}
    negated = sum(word in _NEGATIONS or word.endswith("n't") for word in found) - bool(
        opening and opening[1].lower() == "no"
    )
    named = (frozenset(word for name in names(plain) for word in words(name)) & every) - STOPWORDS
    return _Said(frozenset(content), every, negated, counted, named, opening[1].lower() if opening else None)


_COUNTS: Final = frozenset(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty""".split()  # noqa: SIM905
)
