"""The words a theme is named by: those that say what a row is about, not what it asks to be done."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from tasks.text.words import content_words

TASK_WORDS: Final = frozenset(
    """answer answers appropriate article based begin beginning begins best brief briefly called calls categorize
    choose classify close closes come comes compare complete compose concise connection consider construct
    contains contrast convert correct create define defined defines definition describe described describes
    describing description design details determine develop difference differences different discuss does edit
    end ending ends essay evaluate exactly example examples explain explained explaining explanation fact facts
    false fill find first five following follows four general generate given gives happen happens help helps
    identify imagine include including information input instruction instructions keep kind know known list lists
    main mean meaning means mention mentioned mentions miss mrs name named names narration narrator need needs
    never new next number numbered one opening opens order outline output paragraph part particular passage
    passages people person phrase piece please point points possible produce propose provide provided provides
    purpose question questions quote quoted react reacts read reason reasons related relevant replace replies
    reply respond responds result rewrite role say says second section sentence sentences set short show shows
    side sir situation speaks special statement step steps style suggest summarise summarize summary support sure
    tell ten term terms text thing things think third three told topic touches translate true two type types
    understand verbatim voice way ways whole word words work works write writes writing written zero""".split()  # noqa: SIM905
)
"""What instructions are made of whatever they are about: kinds of task, forms of answer, numbers."""

BOILERPLATE_SHARE: Final = 0.25
"""A word in more than this share of the rows tells no theme from another: "Python" in a manual of Python."""

BOILERPLATE_FROM: Final = 50
"""Rows below which that share says nothing."""


def subject_words(text: str, stop_words: Collection[str] = ()) -> list[str]:
    """The words of `text` that can name a theme, lower-cased, in order: no task words, numbers or one- and two-letter words."""
    bare = (word.removesuffix("'s") for word in content_words(text))
    return [
        word
        for word in bare
        if len(word) > 2 and not word[0].isdigit() and word not in TASK_WORDS and word not in stop_words
    ]


def boilerplate(texts: Sequence[Sequence[str]]) -> frozenset[str]:
    """The words that stand in too many of `texts` (lists of words) to tell them apart; none where texts are few."""
    if len(texts) < BOILERPLATE_FROM:
        return frozenset()
    rows = Counter(word for words in texts for word in set(words))
    return frozenset(word for word, count in rows.items() if count > BOILERPLATE_SHARE * len(texts))
