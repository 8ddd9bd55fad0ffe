"""Rules that find rows which nobody can understand or use as they stand. Each returns the phrase that it found, or nothing.

A rule looks at the words of one row. The figures on docs/verification.md were measured on rows that a person labelled, half of them
from sources that the rules were not written on; a rule that was right in less than nine of ten only tags.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True)
class Texts:
    """What a rule looks at."""

    instruction: str
    response: str
    before: bool
    """Whether anything stands before the instruction: a system message, or turns."""


_OWN_TEXT: Final = re.compile(r"(?<!\S)[^\s:]*+:\s{0,9}+\S++(?:\s++\S++){3}|[\"“'‘`][^\"“”'‘’`]{12,}[\"”'’`]|\n")
"""The instruction brings a text of its own, which a pointer may mean."""
_SHOWN: Final = (
    r"(?:passage|excerpt|text|article|paragraph|sentence|story|poem|code|function|snippet|list|image|picture|photo|table|chart|graph|"
    r"figure|diagram|screenshot|document|data(?:set)?|options|choices|example|question|quote|email|conversation|dialogue|statement)s?"
)
_POINTER: Final = re.compile(
    rf"\b(?:the\s+)?(?:above|aforementioned|above-mentioned|preceding|previous)\s+(?:(?!the\b|a\b|an\b)\w+\s+)?{_SHOWN}\b|\b{_SHOWN}\s+(?:shown\s+|given\s+)?"
    rf"(?:above|below)\b|\b(?:as|mentioned|described|shown|listed|given)\s+(?:above|below|earlier|previously)\b|"
    rf"\b(?:the|this|these)\s+(?:given|following|provided|attached|accompanying)\s+{_SHOWN}\s*[.?!]?\s*$|"
    rf"^\W*(?:(?:can|could|would)\s+you\s+)?(?:please\s+)?(?:summari[sz]e|translate|rewrite|proofread|paraphrase|edit|explain|analy[sz]e|fix|debug)"
    rf"\s+(?:this|that|it|these|those)(?:\s+{_SHOWN})?\s*(?:for\s+me\s*)?(?:,?\s*please\s*)?[.?!]?\s*$",
    re.IGNORECASE,
)
_PRONOUN_SUBJECT: Final = re.compile(
    r"^\W*(?:and\s+|but\s+|so\s+|ok(?:ay)?,?\s+)?(?:what|why|how|when|where|who|which)\s+(?:\w+\s+)?(?:is|are|was|were|does|do|did|can|could|"
    r"should|will|would|has|have)\s+(?:it|this|that|they|these|those|he|she)(?:\s+(?!to\b|in\b|that\b|at\b|on\b|for\b|important\b|possible\b|like\b|"
    r"necessary\b|better\b|rain|snow)\w+){0,3}\s*+\??\s*+$|"
    r"^\W*(?:(?:can|could)\s+you\s+|please\s+)?(?:continue|go\s+on|elaborate|explain(?:\s+(?:more|further|it|this|that))?|tell\s+me\s+more|"
    r"more|why|how|yes|no|thanks?|thank\s+you|again|rewrite\s+it|shorten\s+it)\s*+(?:please\s*+)?[.?!]*+\s*+$",
    re.IGNORECASE,
)
_ELSEWHERE: Final = re.compile(
    r"\b(?:see|refer\s+to|consult|check(?:\s+out)?|read|visit|go\s+to|look\s+(?:at|in)|head\s+(?:to|over\s+to)|take\s+a\s+look\s+at)\s+"
    r"(?:the\s+|our\s+|your\s+|this\s+|its\s+|their\s+)?(?:[\w-]+\s+){0,3}(?:documentation|docs|manual|website|web\s?site|page|section|chapter|"
    r"guide|link|handbook|tutorial|faq|help\s+cent(?:er|re)|readme|repository)\b|\b(?:see|visit|go\s+to|check)\s+(?:https?://|www\.)\S+|"
    r"\b(?:please\s+)?(?:contact|ask|consult)\s+(?:our\s+|your\s+|the\s+)?(?:\w+\s+)?(?:support|sales|administrator|help\s?desk)\b",
    re.IGNORECASE,
)
_OPEN_END: Final = re.compile(
    r"(?:\b(?:the|a|an|of|to|with|for|from|by|into|and|or|but|because|which|whose|such\s+as|is|are|was|were|has|have|than|as)|,|\band\s+so|[(\[{])\s*$",
)
_NUMBER: Final = re.compile(r"(?<![\w.])[$€£]?\d[\d,.]*%?")
_PROBLEM: Final = re.compile(
    r"\bhow\s+(?:many|much|long|far|old|fast|tall|heavy)\b|\bwhat\s+(?:is|was|will\s+be)\s+(?:the|his|her|their)\s+(?:\w+\s+){0,3}(?:total|sum|"
    r"average|cost|price|profit|speed|area|volume|perimeter|probability|number|amount|percentage|difference|age)\b",
    re.IGNORECASE,
)
_ENTRY: Final = re.compile(r"(?m)^[ \t]*(?:[-*•]\s+|\d{1,2}[.)]\s+)?`([\w.]+)(?:\([^`]*\))?`\s*(?:[-–:(]|$)")
_CODE_NAME: Final = re.compile(r"`([\w.]+)(?:\([^`]*\))?`")


def unresolved_pointer(row: Texts) -> str:
    """A pointer in an instruction at something that is not there."""
    if row.before or len(row.instruction.split()) > 40 or _OWN_TEXT.search(row.instruction):
        return ""
    return _phrase(_POINTER.search(row.instruction))


def no_subject(row: Texts) -> str:
    """A question that does not say what it is about: only a pronoun, or a turn of a conversation that is not there."""
    if row.before or len(row.instruction.split()) > 10 or _OWN_TEXT.search(row.instruction):
        return ""
    return _phrase(_PRONOUN_SUBJECT.match(row.instruction.strip()))


def points_elsewhere(row: Texts, most_words: int = 25) -> str:
    """A short response that sends the reader to another source, where it was not the question where to look."""
    if len(row.response.split()) > most_words or re.search(
        r"\bwhere\b|\bwebsite\b|\blink\b", row.instruction, re.IGNORECASE
    ):
        return ""
    return _phrase(_ELSEWHERE.search(row.response))


def cut_off(row: Texts) -> str:
    """The end of a response that breaks off: at a small word or mark that cannot end a sentence, or behind an opened bracket."""
    text = row.response.rstrip()
    last = text.splitlines()[-1] if text else ""
    if len(text.split()) < 8 or not re.search(r"[.!?:]\s", text) or len(last.split()) < 4:
        return ""
    if re.match(r"\s*[-*#|`>\d]|\s{4}", last) or text.count("```") % 2:
        return ""
    return _phrase(_OPEN_END.search(last[-40:]))


def bare_answer(row: Texts) -> str:
    """A problem with two numbers or more, answered by a number alone."""
    words = row.response.split()
    if len(words) > 4 or not _NUMBER.search(row.response) or len(_NUMBER.findall(row.instruction)) < 2:
        return ""
    return row.response.strip() if len(row.instruction.split()) >= 12 and _PROBLEM.search(row.instruction) else ""


def group_answer(row: Texts) -> str:
    """A response that documents five things or more where one of them was asked about."""
    asked = set(_CODE_NAME.findall(row.instruction))
    entries = [match[1] for match in _ENTRY.finditer(row.response)]
    if len(asked) != 1 or len(set(entries)) < 5 or not asked & set(entries):
        return ""
    return ", ".join(dict.fromkeys(entries))


FindingEffect = Literal["fail", "tag"]
RULES: Final[Mapping[str, tuple[Callable[[Texts], str], FindingEffect]]] = {
    "unresolved_pointer": (unresolved_pointer, "fail"),
    "no_subject": (no_subject, "fail"),
    "points_elsewhere": (points_elsewhere, "fail"),
    "cut_off": (cut_off, "fail"),
    "bare_answer": (bare_answer, "tag"),
    "group_answer": (group_answer, "tag"),
}
"""Each rule by its name, and what a finding does: the row fails, or the verdict is `unsure` and only says it."""


def _phrase(match: re.Match[str] | None) -> str:
    return " ".join(match[0].split())[:120] if match else ""
