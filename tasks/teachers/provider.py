"""What a provider is: it turns one call into one answer, or into a fault of a kind that decides what to do next."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from tasks.teachers.dialect import Dialect, Form
from tasks.teachers.protocol import Message

SEEN_CHARACTERS: Final = 200
"""So many characters of an unusable body are quoted in the error."""

MOST_TOKENS: Final = 2**63 - 1
"""The largest count that a database holds."""


@dataclass(frozen=True)
class Call:
    """One request as it is sent to a model. Every field can change the answer, so every field is part of its hash."""

    model: str
    system: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float
    json_schema: Mapping[str, Any] | None = None
    sample: int = 0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What the model answered; `finish` is the vendor's reason for its end, reasoning the leading block of `text`."""

    text: str
    finish: str | None
    tokens_in: int
    tokens_out: int
    refused: bool = False
    alternatives: tuple[tuple[str, float], ...] = ()
    """Tokens that the first word of the answer could have been, with the logarithms of their probabilities; only where the call
    has `choices` and the server gives them."""
    cached: int = 0
    """Of `tokens_in`: those that the vendor had in its cache of prompts. Only their price is kept in the journal."""
    written: int = 0
    """Of `tokens_in`: those that the vendor put there."""


@dataclass
class Fault(Exception):
    """A call that gave no answer. `kind` decides what happens next; `detail` is one line for a person.

    Kinds: `busy` (429: wait, then ask again), `away` (refused connection, 502, 503, 529: nobody is answered), `trouble`
    (500, a timeout, a cut connection: perhaps because of this request), `garbage` (200 without a usable body), `refused` (400:
    this request, in this form, will never be answered), `void` (the vendor refused a whole batch), `stop` (key, quota, model,
    certificate: no request will ever be answered).
    """

    kind: str
    detail: str
    retry_after: float | None = None
    """Seconds the server asked us to wait."""
    maybe_paid: bool = False
    """The model may have written an answer that was lost in the network."""
    status: int | None = None
    """The HTTP status, where there was one."""
    parameter: str = ""
    """The parameter that the server refused, where it names one in a field of its own."""

    def __str__(self) -> str:
        return self.detail

    @classmethod
    def unusable(cls, what: str, body: str) -> "Fault":
        """The fault for a body that cannot be used, with its first characters."""
        seen = sendable(" ".join(body[: 4 * SEEN_CHARACTERS].split())[:SEEN_CHARACTERS])
        return cls("garbage", f"{what}: {seen}" if seen else what)


class Provider(Protocol):
    """Speaks one vendor's protocol. Used on the teachers' event loop only."""

    batch_size: int
    """The most requests in one batch."""
    dialect: Dialect
    """What the server is known to lack."""

    def features(self, call: Call, form: Form) -> set[str]:
        """The features of the protocol that the request for a call uses in this form, of those that a server may lack."""
        ...

    async def send(self, call: Call, form: Form) -> Answer:
        """The answer to one call, for which one request is sent, in the form given. Raises Fault."""
        ...

    async def submit(self, calls: Mapping[str, Call]) -> str:
        """Start a batch of calls, by their hashes; returns the vendor's id of it. Raises Fault."""
        ...

    async def ended(self, batch: str) -> bool:
        """Whether a batch has ended. Raises Fault, with status 404 if the vendor does not know the batch."""
        ...

    async def fetch(self, batch: str) -> dict[str, Answer | Fault]:
        """The results of a batch that has ended, by hash; calls that expired are missing. Raises Fault."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


def sendable(text: str) -> str:
    """The text with lone surrogates replaced: JSON can carry them, UTF-8 and SQLite cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def system_prompt_with_schema(call: Call) -> str:
    """The system prompt with the schema in it, for servers without structured output."""
    schema = json.dumps(call.json_schema, ensure_ascii=False)
    return f"{call.system}\n\nAnswer with nothing but JSON that satisfies this JSON Schema: {schema}".strip()


def tokens_at_most(call: Call) -> int:
    """An upper estimate of the tokens of a call's prompt: one for every three characters.

    English has four or more characters to a token, code and other scripts fewer.
    """
    characters = len(call.system) + sum(len(message.content) for message in call.messages)
    if call.json_schema is not None:
        characters += len(str(call.json_schema))
    return characters // 3 + 8
