"""OpenAssistant trees: {message_tree_id, prompt: {text, role, replies: […]}}, siblings ranked by people, 0 the best."""

from collections.abc import Iterable, Iterator
from typing import Final

from tasks.imports.conversation import example, turn_of
from tasks.imports.example import Conventions, Example, Record, Turn, UnusableError
from tasks.imports.values import text

TITLE: Final = "OpenAssistant trees"
ORIGIN: Final = "human"

_ROLES: Final = {"prompter": "user", "assistant": "assistant"}
_DEEPEST: Final = 400


def recognises(record: Record) -> bool:
    """Whether the record is a tree of messages."""
    prompt = record.get("prompt")
    return "message_tree_id" in record and isinstance(prompt, dict) and "replies" in prompt


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """The path of best-ranked messages as a conversation; each answer on it that has a worse sibling makes a preference pair.

    So one tree gives one row, and one more for each earlier answer with ranked siblings. Deleted messages and those that
    reviewers refused are left out. Of two siblings of one rank, or none, the first is the better.
    """
    path = _best_path(record["prompt"])
    answers = [i for i, (message, _) in enumerate(path) if _ROLES.get(message.get("role", "")) == "assistant"]
    if not answers:
        raise UnusableError("empty", "response: nobody answers in this tree")
    return _examples(path, answers)


def _examples(path: list[tuple[Record, Record | None]], answers: list[int]) -> Iterator[Example]:
    for at in answers:
        message, worse = path[at]
        if worse is None and at != answers[-1]:
            continue
        made = example([_turn(one) for one, _ in path[: at + 1]])
        made.rejected = text(worse, "text") if worse else None
        made.language = str(message.get("lang") or "").partition("-")[0] or None
        if message.get("synthetic"):
            made.origin, made.teacher = "synthetic", text(message, "model_name") or None
        yield made


def _best_path(prompt: Record) -> list[tuple[Record, Record | None]]:
    """Messages from the root on, each with its worst-ranked sibling."""
    path: list[tuple[Record, Record | None]] = [(prompt, None)]
    while len(path) < _DEEPEST:
        replies = [
            reply
            for reply in path[-1][0].get("replies") or ()
            if isinstance(reply, dict) and not reply.get("deleted") and reply.get("review_result") is not False
        ]
        if not replies:
            break
        ranked = sorted(
            replies, key=lambda reply: reply["rank"] if isinstance(reply.get("rank"), int) else len(replies)
        )
        path.append((ranked[0], ranked[-1] if len(ranked) > 1 and isinstance(ranked[-1].get("rank"), int) else None))
    return path


def _turn(message: Record) -> Turn:
    role = _ROLES.get(message.get("role", ""))
    if role is None:
        raise UnusableError("malformed_record", f"nobody knows the role {str(message.get('role'))[:40]!r}")
    return turn_of(role, text(message, "text"))
