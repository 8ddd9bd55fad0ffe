"""Answers of one word out of several: which one it is, and how likely each was, from the tokens' log-probabilities."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tasks.teachers.provider import sendable

ASKED: Final = 10
"""Alternatives to a token that are asked for: servers give five to twenty, and a word has a few spellings (yes, Yes, " yes")."""
LEAST: Final = 0.05
"""Where the choices together are less likely than this, the model was about to say something else, and nothing is known."""
_WORD: Final = re.compile(r"[^\W\d_]+")


def chosen(text: str, choices: Iterable[str]) -> str | None:
    """The choice that `text` begins with; None if its first word is none of them."""
    first = _WORD.search(text[:200])
    return next((choice for choice in choices if first and first[0].lower() == choice), None)


def probabilities(choices: Sequence[str], alternatives: Iterable[tuple[str, float]]) -> dict[str, float] | None:
    """How likely each choice was, their sum being 1, from the tokens that the first word could have been, with their
    log-probabilities; None where they hold too little of the choices."""
    found = dict.fromkeys(choices, 0.0)
    for token, logarithm in alternatives:
        if (word := token.strip().lower()) in found:
            found[word] += math.exp(min(logarithm, 0.0))
    total = sum(found.values())
    return {choice: share / total for choice, share in found.items()} if total > LEAST else None


def alternatives(logprobs: Any) -> tuple[tuple[str, float], ...]:
    """The likeliest tokens, with their log-probabilities, where the first word of an answer stands, from the field `logprobs` of
    a chat completion; empty where it has another form."""
    content = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    for position in content if isinstance(content, list) else ():
        if not isinstance(position, Mapping):
            return ()
        if isinstance(token := position.get("token"), str) and _WORD.search(token):
            top = position.get("top_logprobs")
            listed = [one for one in top if isinstance(one, Mapping)] if isinstance(top, list) else []
            return tuple(pair for one in [*listed][: 2 * ASKED] if (pair := _pair(one)) is not None)
    return ()


def _pair(one: Mapping[str, Any]) -> tuple[str, float] | None:
    token, logarithm = one.get("token"), one.get("logprob")
    if not isinstance(token, str) or not isinstance(logarithm, int | float) or isinstance(logarithm, bool):
        return None
    try:
        return (sendable(token[:100]), float(logarithm)) if math.isfinite(logarithm) else None
    except OverflowError:
        return None
