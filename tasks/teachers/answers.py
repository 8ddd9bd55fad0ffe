"""From a model's answer to what a stage may use: reasoning parted from it, refusals recognised, JSON found and validated.

An answer is assessed after it is in the journal, and the result depends on the answer only: a replay gives the same.
"""

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from tasks.teachers import reasoning
from tasks.teachers.choices import chosen
from tasks.teachers.protocol import Message
from tasks.teachers.provider import Answer, Call
from tasks.teachers.structured import first_line, parse

STOPPED: Final = frozenset(
    {
        "stop",
        "stopped",
        "end_turn",
        "stop_sequence",
        "eos",
        "eos_token",
        "end",
        "complete",
        "completed",
        "finished",
        "done",
    }
)
CUT: Final = frozenset(
    {"length", "max_tokens", "max_length", "max_output_tokens", "token_limit", "model_context_window_exceeded"}
)
REFUSED: Final = frozenset(
    {"refusal", "content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii"}
)
"""The vendors' words for how an answer ended, in lower case: OpenAI's, Anthropic's, and those of servers that imitate them."""

CALLED: Final = frozenset({"", "tool_calls", "tool_use", "function_call"})
"""Words for the end of an answer that was JSON, or should have been, from servers that give it as a tool call, or say nothing."""

LENGTH_FACTOR: Final = 2
"""A call whose answer was cut off is made once more with `max_tokens` times this."""

QUOTED: Final = 20_000
"""So many characters of a malformed answer are shown to the model that is asked to correct it."""

_REFUSAL: Final = re.compile(
    r"^(?:(?:I['’]m|I am) (?:very |really |so )?sorry[,.]?|Sorry[,.]?|(?:My|I) apolog(?:ies|i[sz]e)[,.]?|Unfortunately,)?"
    r"(?: ?(?:but|as an AI(?: language model| assistant)?,?))*"
    r" ?I(?: ca(?:n['’]t|nnot)| won['’]t| will not| must decline to|(?:['’]m| am) (?:un|not )able to|(?:['’]m| am) not going to)"
    r" (?:help|assist|provide|comply|fulfil|do that|create|generate|write|continue|discuss|engage|support)",
    re.IGNORECASE,
)
"""Openings by which models decline. "I cannot answer from the passages" is an abstention, not a refusal, and not here."""


@dataclass(frozen=True)
class Usable:
    """An answer that a stage may use; `data` is its JSON, where a schema was given."""

    text: str
    reasoning: str
    data: Any = None


@dataclass(frozen=True)
class Unusable:
    """Why a stage may not use an answer."""

    error: str
    refused: bool = False


@dataclass(frozen=True)
class AskAgain:
    """The call to make next, and why: `length` or `malformed`."""

    call: Call
    reason: str


def assess(call: Call, answer: Answer, tried: frozenset[str]) -> Usable | Unusable | AskAgain:
    """What follows from the answer to `call`; `tried` holds the reasons for which the request was asked again already."""
    thoughts, text = reasoning.split(answer.text)
    finish = (answer.finish or "").lower().removeprefix("finish_reason_")
    if answer.refused or finish in REFUSED:
        return Unusable(f"refusal: {first_line(text) or 'no text'}", refused=True)
    wrong = "no text"
    if call.json_schema is not None and text:
        data, wrong = parse(text, call.json_schema, whole=finish in STOPPED)
        # what was cut off is no JSON, so one that closes its brackets is whole, however the server says it ended
        if not wrong and (finish in STOPPED or isinstance(data, dict | list)):
            return Usable(text, thoughts, data)
    if finish in CUT and call.choices and chosen(text, call.choices):
        return Usable(text, thoughts)  # the one word that was asked for is there
    if finish in CUT:
        if "length" in tried:
            return Unusable(f"length: cut off at {call.max_tokens} tokens")
        return AskAgain(replace(call, max_tokens=call.max_tokens * LENGTH_FACTOR), "length")
    if finish not in STOPPED and (call.json_schema is None or finish not in CALLED):
        return Unusable(f"finish: the answer ended with {answer.finish!r}")
    if not text:
        return Unusable("empty: nothing but reasoning" if thoughts else "empty: no text")
    if refusal := _REFUSAL.match(text):
        return Unusable(f"refusal: {refusal.group().strip()}", refused=True)
    return Usable(text, thoughts) if call.json_schema is None else _corrected(call, text, wrong, tried)


def _corrected(call: Call, text: str, wrong: str, tried: frozenset[str]) -> Unusable | AskAgain:
    if "malformed" in tried:
        return Unusable(f"malformed: {wrong} in {first_line(text)}")
    said = Message(role="assistant", content=text[:QUOTED])
    correction = f"That was not accepted ({wrong}). Answer again with nothing but JSON that satisfies the schema."
    messages = (*call.messages, said, Message(role="user", content=correction))
    return AskAgain(replace(call, messages=messages), "malformed")
