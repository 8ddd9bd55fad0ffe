"""What a person sees of a task in Label Studio, and can answer: the labeling configuration (https://labelstud.io/tags)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import quoteattr

from tasks.review.decisions import EDITABLE, REASONS
from tasks.review.exchange.review_task import DECISIONS, EDITED, PREFERENCES, Level

MARKED: Final = ("instruction", "response", "rejected")
"""Columns in which a person may mark text."""
MARKS: Final = ("wrong", "unclear", "personal_data")
_ONE_TEXT: Final = 'editable="true" maxSubmissions="1" showSubmitButton="false"'
"""What is written counts when the task is submitted; nothing else has to be pressed."""


def config(scales: Mapping[str, Sequence[Level]], columns: Collection[str]) -> str:
    """The labeling configuration for tasks of which some have a text in `columns`: paste it under Settings, Labeling Interface.
    The texts stand on the left, what is asked about them on the right and always in sight."""
    is_pair = "rejected" in columns
    texts = [line for name in EDITABLE if name in columns for line in _text(name)]
    asked = [
        *_control("decision", DECISIONS, required=not is_pair),
        *_asked_of_a_rejection(_control("reason", REASONS, required=True)),
    ]
    asked += _control("preferred", PREFERENCES) if is_pair else []
    for name, levels in scales.items():
        asked += _scale(name, levels)
    asked.append(f'<TextArea name="note" toName="response" placeholder="note" rows="3" {_ONE_TEXT}/>')
    shown = ['<Text name="context" value="$context"/>', *texts]
    sides = [
        *_view("flex: 3; min-width: 0", shown),
        *_view("flex: 1; min-width: 12rem; position: sticky; top: 0", asked),
    ]
    return "\n".join(["<View>", *_view("display: flex; gap: 2rem; align-items: flex-start", sides), "</View>", ""])


def _text(name: str) -> list[str]:
    """A column: its text, what can be marked there, and a field that is folded away, in which the text is written anew."""
    marks = [f'<Labels name="marks_{name}" toName="{name}">', *_choices(MARKS, "Label"), "</Labels>"]
    return [
        f'<Header value="{name}" size="4"/>',
        *(marks if name in MARKED else ()),
        f'<Text name="{name}" value="${name}"/>',
        f'<Collapse><Panel value="write {name} anew">',
        f'<TextArea name="{EDITED}{name}" toName="{name}" value="${name}" rows="8" {_ONE_TEXT}/>',
        "</Panel></Collapse>",
    ]


def _scale(name: str, levels: Sequence[Level]) -> list[str]:
    """A criterion: stars where its levels are numbers."""
    if not (top := max((level for level in levels if isinstance(level, int)), default=0)):
        return _control(name, map(str, levels))
    return [
        f'<Header value={quoteattr(name)} size="5"/>',
        f'<Rating name={quoteattr(name)} toName="response" maxRating="{top}"/>',
    ]


def _control(name: str, words: Iterable[str], required: bool = False) -> list[str]:
    needed = ' required="true"' if required else ""
    head = f'<Choices name={quoteattr(name)} toName="response" choice="single"{needed}>'
    return [f'<Header value={quoteattr(name)} size="5"/>', head, *_choices(words, "Choice"), "</Choices>"]


def _asked_of_a_rejection(lines: Iterable[str]) -> list[str]:
    return ['<View visibleWhen="choice-selected" whenTagName="decision" whenChoiceValue="reject">', *lines, "</View>"]


def _view(style: str, lines: Iterable[str]) -> list[str]:
    return [f'<View style="{style}">', *lines, "</View>"]


def _choices(words: Iterable[str], tag: str) -> list[str]:
    return [f"<{tag} value={quoteattr(word)}/>" for word in words]
