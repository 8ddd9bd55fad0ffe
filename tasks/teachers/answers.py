"""From a model's answer to what a stage may use: reasoning stripped, refusals recognised, JSON parsed and validated.

An answer is assessed after it is in the journal, and the result depends on the answer only: a replay gives the same.
"""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tasks.core.params import canonical_json
from tasks.teachers.protocol import Message
from tasks.teachers.provider import SEEN_CHARACTERS, Answer, Call

STOPPED: Final = frozenset({"stop", "end_turn", "stop_sequence", "eos", "eos_token"})
CUT: Final = frozenset({"length", "max_tokens", "model_context_window_exceeded"})

LENGTH_FACTOR: Final = 2
"""A call whose answer was cut off is made once more with `max_tokens` times this."""

_REASONING: Final = re.compile(r"<(think|thinking|reasoning|thought)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_REASONING_END: Final = re.compile(r"^.*?</(?:think|thinking|reasoning|thought)>", re.DOTALL | re.IGNORECASE)
_REASONING_OPEN: Final = re.compile(r"<(?:think|thinking|reasoning|thought)>.*\Z", re.DOTALL | re.IGNORECASE)
_FENCE: Final = re.compile(r"^```[a-zA-Z]*\s*\n(.*?)\n?```$", re.DOTALL)
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
    text = strip_reasoning(answer.text)
    if answer.refused or answer.finish in ("refusal", "content_filter"):
        return Unusable(f"refusal: {_first(text) or 'no text'}", refused=True)
    if answer.finish in CUT:
        if "length" in tried:
            return Unusable(f"length: cut off at {call.max_tokens} tokens")
        return AskAgain(replace(call, max_tokens=call.max_tokens * LENGTH_FACTOR), "length")
    if answer.finish not in STOPPED:
        return Unusable(f"finish: the answer ended with {answer.finish!r}")
    if not text:
        return Unusable("empty: nothing but reasoning" if answer.text.strip() else "empty: no text")
    if refusal := _REFUSAL.match(text):
        return Unusable(f"refusal: {refusal.group().strip()}", refused=True)
    return Usable(text) if call.json_schema is None else _structured(call, text, tried)


def strip_reasoning(text: str) -> str:
    """The text without reasoning blocks, also where the opening tag is in the prompt or the closing one is missing."""
    if "<" in text:
        text = _REASONING.sub("", text)
        text = _REASONING_END.sub("", text)
        text = _REASONING_OPEN.sub("", text)
    return text.strip()


def parse(text: str, schema: Mapping[str, Any]) -> tuple[Any, str]:
    """The JSON in `text`, and an error in one line, which is empty if `schema` accepts it."""
    fenced = _FENCE.match(text)
    try:
        data = json.loads(fenced.group(1) if fenced else text, parse_constant=_refuse)
    except ValueError as error:
        return None, f"not JSON: {error}"
    wrong = next(iter(_validator(canonical_json(schema)).iter_errors(data)), None)
    if wrong is None:
        return data, ""
    return data, f"{wrong.json_path}: {_first(wrong.message)}"


def _structured(call: Call, text: str, tried: frozenset[str]) -> Usable | Unusable | AskAgain:
    assert call.json_schema is not None
    data, wrong = parse(text, call.json_schema)
    if not wrong:
        return Usable(text, data)
    if "malformed" in tried:
        return Unusable(f"malformed: {wrong} in {_first(text)}")
    said = Message(role="assistant", content=text)
    correction = f"That was not accepted ({wrong}). Answer again with nothing but JSON that satisfies the schema."
    messages = (*call.messages, said, Message(role="user", content=correction))
    return AskAgain(replace(call, messages=messages), "malformed")


@functools.lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(schema))


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _first(text: str) -> str:
    return " ".join(text.split())[:SEEN_CHARACTERS]
