"""The teacher that stages hold: requests in, completions and failures out, in order."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.core.params import canonical_json
from tasks.teachers.openai import OpenAIProvider
from tasks.teachers.protocol import Budget, Completion, Failure, Request, Teacher, TeacherSettings
from tasks.teachers.provider import Call, Fault


class Asking:
    """A teacher behind a provider."""

    def __init__(self, settings: TeacherSettings, tools: Tools) -> None:
        self.name = f"{settings.provider}/{settings.model}"
        self._settings, self._tools = settings, tools

    def ask(self, requests: Sequence[Request]) -> list[Completion | Failure]:
        """Answers in the order of the requests."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, self._all(requests)).result()

    async def _all(self, requests: Sequence[Request]) -> list[Completion | Failure]:
        s = self._settings
        provider = OpenAIProvider(os.environ.get("OPENAI_API_KEY", ""), s.base_url, s.concurrency, s.timeout_seconds)
        slots = asyncio.Semaphore(s.concurrency)

        async def one(request: Request) -> Completion | Failure:
            digest = hashlib.sha256(canonical_json([self.name, request]).encode()).hexdigest()
            temperature = s.temperature if request.temperature is None else request.temperature
            call = Call(s.model, request.system, request.messages, request.max_tokens or s.max_tokens, temperature)
            async with slots:
                try:
                    got = await provider.send(call)
                except Fault as fault:
                    return Failure(request_hash=digest, error=fault.detail)
            return Completion(
                request_hash=digest,
                text=got.text,
                finish=got.finish or "",
                tokens_in=got.tokens_in,
                tokens_out=got.tokens_out,
                cost_usd=None,
                replayed=False,
            )

        answers = await asyncio.gather(*map(one, requests))
        await provider.close()
        return answers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_teacher(settings: TeacherSettings, tools: Tools, budget: Budget = Budget()) -> Teacher:  # noqa: B008, ARG001
    """A teacher for these settings."""
    if settings.provider == "none":
        raise BadInput("teacher.provider is none: no model was named to ask; set it to openai, anthropic or local")
    return Asking(settings, tools)
