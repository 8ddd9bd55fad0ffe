"""Asks for an answer in a few words, with passages or without, and says how far it agrees with the one that is known.

The measure is SQuAD's F1 over words (Rajpurkar et al. 2016, section 6.1), on stems, without the words that the question holds
already, and 0 where a number or a quoted value differs: "5 seconds" and "30 seconds" share half of their words.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tasks.teachers.prompts import Fence, beside, closed, load
from tasks.teachers.protocol import Request
from tasks.text.claims import number_words, numbers
from tasks.text.support import stem
from tasks.text.words import normalise, words

PROMPTS: Final = beside(__file__, "brief_answer")
SCHEMA: Final = closed(answer={"type": "string"})
AGREES: Final = 0.5
"""F1 from which two brief answers say the same: half of the words of each are the other's."""
RECALLED: Final = 0.6
"""Share of a brief answer's words that a longer answer must hold to say the same; the filter of grounding's share."""
_GROUPS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_YES_OR_NO: Final = frozenset(map(stem, ("yes", "no", "true", "false")))
_IDLE: Final = frozenset("a an the is are was were be of to in it its and or".split())  # noqa: SIM905
_QUOTED: Final = re.compile(r"(?<!\w)(['\"`])([^'\"`\n]{1,40})\1")
"""A value as it is written in code: '|', "append", `dev_mode`."""


def ask(question: str, passages: Sequence[str] = ()) -> Request:
    """The request for an answer in a few words; without passages, from what the model knows."""
    fence = Fence.around(question, *passages)
    values = {
        "fence": fence.mark,
        "passages": "\n\n".join(fence.wrap("passage", text, n) for n, text in enumerate(passages, 1)) or "No passages.",
        "question": fence.wrap("question", question),
    }
    return load(*PROMPTS).request(values, SCHEMA)


def agreement(known: str, answer: str, question: str) -> float:
    """F1 of the words of two brief answers, 0 … 1."""
    expected, said = _new_words(known, question), _new_words(answer, question)
    if not expected:
        return float(normalise(known) == normalise(answer))
    shared = (expected & said).total()
    return 0.0 if _differs(known, answer) else 2 * shared / (expected.total() + said.total())


def recall(known: str, answer: str, question: str) -> float:
    """The share of the brief answer `known` that stands in the longer `answer`, 0 … 1."""
    expected, said = _new_words(known, question), _new_words(answer, question)
    if not expected:
        return float(normalise(known) in normalise(answer))
    return 0.0 if _differs(known, answer) else (expected & said).total() / expected.total()


def guessable(known: str, question: str) -> bool:
    """Whether the answer needs no looking up: it is yes or no, or all of it stands in the question."""
    stems = set(_stems(known))
    return bool(stems) and (stems <= _YES_OR_NO or stems <= set(_stems(question)))


def _new_words(answer: str, question: str) -> Counter[str]:
    """The stems of what `answer` says beyond `question`."""
    asked, stems = set(_stems(question)), _stems(answer)
    return Counter(word for word in stems if word not in asked) or Counter(stems)


def _stems(text: str) -> list[str]:
    """The words that count, numbers in digits: "five" and "1,000" are 5 and 1000."""
    stems = (word for word in words(_GROUPS.sub("", text)) if word not in _IDLE)
    return [stem(next(iter(number_words(frozenset((word,)))), word)) for word in stems]


def _differs(known: str, answer: str) -> bool:
    there = numbers(answer).keys() | number_words(frozenset(words(answer)))
    said = normalise(answer)
    return not numbers(known).keys() <= there or any(normalise(one) not in said for _, one in _QUOTED.findall(known))
