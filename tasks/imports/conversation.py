"""Conversations under any names and roles: brought to one form, and made into an example.

An example's instruction is the last thing the user says before the last answer that is to be learnt, which is its response. Turns
between the two (tool calls and what came back) stand in `history` behind a user turn without content, which marks the
instruction's place.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tasks.imports.example import TOOL_CALL, Example, Record, Turn, UnusableError
from tasks.imports.media import refuse_media_columns
from tasks.imports.tool_calls import as_calls, calls_text, name_answering
from tasks.imports.values import empty, material, scalar, unpacked

ROLES: Final = {
    **dict.fromkeys(("user", "human", "prompter", "customer", "student", "question", "input"), "user"),
    **dict.fromkeys(
        ("assistant", "gpt", "chatgpt", "bard", "bing", "bot", "model", "ai", "claude", "agent", "answer", "output"),
        "assistant",
    ),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("function_call", "tool_call", "function-call"), "call"),
    **dict.fromkeys(("tool", "function", "observation", "function_response", "tool_response", "ipython"), "tool"),
}
LISTS: Final = (
    "conversations", "conversation", "messages", "items", "dialog", "dialogue", "turns", "chat", "trajectory",
)  # fmt: skip
"""Keys under which records keep their turns."""
SPEAKERS: Final = ("from", "role", "speaker", "author")
WORDS: Final = ("value", "content", "text", "message")
REASONING: Final = ("reasoning_content", "reasoning", "thinking", "thought")
PAIRS: Final = (("user", "assistant"), ("human", "assistant"), ("question", "answer"), ("prompt", "response"))
"""Names under which one object holds a question and its answer."""
LEARNT: Final = ("weight", "train", "training", "trainable", "loss", "loss_weight", "loss_mask", "learn")
"""Marks of a turn that is context where they are 0 or false (OpenAI and Mistral: weight; axolotl: train; ms-swift: loss)."""
OFF: Final = frozenset(("0", "0.0", "false", "no", "off"))
TEXT_PARTS: Final = frozenset((None, "text", "input_text", "output_text", "refusal"))


def turns_in(record: Record) -> list[Any] | None:
    """The list of turns in a record, under whatever key, also as the JSON text of a table's cell; None if there is none."""
    return next((found for key in LISTS if isinstance(found := unpacked(record.get(key)), list)), None)


def are_turns(value: Any) -> bool:
    """Whether `value` is a list of turns that say who speaks; an empty list is one."""
    return isinstance(value, list) and all(
        isinstance(turn, dict) and (any(name in turn for name in SPEAKERS) or _pair(turn) is not None) for turn in value
    )


def turns(value: Sequence[Record]) -> list[Turn]:
    """Turns with the roles user, assistant, system and tool. What is said beside a call stands in the call's turn."""
    made: list[Turn] = []
    waiting: list[tuple[str, str]] = []
    for number, turn in enumerate(value, start=1):
        if not isinstance(turn, dict):
            raise UnusableError("malformed_record", f"turn {number} is not an object")
        speaks = "role" in turn or "from" in turn
        if not speaks or len(turn) > 2:
            refuse_media_columns(turn, f"turn {number}")
        if not speaks and (pair := _pair(turn)) is not None:
            made += [
                turn_of(role, _spoken(turn[name]).content)
                for role, name in zip(("user", "assistant"), pair, strict=True)
            ]
            continue
        for one in _turn(turn, number, waiting):
            beside = one["tool_calls"] and one["content"] is None and turn.get("from") and made and made[-1]
            if (
                beside and beside["role"] == "assistant" and not beside["tool_calls"]
            ):  # ShareGPT has no other way to write it
                one = {**one, "content": beside["content"], "reasoning": one["reasoning"] or beside["reasoning"]}
                made.pop()
            made.append(one)
    return made


def example(turns: Sequence[Turn], system: str | None = None, tools: str | None = None) -> Example:
    """The example a conversation makes, up to the assistant's last turn that is to be learnt."""
    first = next((i for i, turn in enumerate(turns) if turn["role"] != "system"), len(turns))
    said = [system or "", *(turn["content"] or "" for turn in turns[:first])]
    turns = turns[first:]
    answers = [i for i, turn in enumerate(turns) if turn["role"] == "assistant"]
    learnt = [i for i in answers if not turns[i]["masked"]]
    if not learnt:
        why = "every answer is marked as not to be learnt" if answers else "nobody answers in this conversation"
        raise UnusableError("empty", f"response: {why}")
    last, response = learnt[-1], turns[learnt[-1]]
    asked = next((i for i in range(last - 1, -1, -1) if turns[i]["role"] == "user"), None)
    if asked is None:
        raise UnusableError("empty", "instruction: nobody asks before the answer")
    calls = response["tool_calls"]
    between = [*turns[asked + 1 : last]]
    if calls and response["content"]:
        between.append(turn_of("assistant", response["content"]))
    history = [*turns[:asked], *([turn_of("user", None), *between] if between else [])]
    return Example(
        instruction=turns[asked]["content"] or "",
        response=calls or response["content"] or "",
        system="\n\n".join(part for part in said if part) or None,
        history=history or None,
        reasoning=response["reasoning"],
        tools=tools,
        expects=TOOL_CALL if calls else None,
    )


def turn_of(
    role: str,
    content: str | None,
    name: str | None = None,
    tool_calls: str | None = None,
    tool_call_id: str | None = None,
    reasoning: str | None = None,
    masked: bool | None = None,
) -> Turn:
    """One turn, all fields in place."""
    return {
        "role": role,
        "content": content,
        "name": name,
        "tool_calls": tool_calls,
        "tool_call_id": tool_call_id,
        "reasoning": reasoning,
        "masked": masked,
    }


def masked(turn: Record) -> bool:
    """Whether a turn says of itself that it must not be learnt."""
    off = any(name in turn and turn[name] is not None and str(turn[name]).strip().lower() in OFF for name in LEARNT)
    parts = turn.get("train_detail") or turn.get("training_detail")
    if parts and not off and any(masked(part) for part in parts):
        if not all(masked(part) for part in parts):
            raise UnusableError("malformed_record", "a turn of which only a part is to be learnt")
        return True
    return off or turn.get("masked") is True


@dataclass(slots=True)
class _Spoken:
    """What one turn says: words, thoughts, calls, and what came back."""

    content: str | None = None
    reasoning: list[str] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    results: list[Turn] = field(default_factory=list)


def _turn(turn: Record, number: int, waiting: list[tuple[str, str]]) -> Iterable[Turn]:
    speaker = next((turn[name] for name in SPEAKERS if turn.get(name)), None)
    speaker = speaker.get("role") if isinstance(speaker, dict) else speaker
    role = ROLES.get(str(speaker).strip().lower())
    if role is None:
        raise UnusableError("malformed_record", f"turn {number}: nobody knows the role {str(speaker)[:40]!r}")
    words = next((turn[name] for name in WORDS if turn.get(name) is not None), None)
    if type(words) is str and len(turn) == 2 and role not in ("tool", "call"):  # nothing else is said: most turns
        yield turn_of(role, words)
        return
    name = None if empty(turn.get("name")) else str(turn["name"])
    if role == "tool":
        given = next((str(turn[n]) for n in ("tool_call_id", "call_id") if turn.get(n)), None)
        yield turn_of("tool", _result(words), name_answering(name, given, waiting), tool_call_id=given)
        return
    spoken = _Spoken(calls=as_calls(words)) if role == "call" else _spoken(words)
    spoken.calls += [call for call in as_calls(turn.get("tool_calls")) if not empty(call)]
    if not empty(turn.get("function_call")):
        spoken.calls += as_calls(turn["function_call"])
    for result in spoken.results:
        yield result | {"name": name_answering(None, result["tool_call_id"], waiting)}
    if spoken.results and spoken.content is None:
        return
    calls = calls_text(spoken.calls) if spoken.calls else None
    if calls:
        waiting.extend((call["name"], str(call.get("id") or "")) for call in json.loads(calls))
    thought = next((material(turn[n], n) for n in REASONING if not empty(turn.get(n))), None)
    yield turn_of(
        "assistant" if role == "call" else role,
        (spoken.content or None) if calls else spoken.content or "",
        name,
        calls,
        reasoning=thought or "\n\n".join(spoken.reasoning) or None,
        masked=True if role in ("assistant", "call") and masked(turn) else None,
    )


def _spoken(words: Any) -> _Spoken:
    """A turn's words; of lists of parts the texts, and what Anthropic's parts are: thoughts, calls, and what came back. Raises
    UnusableError for pictures, sound and files."""
    if words is None or isinstance(words, str):
        return _Spoken(content=words)
    if isinstance(words, dict):
        inner = words.get("parts", words.get("content", words.get("text")))
        return _spoken(inner if isinstance(inner, list) else [words])
    if not isinstance(words, list):
        return _Spoken(content=scalar(words, "a turn"))
    made, texts = _Spoken(), []
    for part in words:
        if isinstance(part, str):
            texts.append(part)
            continue
        kind = part.get("type") if isinstance(part, dict) else "nothing"
        if kind in ("thinking", "reasoning"):
            made.reasoning += [scalar(part[n], n) for n in ("thinking", "reasoning", "text") if not empty(part.get(n))][
                :1
            ]
        elif kind == "tool_use":
            made.calls.append(part)
        elif kind == "tool_result":
            made.results.append(
                turn_of("tool", _result(part.get("content")), tool_call_id=str(part.get("tool_use_id") or "") or None)
            )
        else:
            texts.append(_text_part(part, kind))
    made.content = "\n".join(texts) if texts or not (made.calls or made.results or made.reasoning) else None
    return made


def _text_part(part: Any, kind: Any) -> str:
    """The text of a part that is nothing but text. Raises UnusableError for any other."""
    said = part.get("text", part.get("refusal")) if isinstance(part, dict) else None
    others = {name for name, value in part.items() if not empty(value)} if isinstance(part, dict) else {"nothing"}
    plain = others <= {"type", "text", "refusal", "annotations", "citations", "cache_control", "id", "logprobs"}
    if kind in TEXT_PARTS and isinstance(said, str) and plain:
        return said
    raise UnusableError("malformed_record", "a turn holds something that is not text" + (f" ({kind})" if kind else ""))


def _result(words: Any) -> str:
    """What a tool gave back: text, or data as JSON text."""
    if words is None or isinstance(words, str):
        return words or ""
    if isinstance(words, list) and all(isinstance(part, str | dict) for part in words):
        if all(isinstance(part, str) or part.get("type") in TEXT_PARTS - {None} for part in words):
            return _spoken(words).content or ""
        if any(
            isinstance(part, dict) and part.get("type") in ("image", "image_url", "audio", "file") for part in words
        ):
            raise UnusableError("malformed_record", "a tool gave back something that is not text")
    return (
        json.dumps(words, ensure_ascii=False, default=str)
        if isinstance(words, list | dict)
        else scalar(words, "a turn")
    )


def _pair(turn: Record) -> tuple[str, str] | None:
    return next((pair for pair in PAIRS if pair[0] in turn and pair[1] in turn), None)
