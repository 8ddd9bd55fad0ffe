"""One request on its way to a completion or a failure: usually one call, two where the answer was cut off or malformed.

What happens next depends on nothing but the answers, so the same answers, asked or replayed, lead to the same outcome.
"""

import hashlib
from dataclasses import dataclass

from tasks.core.params import canonical_json
from tasks.teachers.answers import AskAgain, Unusable, judge
from tasks.teachers.prices import model_of
from tasks.teachers.protocol import Completion, Failure, Message, Request, TeacherSettings
from tasks.teachers.provider import Answer, Call, sendable


@dataclass
class Received:
    """An answer, what it cost, and whether the journal had it."""

    answer: Answer
    usd: float | None
    replayed: bool


def call_of(request: Request, settings: TeacherSettings) -> Call:
    """A request as it goes to the model of the settings."""
    return Call(
        model=model_of(settings),
        system=sendable(request.system),
        messages=tuple(Message(role=turn.role, content=sendable(turn.content)) for turn in request.messages),
        max_tokens=request.max_tokens or settings.max_tokens,
        temperature=settings.temperature if request.temperature is None else request.temperature,
        json_schema=request.json_schema,
        sample=request.sample,
    )


def digest_of(provider: str, call: Call) -> str:
    """The hash a call is journalled under: everything that can change its answer; not the address, keys or concurrency."""
    turns = [[message.role, message.content] for message in call.messages]
    parts = [provider, call.model, call.system, turns, call.json_schema, call.sample, call.max_tokens, call.temperature]
    return hashlib.sha256(canonical_json(parts).encode("utf-8", "surrogatepass")).hexdigest()


class Exchange:
    """A request and what has been said about it so far. `call` is what to ask now, `digest` its hash."""

    def __init__(self, provider: str, request: Request, settings: TeacherSettings) -> None:
        self._provider = provider
        self.call = call_of(request, settings)
        self.digest = self.request_hash = digest_of(provider, self.call)
        self._tried: frozenset[str] = frozenset()
        self._received: list[Received] = []

    @property
    def has_answers(self) -> bool:
        """Whether the first answer is in."""
        return bool(self._received)

    def receive(self, got: Received) -> Completion | Failure | None:
        """What comes of an answer to `call`; None if there is another call to make."""
        self._received.append(got)
        verdict = judge(self.call, got.answer, self._tried)
        if isinstance(verdict, AskAgain):
            self.call, self._tried = verdict.call, self._tried | {verdict.reason}
            self.digest = digest_of(self._provider, self.call)
            return None
        if isinstance(verdict, Unusable):
            return Failure(request_hash=self.request_hash, error=verdict.error, refused=verdict.refused)
        prices = [received.usd for received in self._received]
        known = [usd for usd in prices if usd is not None]
        return Completion(
            request_hash=self.request_hash,
            text=verdict.text,
            data=verdict.data,
            finish=got.answer.finish or "",
            tokens_in=sum(received.answer.tokens_in for received in self._received),
            tokens_out=sum(received.answer.tokens_out for received in self._received),
            cost_usd=sum(known) if len(known) == len(prices) else None,
            replayed=all(received.replayed for received in self._received),
        )

    def give_up(self, error: str) -> Failure:
        """The failure of a request whose call brought no answer."""
        return Failure(request_hash=self.request_hash, error=error)
