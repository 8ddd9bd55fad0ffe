"""Splits a response into its claims: sentences and list items, and clauses of them where a rule is safe.

Code, questions and sentences of less than two words that carry meaning ("Sure!", "Here is the list:") claim nothing. A sentence
is cut at a semicolon, and at "and", "but" or "while" behind a comma, only where both sides have a subject and a verb of their own
by a closed list of words; otherwise it stays whole: half a claim could be refused for what the other half says.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tasks.text.claims import cited, with_citations_inside, without_citations, without_numbering
from tasks.text.evidence import Spans, without_markers
from tasks.text.sentences import sentence_spans
from tasks.text.support import cited_passages
from tasks.text.words import content_words, words

_FENCE: Final = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_CODE: Final = re.compile(r"(?:    |\t|>>> |\.\.\. )")
_VERB: Final = (
    r"(?:is|are|was|were|has|have|had|can|could|will|would|must|may|might|should|does|do|did|cannot|isn't|aren't|"
    r"wasn't|weren't|can't|won't|doesn't|don't|didn't)"
)
_SUBJECT: Final = (
    r"(?:it|they|he|she|we|you|this|these|those|there|(?:the|a|an|its|their|his|her|our|your)(?:[ ][\w'’-]+){1,4})"
)
_JOINT: Final = re.compile(rf";\s+|,\s+(?:and|but|while)\s+(?={_SUBJECT}\s+{_VERB}\b)", re.IGNORECASE)
_HAS_VERB: Final = re.compile(rf"\b{_VERB}\b", re.IGNORECASE)
_POINTER: Final = re.compile(
    r"(?:it|its|they|their|them|he|his|she|her|this|these|those|that|such|both|yes|no|and|but)\b", re.I
)
_SAYS_NOTHING: Final = re.compile(
    r"(?:(?:here|below|these|the following) (?:is|are|was|were)\b.*:|(?:sure|certainly|of course|absolutely|great question|hello|"
    r"hi|thanks|thank you|you're welcome|happy to help|i hope this helps)\b[^.!?]{0,30}[.!]?)\Z",
    re.IGNORECASE,
)
"""Greetings, and what announces a list."""
_ALONE: Final = 3
"""Content words from which a claim that points at nothing is understood alone; "30 days." answers its question."""


class Claim(NamedTuple):
    """One thing that a response says."""

    text: str
    """Without citations and list markers."""
    spans: Spans
    """The evidence that it rests on: the passages that it cites, or all of the row's."""
    lead: str = ""
    """What must be read before it to understand it: the sentence before, or the instruction; empty where it stands alone."""


def claims(response: str, spans: Spans, instruction: str = "") -> list[Claim]:
    """The claims of `response`, in order; empty where it claims nothing."""
    text = with_citations_inside(_FENCE.sub("\n\n", response))
    passages = cited_passages(text, spans)
    found: list[Claim] = []
    before = instruction
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        if _CODE.match(sentence):
            continue
        own = {passages[number] for number in cited(sentence) if number in passages}
        evidence = [span for span in spans or () if span["chunk_id"] in own] if own else spans
        plain = " ".join(without_numbering(without_citations(without_markers(sentence))).split())
        for part in _clauses(plain):
            if _claims_something(part, found):
                found.append(Claim(part, evidence, before if _needs_lead(part) else ""))
        before = plain or before
    return found


def _clauses(sentence: str) -> Iterator[str]:
    """The sentence in parts that can be true or false alone."""
    start = 0
    for joint in _JOINT.finditer(sentence):
        left, right = sentence[start : joint.start()], sentence[joint.end() :]
        if all(_HAS_VERB.search(side) and len(content_words(side)) > 1 for side in (left, right)):
            yield left.strip()
            start = joint.end()
    yield sentence[start:].strip()


def _claims_something(text: str, found: list[Claim]) -> bool:
    if (
        not text
        or text.endswith("?")
        or (text.endswith(":") and not _HAS_VERB.search(text))
        or _SAYS_NOTHING.match(text)
    ):
        return False
    return len(content_words(text)) > 1 or (not found and bool(words(text)))  # the first may be a mere name, or "Yes."


def _needs_lead(text: str) -> bool:
    return bool(_POINTER.match(text)) or len(content_words(text)) < _ALONE
