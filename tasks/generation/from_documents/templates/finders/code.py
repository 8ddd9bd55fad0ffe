"""Code with its explanation: "To do this, run: …" answers how to do this, "An example of …:" is one."""

import re
from collections.abc import Iterator
from typing import Final

from tasks.generation.from_documents import questions, subjects
from tasks.generation.from_documents.english import is_task, mine
from tasks.generation.from_documents.sections import DocumentSection
from tasks.generation.from_documents.standing import LEANS, answer_of, bare, unmarked
from tasks.generation.from_documents.templates.anchors import Anchor, anchored
from tasks.text.sentences import sentence_spans
from tasks.text.words import content_words

_GOAL: Final = re.compile(
    r"(?:(?:If you (?:want|need|wish|would like|prefer)|In order|When you want) )?[Tt]o (?P<goal>[a-z]+"
    r" [^,:;()]{6,90}), (?P<how>(?!(?:and|or|with|in|from|at|on|for|where|which)\b)[^:]{2,140}):$"
)
_CAN: Final = re.compile(
    r"(?:You|One|Users) can (?:also )?(?P<goal>[a-z]+ [^,:;()]{6,90}?) (?:by|using|via|like this) ?[^:]{0,90}:$"
)
_BY: Final = re.compile(
    r"(?:Use|Run|Execute|Call|Add|Set|Type) (?:the following (?:command|code|snippet)s? )?(?:[^:]{0,60} )?to"
    r" (?P<goal>[a-z]+ [^,:;()]{6,90}):$"
)
_EXAMPLE: Final = re.compile(
    r"(?:Here(?:'s| is)|This is|The following is|Below is|The (?:following|next) (?:example|snippet|code) (?:shows"
    r"|demonstrates|illustrates)|Consider) "
    r"(?:an? |the )?(?:\w+ )?(?:example )?(?:of|that shows|showing|how to|for) (?P<what>[^,:;()]{6,90}):$"
)
_VAGUE: Final = re.compile(
    r"\b(?:this|that|these|those|it|its|them|their|they|he|she|above|below|following|such|same|so|previous|other"
    r"|another|our|we|us|here|there|now|again|selected|given|corresponding|provided|respective|available|required"
    r"|necessary|appropriate"
    r"|instead|both|either|example|more about|started|point)\b|\bthe (?:\w+ )?(?:value|file|code|result|output|data"
    r"|function|command|script|above|example"
    r"|example|table|method|class|default|error|variable|problem|first|second|last|new|resource|source|pipeline"
    r"|project|app|step)s?\b(?! of| in| for| that)",
    re.IGNORECASE,
)
_LEANING: Final = re.compile(
    r"\bthis (?!command|code|snippet|way|format|syntax|line|:)|\b(?:these|those|also|other|instead|again|the"
    r" above)\b",
    re.IGNORECASE,
)
_MOST_LINES: Final = 40
_FEWEST_WORDS: Final = 2


def find(section: DocumentSection, text: str) -> Iterator[Anchor | None]:
    """What the paragraphs of `section` announce and the code right behind them does."""
    about = subjects.subject_of(section.headings, section.title, section.path)
    for at, block in enumerate(section.blocks[:-1]):
        code = section.blocks[at + 1]
        if (
            block.kind != "paragraph"
            or code.kind != "code"
            or code.text.count("\n") > _MOST_LINES
            or code.chunk_id != block.chunk_id
        ):
            continue
        start, end = sentence_spans(block.text)[-1]
        said = block.text[start:end]
        kind, goal = _asked(unmarked(said))
        if not goal or _LEANING.search(said):
            continue
        needed = _needed(about, goal, text)
        if needed is None:
            continue
        spans = answer_of([block.part(start), code])
        yield anchored(kind, spans, **{"goal" if kind == "task_code" else "what": mine(goal)}, about=needed)


def _asked(said: str) -> tuple[str, str]:
    """The kind of anchor and what is asked about; nothing if no rule is sure."""
    if LEANS.match(bare(said)) and not _EXAMPLE.match(said):
        return "", ""
    for kind, pattern in (("task_code", _GOAL), ("task_code", _CAN), ("task_code", _BY), ("example_of", _EXAMPLE)):
        if found := pattern.match(said):
            goal = (found["goal"] if kind == "task_code" else found["what"]).strip()
            whole = kind == "example_of" or is_task(goal)
            whole = whole and all(goal.count(one) == goal.count(other) for one, other in ("[]", "{}", "<>", "“”"))
            content = len(content_words(goal)) >= _FEWEST_WORDS
            return (kind, goal) if whole and content and not _VAGUE.search(re.sub(r"`[^`]*`", "x", goal)) else ("", "")
    return "", ""


def _needed(about: str, goal: str, text: str) -> str | None:
    """What must be said beside `goal`: `about`, unless `goal` speaks of it, or names something itself. None if nothing does."""
    if questions.names_something(f"x {goal}") or set(content_words(about)) & set(content_words(goal)):
        return ""
    return about if about and (subjects.is_name(about, text) or subjects.is_titled(about)) else None
