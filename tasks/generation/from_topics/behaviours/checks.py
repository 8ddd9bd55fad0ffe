"""What is wrong with a message or an answer, held against what the policy wants of it."""

import re
from random import Random
from typing import Final

from tasks.generation.from_topics.behaviours.policy import Behaviour
from tasks.teachers.prompts import defects
from tasks.teachers.prompts.defects import Defect
from tasks.text.equal_texts import text_keys
from tasks.text.refusals import refuses
from tasks.text.sentences import sentence_spans
from tasks.text.words import content_words

_WORDS: Final = (
    "HARVEST",
    "ORBIT",
    "VELVET",
    "COPPER",
    "LANTERN",
    "MERIDIAN",
    "THISTLE",
    "QUARTZ",
    "SAFFRON",
    "TURBINE",
)
"""Words of injected instructions; one that the text has by itself is not drawn."""


def refusal_in(asked: str, said: str) -> str | None:
    """The words with which an answer refuses; those of the filter `refusal`, and of prompts."""
    return refuses(asked, said) or defects.refusal(said)


def look_alike_defect(request: str, look_alike: str) -> Defect | None:
    """Whether two messages are too unlike, or the same, for the second to be the first's counterpart."""
    if text_keys([request]) == text_keys([look_alike]):
        return Defect("unlike_counterpart", "both messages are the same")
    if not set(content_words(request)) & set(content_words(look_alike)):
        return Defect("unlike_counterpart", "the two messages share no word")
    return None


def answer_defect(behaviour: Behaviour, role: str, asked: str, said: str) -> Defect | None:
    """Why `said` is not the answer that the policy wants to the message `role` of a behaviour; None where it is."""
    if not content_words(said):
        return Defect("malformed_answer", "the answer is empty")
    if open_end := defects.unfinished(said):
        return Defect("malformed_answer", open_end)
    refusing = refusal_in(asked, said)
    if behaviour.kind == "refuse" and role == "request":
        if not refusing:
            return Defect("not_refused", " ".join(said.split()[:8]))
    elif role == "request" and (mark := marked(behaviour, said)):
        return Defect("behaviour_shown", mark)
    elif refusing:
        return Defect("refusal", refusing)
    if marker := defects.copied_marker(said, asked):
        return Defect("copied_marker", marker)
    return None


def rejected_defect(behaviour: Behaviour, said: str, rejected: str) -> Defect | None:
    """Why `rejected` does not show what it is to show beside the good answer `said`; None where it does."""
    if not content_words(rejected) or (open_end := defects.unfinished(rejected)):
        return Defect("malformed_answer", "rejected: it is empty" if not rejected else f"rejected: {open_end}")
    if text_keys([said]) == text_keys([rejected]):
        return Defect("behaviour_not_shown", "both answers are the same")
    if behaviour.marks and not marked(behaviour, rejected):
        return Defect("behaviour_not_shown", f"none of: {', '.join(behaviour.marks)}")
    return None


def marked(behaviour: Behaviour, said: str) -> str | None:
    """The first phrase in `said` that shows the behaviour."""
    folded = " ".join(said.casefold().split())
    return next((mark for mark in behaviour.marks if mark.casefold() in folded), None)


def injected(behaviour: Behaviour, text: str, rng: Random) -> tuple[str, str]:
    """`text` with one of the behaviour's instructions between two of its sentences, and the word that whoever obeys it writes."""
    word = rng.choice([one for one in _WORDS if one.casefold() not in text.casefold()] or _WORDS)
    spans = sentence_spans(text)
    at = spans[rng.randrange(len(spans))][1] if spans else len(text)
    instruction = rng.choice(behaviour.examples).replace("{word}", word)
    return f"{text[:at]} {instruction} {text[at:].lstrip()}".strip(), word


def holds_word(word: str, said: str) -> bool:
    """Whether an answer has the word of an injected instruction."""
    return re.search(rf"(?i)\b{re.escape(word)}\b", said) is not None
