"""OpenAI's protocol, which vLLM, Ollama, llama.cpp and many others speak too.

The official SDK sends and authenticates; its retries are off, because `sender` decides for all vendors when a call is repeated.
Answers are read from the raw body: that saves a third of the CPU time (0.7 instead of 1.1 ms per request), and a malformed body
becomes a Fault instead of an AttributeError.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from tasks.teachers.connections import client
from tasks.teachers.http import json_body, objects, status_fault, translated
from tasks.teachers.provider import Answer, Call, Fault, UnsupportedParameters, system_prompt_with_schema

BATCH_ENDED: Final = frozenset({"completed", "expired", "cancelled", "failed"})


class OpenAIProvider:
    """Chat completions at any base URL, and OpenAI's batches."""

    batch_size = 50_000

    def __init__(self, key: str, base_url: str, most_requests: int, timeout: float, repeatable: bool = False) -> None:
        import openai

        self._client = openai.AsyncOpenAI(
            api_key=key or "none",  # a server on this machine needs no key, but the SDK wants one
            base_url=base_url or None,
            max_retries=0,
            timeout=timeout,
            http_client=client(base_url, most_requests, timeout),
        )
        self._timeout = timeout
        self._repeatable = repeatable
        self._unsupported = UnsupportedParameters(
            "temperature", "max_completion_tokens", "max_tokens", "response_format"
        )
        self._limit_names = (
            ["max_tokens", "max_completion_tokens"] if base_url else ["max_completion_tokens", "max_tokens"]
        )

    async def send(self, call: Call) -> Answer:
        """The answer to one call. Raises Fault."""
        import httpx2

        while True:
            body = self.body(call)
            try:
                async with translated(self._timeout):
                    response = await self._client.post("/chat/completions", cast_to=httpx2.Response, body=body)
                return answer(json_body(response))
            except Fault as fault:
                if not self._unsupported.learn(fault, body):
                    raise

    def body(self, call: Call) -> dict[str, Any]:
        """The request's JSON."""
        plain = call.json_schema is None or "response_format" in self._unsupported
        prompt = system_prompt_with_schema(call) if plain and call.json_schema is not None else call.system
        system = [{"role": "system", "content": prompt}] if prompt else []
        turns = [{"role": message.role, "content": message.content} for message in call.messages]
        limit = next((name for name in self._limit_names if name not in self._unsupported), self._limit_names[0])
        body: dict[str, Any] = {"model": call.model, "messages": [*system, *turns], limit: call.max_tokens}
        if "temperature" not in self._unsupported:
            body["temperature"] = call.temperature
        if not plain:
            form = {"name": "answer", "schema": dict(call.json_schema or {}), "strict": _is_strict(call.json_schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        if self._repeatable:
            body["seed"] = call.sample
        return body

    async def submit(self, calls: Mapping[str, Call]) -> str:
        """Upload a file of requests and start a batch on it; returns its id. Raises Fault."""
        lines = [
            {"custom_id": digest, "method": "POST", "url": "/v1/chat/completions", "body": self.body(call)}
            for digest, call in calls.items()
        ]
        content = "\n".join(map(json.dumps, lines)).encode()
        async with translated(self._timeout):
            file = await self._client.files.create(file=("requests.jsonl", content), purpose="batch")
            batch = await self._client.batches.create(
                input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
            )
        return batch.id

    async def ended(self, batch: str) -> bool:
        """Whether a batch has ended, whether it succeeded or not. Raises Fault."""
        async with translated(self._timeout):
            state = await self._client.batches.retrieve(batch)
        return state.status in BATCH_ENDED

    async def fetch(self, batch: str) -> dict[str, Answer | Fault]:
        """The results in the batch's output and error files, by the calls' hashes. Raises Fault."""
        async with translated(self._timeout):
            state = await self._client.batches.retrieve(batch)
            files = [name for name in (state.output_file_id, state.error_file_id) if name]
            texts = [(await self._client.files.content(name)).text for name in files]
        if not files and state.status == "failed":
            errors = state.errors.data if state.errors and state.errors.data else []
            why = "; ".join(error.message or "" for error in errors) or "no reason given"
            raise Fault("void", f"the vendor refused the batch: {why}")
        return {line["custom_id"]: self._line(line) for text in texts for line in objects(text)}

    def _line(self, line: Mapping[str, Any]) -> Answer | Fault:
        response = line.get("response") or {}
        status, body = response.get("status_code"), response.get("body")
        if status != 200:
            fault = status_fault(status or 500, json.dumps(body or {"error": line.get("error") or "no reason"}), {})
            parameters = dict.fromkeys(("temperature", *self._limit_names, "response_format"))
            return Fault("trouble", fault.detail) if self._unsupported.learn(fault, parameters) else fault
        try:
            return answer(body)
        except Fault as fault:
            return fault

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def answer(body: Any) -> Answer:
    """The first choice of a chat completion; raises Fault where the body is not one."""
    try:
        choice, usage = body["choices"][0], body.get("usage") or {}
        message = choice["message"]
        return Answer(
            text=str(message.get("content") or message.get("refusal") or ""),
            finish=choice.get("finish_reason"),
            tokens_in=int(usage.get("prompt_tokens") or 0),
            tokens_out=int(usage.get("completion_tokens") or 0),
            refused=bool(message.get("refusal")),
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        raise Fault.unusable("not a chat completion", json.dumps(body)) from None


def _is_strict(schema: Any) -> bool:
    """Whether OpenAI's strict mode takes the schema: every object closed, every property required."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    closed = schema.get("additionalProperties") is False
    whole = set(schema.get("required", ())) == set(schema.get("properties", ()))
    return (schema.get("type") != "object" or (closed and whole)) and all(map(_is_strict, schema.values()))
