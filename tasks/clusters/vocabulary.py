"""The words a theme is named by: those that say what a row is about, not what it asks to be done."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from tasks.text.words import content_words

TASK_WORDS: Final = frozenset(
    """answer answers appropriate article based best brief briefly called calls categorize choose classify come comes
    compare complete compose concise consider construct contains contrast convert correct create define defined defines
    definition describe described describes describing description design details determine develop difference
    differences different discuss does edit essay evaluate example examples exactly explain explained explaining
    explanation fact facts false fill find first five following follows four general generate given gives happen happens
    help helps identify imagine include including information input instruction instructions kind know known list lists
    main mean meaning means mention name named names need needs never new next number numbered one order output outline
    paragraph part particular passage passages people person phrase piece please point points possible produce
    propose provide provided provides purpose question questions quote quoted read reason reasons related relevant
    replace result rewrite role second section sentence sentences short show shows situation statement step steps
    suggest summarise summarize summary tell ten term terms text thing things think third three told topic translate true
    two type types understand verbatim way ways word words work works write writes writing written zero""".split()  # noqa: SIM905
)
"""What instructions are made of whatever they are about: kinds of task, forms of answer, numbers."""

BOILERPLATE_SHARE: Final = 0.25
"""A word in more than this share of the rows tells no theme from another: "Python" in a manual of Python."""

BOILERPLATE_FROM: Final = 50
"""Rows below which that share says nothing."""


def subject_words(text: str, stop_words: Collection[str] = ()) -> list[str]:
    """The words of `text` that can name a theme, lower-cased, in order: no task words, numbers or one- and two-letter words."""
    return [
        word
        for word in content_words(text)
        if len(word) > 2 and not word[0].isdigit() and word not in TASK_WORDS and word not in stop_words
    ]


def boilerplate(texts: Sequence[Sequence[str]]) -> frozenset[str]:
    """The words that stand in too many of `texts` (lists of words) to tell them apart; none where texts are few."""
    if len(texts) < BOILERPLATE_FROM:
        return frozenset()
    rows = Counter(word for words in texts for word in set(words))
    return frozenset(word for word, count in rows.items() if count > BOILERPLATE_SHARE * len(texts))
