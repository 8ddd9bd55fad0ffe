"""What a document or section is about, as people say it beside a question."""

import re
from collections.abc import Sequence
from typing import Final

from tasks.generation.from_documents.english import WORDS, a, is_proper, names_in
from tasks.generation.from_documents.questions import cleaned, is_question

_PREFIX: Final = re.compile(
    r"^(?:FAQs?|Frequently asked questions|Internal|Troubleshooting|Guide|Tutorial|How-?to|Overview|Reference"
    r"|Introduction"
    r"|Part \d+|Chapter \d+)\s*(?:[:–—-]|about|for|on)\s*",
    re.IGNORECASE,
)
_BRACKETS: Final = re.compile(r"(?<![^\w(])[^\w(]*+\([^()]*\)$")
_SUFFIX: Final = re.compile(
    r"(?:(?<!\s)\s++)?(?:[:–—-]\s*+)?\b(?:FAQs?|frequently asked questions|(?:complete |quick ?start |user |setup |reference"
    r" )?guide|overview"
    r"|tutorial|documentation|docs|reference|manual|at a glance|summary|specifications and requirements"
    r"|specifications|handbook"
    r"|features|explained|quickstart|introduction)$",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(
    r"^(?:Understanding|About|(?:An )?Introduction to|Introducing|Working with|Guide to|Overview of|Welcome to"
    r"|Everything about"
    r"|(?:More|All) about|The)\s+",
    re.IGNORECASE,
)
_NO_SUBJECT: Final = re.compile(
    r"\b(?:part|chapter|lesson|module|section|step|issues?|reasons?|tips) ?(?:\d|one|two|three|four|five|$)"
    r"|^(?:no|not|why|free|new|most)\b|^(?:an? |the )?(?:quick ?start|examples?|related|available|supported"
    r"|additional|advanced|basic|common|other"
    r"|more|key"
    r"|useful|sample)\b|[?!]|\b(?:is|are|your|our|we)\b",
    re.IGNORECASE,
)
_KIND_OF_DOCUMENT: Final = re.compile(
    r"(?:agreement|contract|licen[cs]e|policy|terms(?: of \w+)?|lease|code|act|charter|bylaws|EULA)$", re.IGNORECASE
)
_LONGEST: Final = 6
"""Words of a subject."""
_FRAMES: Final = (
    "{subject}: {question}",
    "I have a question about {the_subject}: {small}",
    "{question} I'm asking about {the_subject}.",
    "Regarding {the_subject}: {small}",
)
"""How people say what they are asking about."""


def subject_of(headings: Sequence[str], title: str, path: str) -> str:
    """What the text under `headings` of a document is about, as a noun phrase; empty if they do not say.

    The outermost heading that says it; `title` counts unless it is made from the file's name (`path`) alone.
    """
    named = re.sub(r"\W+", " ", path.rsplit("/", 1)[-1].rsplit(".", 1)[0]).strip().lower()
    own = title if re.sub(r"\W+", " ", title).strip().lower() != named and ", record " not in title else ""
    return next((subject for heading in (own, *headings) if (subject := _noun_phrase(cleaned(heading)))), "")


def _noun_phrase(heading: str) -> str:
    text = heading.partition(": ")[0] if ": " in heading and not _PREFIX.match(heading) else heading
    text = _LEAD.sub("", _SUFFIX.sub("", _PREFIX.sub("", text)))
    text = re.split(r" [—–|-] |: ", text)[0].strip(' -–—:"“”')
    words = re.findall(r"[\w'’+#.-]+", text.lower())
    if not 0 < len(words) <= _LONGEST or WORDS["generic"].issuperset(words) or not re.search(r"[A-Za-z]{2}", text):
        return ""
    first = text.split()[0]
    verbal = first.lower() in WORDS["acts"] or first.endswith("ing") or is_question(text)
    return "" if verbal or _NO_SUBJECT.search(text) else text


def is_name(subject: str, text: str) -> bool:
    """Whether `subject` is the name of something and not a topic: each of its words is one in `text`."""
    words = names_in(subject)
    return bool(words) and all(is_proper(word, text) for word in words)


def is_titled(subject: str) -> bool:
    """Whether `subject` is written as a title: "Platinum Rewards Card", "Jira"."""
    words = names_in(subject)
    return bool(words) and all(any(c.isupper() for c in word) for word in words)


def without_brackets(subject: str) -> str:
    """`subject` without a part in brackets at its end: "Certificate of Deposit (CD)"."""
    return _BRACKETS.sub("", subject)


def with_article(subject: str) -> str:
    """`subject` as it stands in a sentence: "the Gold Account", "dlt"."""
    words = without_brackets(subject).split()
    large = 1 < len(words) < 5 and all(word[0].isupper() for word in words)
    return f"the {subject}" if large and words[-1].lower() in WORDS["the"] else subject


def in_document(title: str) -> str:
    """The title of a contract, licence or policy as it stands behind "in": "the Apache License", "a non-disclosure
    agreement"; empty for any other document."""
    named = _noun_phrase(cleaned(title))
    if not _KIND_OF_DOCUMENT.search(named):
        return ""
    return f"the {named}" if is_titled(named) else a(named[0].lower() + named[1:])


def framed(question: str, subject: str, draw: int) -> str:
    """`question` with what it is about, in one of several ways (`draw` chooses)."""
    small = question if re.match(r"[A-Z]{2}|I\b|`", question) else question[0].lower() + question[1:]
    parts = {"subject": subject, "the_subject": with_article(subject), "question": question, "small": small}
    return _FRAMES[draw % len(_FRAMES)].format(**parts)
