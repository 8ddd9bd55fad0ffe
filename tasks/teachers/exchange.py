"""One request and the calls that it takes: usually one, two where the answer was cut off or malformed.

The next step depends on the answers only, so the same answers lead to the same outcome, whether received or replayed.
"""

import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from tasks.core.params import canonical_json
from tasks.teachers.answers import LENGTH_FACTOR, AskAgain, Unusable, assess
from tasks.teachers.choices import probabilities
from tasks.teachers.prices import model_of
from tasks.teachers.protocol import Completion, Failure, Message, Request, TeacherSettings
from tasks.teachers.provider import MOST_TOKENS, Answer, Call, sendable


@dataclass
class Received:
    """An answer, its cost in USD (None: not known), and whether it came from the journal."""

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
        choices=request.choices,
    )


def digest_of(provider: str, location: str, call: Call) -> str:
    """The hash under which a call is journalled, of everything that can change its answer; not of keys or concurrency.

    location: where the model is (`asked_model.where`); empty for the vendor's own address.
    """
    turns = [[message.role, message.content] for message in call.messages]
    rest: list[Any] = [call.sample, call.max_tokens, call.temperature]
    rest += [location] if location else []
    rest += [{"choices": list(call.choices)}] if call.choices else []
    prompt = canonical_json([provider, call.model, call.system, turns])
    text = f"{prompt[:-1]},{_canonical_schema(json.dumps(call.json_schema))},{canonical_json(rest)[1:]}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@functools.lru_cache(maxsize=64)
def _canonical_schema(schema: str) -> str:
    return canonical_json(json.loads(schema))


class Exchange:
    """A request and the answers received so far. `call` is what to send next, `digest` its hash."""

    def __init__(self, location: str, request: Request, settings: TeacherSettings) -> None:
        self._asked = settings.provider, location
        self.call = call_of(request, settings)
        self.digest = self.request_hash = digest_of(*self._asked, self.call)
        self._tried: frozenset[str] = frozenset()
        self._received: list[Received] = []

    @property
    def has_answers(self) -> bool:
        """Whether an answer has been received."""
        return bool(self._received)

    def receive(self, received: Received) -> Completion | Failure | None:
        """The outcome, given the answer to `call`; None if another call is needed, which is then `call`."""
        self._received.append(received)
        verdict = assess(self.call, received.answer, self._tried)
        if isinstance(verdict, AskAgain):
            self.call, self._tried = verdict.call, self._tried | {verdict.reason}
            self.digest = digest_of(*self._asked, self.call)
            return None
        if isinstance(verdict, Unusable):
            return Failure(request_hash=self.request_hash, error=verdict.error, refused=verdict.refused)
        prices = [one.usd for one in self._received]
        known = [usd for usd in prices if usd is not None]
        return Completion(
            request_hash=self.request_hash,
            text=verdict.text,
            reasoning=verdict.reasoning,
            data=verdict.data,
            probabilities=probabilities(self.call.choices, received.answer.alternatives),
            finish=received.answer.finish or "",
            tokens_in=min(sum(one.answer.tokens_in for one in self._received), MOST_TOKENS),
            tokens_out=min(sum(one.answer.tokens_out for one in self._received), MOST_TOKENS),
            cost_usd=sum(known) if len(known) == len(prices) else None,
            replayed=all(one.replayed for one in self._received),
        )

    def give_up(self, error: str) -> Failure:
        """The failure of a request whose call got no answer."""
        if "length" in self._tried:
            error = f"length: cut off at {self.call.max_tokens // LENGTH_FACTOR} tokens; asked for more: {error}"
        return Failure(request_hash=self.request_hash, error=error)
