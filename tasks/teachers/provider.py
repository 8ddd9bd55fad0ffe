"""What a provider does: turn one call into one answer, or into a fault that says what may be done about it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from tasks.teachers.protocol import Message

SEEN_CHARACTERS: Final = 200
"""Of a body that cannot be used, this many characters are kept in the error."""


@dataclass(frozen=True)
class Call:
    """One question as it goes to a model. Every field can change the answer, so every field is part of its hash."""

    model: str
    system: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float
    json_schema: Mapping[str, Any] | None = None
    sample: int = 0


@dataclass(frozen=True)
class Answer:
    """What came back, with the vendor's word for how it ended."""

    text: str
    finish: str | None
    tokens_in: int
    tokens_out: int
    refused: bool = False


@dataclass
class Fault(Exception):
    """A call that gave no answer. `kind` decides what happens next; `detail` is one line for a person.

    Kinds: `busy` (429: wait, then ask again), `away` (refused connection, 502, 503, 529: nobody is answered), `trouble`
    (500, a timeout, a cut connection: may be this request's own), `garbage` (200 without a usable body), `refused` (400:
    this request will never be answered), `void` (the vendor refused a whole batch), `stop` (key, quota, model: no request
    will ever be answered).
    """

    kind: str
    detail: str
    retry_after: float | None = None
    """Seconds the server asked us to wait."""
    maybe_paid: bool = False
    """The model may have written an answer that was lost on the way."""
    status: int | None = None
    """The HTTP status, where there was one."""

    def __str__(self) -> str:
        return self.detail

    @classmethod
    def unusable(cls, what: str, body: str) -> "Fault":
        """A body that cannot be used, its first characters kept."""
        seen = " ".join(body.split())[:SEEN_CHARACTERS]
        return cls("garbage", f"{what}: {seen}" if seen else what)


class Provider(Protocol):
    """One vendor's way of asking. Lives on the teachers' event loop."""

    batch_size: int
    """Requests in one batch at most."""

    async def send(self, call: Call) -> Answer:
        """The answer; raises Fault."""
        ...

    async def submit(self, calls: Mapping[str, Call]) -> str:
        """Hands in a batch of calls, each under its hash; returns the vendor's id. Raises Fault."""
        ...

    async def ended(self, batch: str) -> bool:
        """Whether a batch has ended; raises Fault, with status 404 if the vendor does not know it."""
        ...

    async def fetch(self, batch: str) -> dict[str, Answer | Fault]:
        """What a batch that has ended brought, by hash; calls that expired are missing. Raises Fault."""
        ...

    async def close(self) -> None:
        """Lets go of connections."""
        ...


class UnsupportedParameters:
    """Parameters that a model turned out not to accept: learned from its 400, left out from then on.

    Newer models refuse `temperature`, some servers know neither `max_completion_tokens` nor structured output.
    """

    def __init__(self, *parameters: str) -> None:
        self._known = parameters
        self._lacks: set[str] = set()

    def __contains__(self, parameter: str) -> bool:
        return parameter in self._lacks

    def learn(self, fault: Fault, body: Mapping[str, Any]) -> bool:
        """Whether a fault was about a parameter of ours that can be done without, so that asking again is worth it."""
        if fault.kind != "refused":
            return False
        named = [name for name in self._known if name in fault.detail and name in body]
        self._lacks.update(named)
        return bool(named)


def sendable(text: str) -> str:
    """The text with lone surrogates replaced: JSON can carry them, UTF-8 and SQLite cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def system_prompt_with_schema(call: Call) -> str:
    """The system prompt with the schema in words, for servers without structured output."""
    schema = json.dumps(call.json_schema, ensure_ascii=False)
    return f"{call.system}\n\nAnswer with nothing but JSON that satisfies this JSON Schema: {schema}".strip()


def tokens_at_most(call: Call) -> int:
    """Tokens of a call's prompt, roughly and rather too many: one for every three characters (English has four or more
    characters to a token, code and other scripts fewer).
    """
    characters = len(call.system) + sum(len(message.content) for message in call.messages)
    if call.json_schema is not None:
        characters += len(str(call.json_schema))
    return characters // 3 + 8
