"""What a provider does: turn one call into one answer, or into a fault that says what may be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tasks.teachers.protocol import Message

SEEN_CHARACTERS = 200
"""Of a body that cannot be used, this many characters are kept in the error."""


@dataclass(frozen=True)
class Call:
    """One question as it goes to a model."""

    model: str
    system: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float | None
    """None: not sent, because the model refuses the parameter."""
    json_schema: Mapping[str, Any] | None = None


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
    this request will never be answered), `stop` (key, quota, model: no request will ever be answered).
    """

    kind: str
    detail: str
    retry_after: float | None = None
    """Seconds the server asked us to wait."""
    status: int | None = None
    parameter: str = ""
    """The parameter the server does not accept, where it says so."""

    def __str__(self) -> str:
        return self.detail

    @classmethod
    def unusable(cls, what: str, body: str) -> "Fault":
        """A body that cannot be used, its first characters kept."""
        seen = " ".join(body.split())[:SEEN_CHARACTERS]
        return cls("garbage", f"{what}: {seen}" if seen else what)


class Provider(Protocol):
    """One vendor's way of asking."""

    async def send(self, call: Call) -> Answer:
        """The answer; raises Fault."""
        ...

    async def close(self) -> None:
        """Lets go of connections."""
        ...
