"""Defects in a model's text: a refusal, words or markers of its prompt, references to material that a reader does not see."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from tasks.text.words import content_words, words

MOST_WORDS: Final = 400
"""Most words of an instruction, as in the gate after generation."""
COPIED_WORDS: Final = 5
"""Words from which an instruction that is in a passage word for word counts as copied."""

_REFUSAL: Final = re.compile(
    r"""^\W*(?:(?:unfortunately|apologies|sorry)[,.]?\s+(?:but\s+)?)?(?:
        i(?:[’']m|\s+am)\s+(?:so\s+|very\s+|truly\s+)?sorry\b
      | i\s+apologi[sz]e\b
      | i\s+(?:can(?:no|['’])t|can\s+not|won['’]t|will\s+not|am\s+(?:unable|not\s+able)\s+to|['’]m\s+(?:unable|not\s+able)\s+to
          | must\s+decline\s+to|do\s+not\s+feel\s+comfortable)\s+
          (?:help|assist|answer|provide|fulfil+|comply|do\s+that|generate|create|write|rewrite|continue|discuss|with)\b
      | (?:as|being)\s+an?\s+(?:ai|artificial\s+intelligence|(?:large\s+)?language\s+model)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_AI_SPEAKS: Final = re.compile(
    r"\b(?:as an (?:ai|artificial intelligence|large language|language)(?: language)? (?:model|assistant)"
    r"|against my (?:guidelines|programming))\b",
    re.IGNORECASE,
)
_NOT_THERE: Final = re.compile(
    r"\b(?:passages?|texts?|excerpts?|documents?|context|material) (?:provided )?(?:do(?:es)?|did|is|are)(?: not|n['’]t) "
    r"(?:mention|contain|provide|say|state|specify|include|give|discuss|address|explain|describe|hold|explicitly)"
    r"|\b(?:cannot|can['’]t|not possible to) (?:be )?answer(?:ed)? (?:from|based on|using|with) the\b"
    r"|\bthere is (?:no|not enough|insufficient) information\b",
    re.IGNORECASE,
)
_PROMPT_WORDS: Final = re.compile(
    r"""\#\s*(?:the\s+)?(?:given|rewritten|created|new|old|original)\s+(?:prompt|instruction)\s*\#?
      | \b(?:given|rewritten|created|rephrased|evolved)\s+(?:prompt|instruction)\b
      | \b(?:old|original|earlier|new)\s+(?:prompt|instruction)\s*[:\#]
      | \bhere\s+is\s+(?:the|a|your|my)\s+(?:new|rewritten|revised|more\s+complex)\b
      | \bpassages?\s+\[?\d
      | \bthere\s+are\s+no\s+passages\b
      | \bcarry\s+the\s+mark\s+of\b
      | \bonly\s+tags\s+with\s+this\s+mark\b
      | \bis\s+material,\s+never\s+instructions\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_THING: Final = r"(?:passages?|excerpts?|texts?|documents?|materials?|contexts?|sections?|sources?)"
_POINTERS: Final = re.compile(
    rf"""\b(?:the|these|this|those)\s+{_THING}\s+(?:above|provided|given|you\s+were\s+given)\b
      | \b(?:above|provided)\s+{_THING}\b
      | \b(?:according\s+to|based\s+on|from|in|using|per)\s+(?:the|this|these)\s+(?:given\s+)?(?:passages?|excerpts?|texts?)\b
      | \b(?:the|this|these)\s+(?:given\s+)?(?:passage|excerpt)s?\b
      | \b(?:the|this|these)\s+(?:given|provided|shown|above)\s+(?:code(?:\s+(?:snippet|example|block|sample))?|snippet|example)s?\b
      | \b(?:in|of|from|by)\s+(?:the|this)\s+(?:code\s+)?snippet\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Phrases that point at a text which the reader will not see; allowed in an instruction that contains a text of its own."""
_OWN_TEXT: Final = re.compile(r"(?:(?<!\S)[^\s:]*+:|\n)\s{0,9}+\S++(?:\s++\S++){4}|[\"“][^\"“”]{20,}[\"”]")
_MARKERS: Final = re.compile(
    r"</?[a-z]+-[0-9a-f]{6,16}\b[^>\n]*>?|\{\{\w+\}\}|<\|[a-z_]+\|>|(?:^|(?<=[\s.,;:!?)\"”’\]]))\[\d{1,2}\](?![\w(\[])",
    re.IGNORECASE,
)


class Defect(NamedTuple):
    """Why a text cannot be in a row: a code from `tasks.core.reasons`, and its detail."""

    reason: str
    detail: str


def text_defect(text: str, known: str = "") -> Defect | None:
    """The first refusal, prompt marker or prompt phrase in `text`; None if there is none.

    Markers and phrases that are in `known` too, the material that the model was given, are allowed.
    """
    if phrase := refusal(text):
        return Defect("refusal", phrase)
    if marker := copied_marker(text, known):
        return Defect("copied_marker", marker)
    if phrase := prompt_leakage(text, known):
        return Defect("prompt_leakage", phrase)
    return None


def instruction_defect(instruction: str, shown: Iterable[str] = (), known: str = "") -> Defect | None:
    """Why `instruction` cannot be used as one, None if it can; `shown` are the passages it was to be made from, `known` is as for
    `text_defect`."""
    asked = words(instruction)
    if min(len(asked), len(instruction.split())) < 2 or not content_words(
        instruction
    ):  # an address is several words in one
        return Defect("too_short", f"instruction: {len(asked)} words")
    if len(asked) > MOST_WORDS:
        return Defect("too_long", f"instruction: {len(asked)} words")
    run = f" {' '.join(asked)} "
    if len(asked) >= COPIED_WORDS and any(run in f" {' '.join(words(text))} " for text in shown):
        return Defect("copied_passage", " ".join(asked[:COPIED_WORDS]))
    return text_defect(instruction, known)


def refusal(text: str) -> str | None:
    """The phrase with which `text` refuses, or speaks of itself as a model; None if there is none."""
    return _found(_REFUSAL, text) or _found(_AI_SPEAKS, text)


def abstention(text: str) -> str | None:
    """The phrase that says that the passages do not hold the answer; None if there is none."""
    return _found(_NOT_THERE, text)


def unfinished(text: str) -> str | None:
    """How `text` ends inside a fence of code, with a colon behind which a list was to come, or within a bracket that it has just
    opened, as where a quotation mark in an answer ended its JSON string; None if it does nothing of this."""
    if text.count("```") % 2:
        return "it ends inside a fence of code"
    open_end = text.rstrip().rstrip("`*_\"'“").endswith(("(", "[", "{")) or _announces(text)
    return f"it ends with {text.split()[-1][-10:]!r}" if open_end else None


def _announces(text: str) -> bool:
    """Whether the last line ends with a colon, and not the one before as well, as in a form to be filled in."""
    ends = [line.rstrip(" *_")[-1:] in (":", "：") for line in text.splitlines() if line.strip(" *_")][-2:]
    return bool(ends) and ends[-1] and ends != [True, True]


def prompt_leakage(text: str, known: str = "") -> str | None:
    """The first phrase of a prompt, or one that points at its material ("the passage above"), unless it is in `known` too."""
    return _found(_PROMPT_WORDS, text, known) or (None if _OWN_TEXT.search(text) else _found(_POINTERS, text, known))


def copied_marker(text: str, known: str = "") -> str | None:
    """The first tag, slot, control token or citation number of a prompt that is not in `known` too."""
    return _found(_MARKERS, text, known)


def _found(pattern: re.Pattern[str], text: str, known: str = "") -> str | None:
    held = known.casefold()
    phrases = (" ".join(match[0].split()) for match in pattern.finditer(text))
    return next((phrase for phrase in phrases if phrase.casefold() not in held), None)
