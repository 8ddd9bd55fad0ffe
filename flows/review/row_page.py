"""What the page of a row shows, as plain values for its template: the conversation, passages, verdicts, facts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from markupsafe import Markup

from flows.review.rendering import LONGEST, beginning, marked, plain, rendered
from tasks.core.schema import Row
from tasks.release.conversations import TOOL_CALL

FACTS: Final = (
    "source", "method", "answer_method", "operator", "origin", "teacher", "prompt_source", "persona", "topic", "category",
    "difficulty", "language", "expects", "constraints", "licence", "generation", "grounding", "toxicity", "harm", "contamination",
    "pii", "refusal", "changes", "attempts", "pass_rate", "score", "rationale", "reference", "theme_label",
)  # fmt: skip
"""Columns that are listed where they hold something."""
CHECKS: Final = frozenset({
    "language", "grounding", "toxicity", "harm", "contamination", "pii", "refusal", "changes", "attempts", "pass_rate", "score",
    "rationale",
})  # fmt: skip
"""Those of them that a check filled in: they would say why a row was refused."""


@dataclass(frozen=True)
class ShownText:
    """One text of a row as the page sets it."""

    name: str
    """system, history.0, instruction, reasoning, response, rejected: as its form field and its page are called."""
    speaker: str
    role: str
    html: Markup
    written: Markup
    """The same text, character by character."""
    characters: int
    calls: tuple[str, ...] = ()
    """Of an assistant's turn: each call of a tool, readable."""
    note: str = ""

    @property
    def looks_different(self) -> bool:
        """Whether Markdown shows it otherwise than it is written."""
        return self.html.unescape().strip() not in (f"<{tag}>{self.written.unescape()}</{tag}>" for tag in ("p", "pre"))

    @property
    def is_cut(self) -> bool:
        """Whether only its beginning is there."""
        return self.characters > LONGEST


@dataclass(frozen=True)
class ShownPassage:
    """A passage that the row stands on."""

    title: str
    path: str
    html: Markup
    is_cut: bool


@dataclass(frozen=True)
class ShownRow:
    """A row as its page shows it."""

    row_id: str
    conversation: list[ShownText]
    rejected: ShownText | None
    tools: str
    passages: list[ShownPassage]
    verdicts: list[dict[str, Any]]
    facts: list[tuple[str, str]] = field(default_factory=list)
    parent: str = ""
    """The row that it was made from."""


def shown(row: Row, passages: list[Row], blind: bool = False) -> ShownRow:
    """Everything that the page says about a row; if `blind`, nothing that checks and verifiers said of it."""
    facts = [name for name in FACTS if not (blind and name in CHECKS)]
    chunks = {one["chunk_id"] for one in passages}
    texts = list(conversation(row))
    return ShownRow(
        row_id=row["example_id"],
        conversation=[one for one in texts if one.name != "rejected"],
        rejected=next((one for one in texts if one.name == "rejected"), None),
        tools=_readable(row["tools"]) if row["tools"] else "",
        passages=[_passage(row, one) for one in passages],
        verdicts=[] if blind else row["verdicts"] or [],
        facts=[(name.replace("_", " "), as_words(row[name])) for name in facts if row.get(name) not in (None, [], "")],
        parent=row["parent_id"] if row["parent_id"] not in {*chunks, row["example_id"], None} else "",
    )


def conversation(row: Row) -> Iterator[ShownText]:
    """The texts of a row in the order in which they were said."""
    if row["system"]:
        yield _text("system", "System", "system", row["system"])
    asked, placed = _text("instruction", "User", "user", row["instruction"] or ""), False
    for number, turn in enumerate(row["history"] or ()):
        if turn["role"] == "user" and turn["content"] is None and not placed:
            placed = True
            yield asked
        else:
            yield _turn(f"history.{number}", turn)
    if not placed:
        yield asked
    if row["reasoning"]:
        yield _text("reasoning", "Reasoning", "reasoning", row["reasoning"])
    if row["expects"] == TOOL_CALL:
        called = _calls(row["response"])
        yield ShownText("response", "Assistant", "assistant", Markup(), plain(row["response"] or ""), 0, called)
    else:
        yield _text("response", "Assistant", "assistant", row["response"] or "")
    if row["rejected"]:
        yield _text("rejected", "The losing answer", "rejected", row["rejected"])


def whole_text(row: Row, name: str) -> str | None:
    """A text of a row by its name, whole; None if the row has none of that name."""
    column, _, number = name.partition(".")
    if column == "history":
        turns = row["history"] or []
        return turns[int(number)]["content"] if number.isdecimal() and int(number) < len(turns) else None
    return row[column] if column in ("system", "instruction", "reasoning", "response", "rejected") else None


def as_words(value: Any) -> str:
    """A value of a column in one line."""
    if isinstance(value, list):
        return ", ".join(as_words(one) for one in value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _turn(name: str, turn: Row) -> ShownText:
    role = turn["role"] or "user"
    speaker = role.capitalize() + (f", {turn['name']}" if turn["name"] else "")
    note = "context, not learnt" if turn["masked"] else ""
    text = "\n\n".join(part for part in (turn["reasoning"] and f"({turn['reasoning']})", turn["content"]) if part)
    return _text(name, speaker, role, text, _calls(turn["tool_calls"]), note)


def _text(name: str, speaker: str, role: str, text: str, calls: tuple[str, ...] = (), note: str = "") -> ShownText:
    part = beginning(text)
    is_prose = len(text) <= LONGEST and not _is_data(text)
    html = rendered(part) if is_prose else Markup("<pre>{}</pre>").format(plain(part))
    return ShownText(name, speaker, role, html, plain(part), len(text), calls, note)


def _is_data(text: str) -> bool:
    """Whether a text is JSON, which Markdown would set as one paragraph."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _calls(text: str | None) -> tuple[str, ...]:
    """Calls of tools, one a text: the tool's name, and its arguments one below the other."""
    if not text:
        return ()
    try:
        calls = json.loads(text)
        return tuple(f"{one['name']}({_readable(one.get('arguments'))})" for one in calls)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return (beginning(text),)


def _readable(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return beginning(value)
    return beginning(json.dumps(value, ensure_ascii=False, indent=2))


def _passage(row: Row, passage: Row) -> ShownPassage:
    text = passage["text"] or ""
    spans = [(one["start"], one["end"]) for one in row["evidence"] or [] if one["chunk_id"] == passage["chunk_id"]]
    title = " › ".join(passage["headings"] or []) or passage["source"] or "passage"
    return ShownPassage(title, passage["path"] or "", marked(text[:LONGEST], spans), len(text) > LONGEST)
