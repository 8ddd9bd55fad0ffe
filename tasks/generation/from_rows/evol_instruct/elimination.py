"""Which evolved instructions are failures, by rule.

After the elimination step of Evol-Instruct (Xu et al. 2023, "WizardLM", section 2.3): no information gained, a refusal,
nothing but stop words, words copied from the evolving prompt. Near-equality, growth and questions are bounded here as well,
because a teacher that returns its input, a page or a list of questions shows up as one of them.
"""

import re
from difflib import SequenceMatcher
from typing import Final

from tasks.teachers.prompts import defects
from tasks.teachers.prompts.defects import Defect
from tasks.text.words import content_words, words

NEAR_EQUAL: Final = 0.95
"""Similarity from which two instructions count as one: at ten words one added word is too little (0.952), two are not."""
LEAST_NEW_WORDS: Final = 2
"""Content words that the instruction before did not have. One may be a synonym; the operators ask for ten words and more."""
SHRUNK: Final = 0.75
"""An in-depth evolution that has fewer than this share of the words before has dropped part of what was asked."""
MOST_ADDED_WORDS: Final = 150
"""The operators allow 30, and an input to work on; beyond this a teacher wrote the answer or a story into the request."""

MOST_QUESTIONS: Final = 3
"""A request that asks more than this is a list of questions, and its answer leaves some open. Of 9,000 instructions of Alpaca
and of two sets that Evol-Instruct made none asks four."""
GIVEN_AWAY: Final = 0.7
"""Share of the content words that an answer has and its instruction lacks, from which an evolution holds that answer. Of 3,525
pairs of instructions of Alpaca and Dolly that are nearest to each other 38 reach it, two thirds with the answer in a text."""
_QUESTION: Final = re.compile(r"\?(?=\s|$)")


def similarity(before: str, after: str) -> float:
    """Share of words the two have in common in the same order, 0 … 1: twice the matches over both lengths."""
    return SequenceMatcher(None, words(before), words(after), autojunk=False).ratio()


def eliminate(before: str, after: str, *, breadth: bool = False, near_equal: float = NEAR_EQUAL) -> Defect | None:
    """The reason to drop `after`, an evolution of `before`; None if it may stand.

    In-breadth evolutions may be shorter than what inspired them. Phrases and markers that `before` holds too are not held
    against `after`.
    """
    if not content_words(after):
        return Defect("empty", "instruction")
    if betrayed := defects.text_defect(after, before):
        return betrayed
    if (alike := similarity(before, after)) >= near_equal:
        return Defect("near_equal", f"{alike:.2f}")
    return _no_gain(before, after, breadth)


def answer_given(before: str, answer: str, after: str) -> Defect | None:
    """Why an evolution of `before` gives away `answer`, the response to `before`; None if it does not."""
    new = set(content_words(answer)) - set(content_words(before))
    given = new & set(content_words(after))
    if not new or len(given) < GIVEN_AWAY * len(new):
        return None
    return Defect("answer_given", " ".join(sorted(given)[:6]))


def _no_gain(before: str, after: str, breadth: bool) -> Defect | None:
    new = set(content_words(after)) - set(content_words(before))
    if len(new) < LEAST_NEW_WORDS:
        return Defect("no_gain", f"{len(new)} new content words")
    was, now = len(words(before)), len(words(after))
    if not breadth and now < SHRUNK * was:
        return Defect("no_gain", f"shrank from {was} to {now} words")
    if now > was + MOST_ADDED_WORDS:
        return Defect("too_long", f"instruction: {now} words")
    asked = len(_QUESTION.findall(after))
    return Defect("many_questions", f"{asked} questions") if asked > max(MOST_QUESTIONS, before.count("?")) else None
