"""OpenAI's protocol, as spoken by OpenAI, vLLM, Ollama, llama.cpp and many others.

The official SDK sends, authenticates and classifies errors; its retries are off, because waiting, journalling and giving up
are decided in one place for all vendors. Answers are read from the raw body: that halves the time spent on the CPU
(0.7 instead of 1.1 ms per request), and a body that is not what it should be becomes a Fault instead of an AttributeError.
"""

from typing import Any

from tasks.teachers.http import json_body, translated, transport
from tasks.teachers.provider import Answer, Call, Fault


class OpenAIProvider:
    """Chat completions at any base URL."""

    def __init__(self, key: str, base_url: str, concurrency: int, timeout: float) -> None:
        import openai

        self._client = openai.AsyncOpenAI(
            api_key=key or "none",  # servers on one's own machine ask for no key, the SDK does
            base_url=base_url or None,
            max_retries=0,
            timeout=timeout,
            http_client=transport(base_url, concurrency, timeout),
        )
        self._timeout = timeout
        self._compatible = bool(base_url)

    async def send(self, call: Call) -> Answer:
        """The answer to one call; raises Fault."""
        import httpx2

        async with translated(self._timeout):
            response = await self._client.post("/chat/completions", cast_to=httpx2.Response, body=self.body(call))
        return answer(json_body(response))

    def body(self, call: Call) -> dict[str, Any]:
        """The request's JSON."""
        system = [{"role": "system", "content": call.system}] if call.system else []
        turns = [{"role": message.role, "content": message.content} for message in call.messages]
        room = "max_tokens" if self._compatible else "max_completion_tokens"
        body: dict[str, Any] = {"model": call.model, "messages": [*system, *turns], room: call.max_tokens}
        if call.temperature is not None:
            body["temperature"] = call.temperature
        if call.json_schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": dict(call.json_schema)},
            }
        return body

    async def close(self) -> None:
        """Lets go of connections."""
        await self._client.close()


def answer(body: dict[str, Any]) -> Answer:
    """The first choice of a chat completion; raises Fault where the body is not one."""
    try:
        choice, usage = body["choices"][0], body.get("usage") or {}
        message = choice["message"]
        return Answer(
            text=message.get("content") or message.get("refusal") or "",
            finish=choice.get("finish_reason"),
            tokens_in=int(usage.get("prompt_tokens") or 0),
            tokens_out=int(usage.get("completion_tokens") or 0),
            refused=bool(message.get("refusal")) or choice.get("finish_reason") == "content_filter",
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        raise Fault.unusable("not a chat completion", str(body)) from None
