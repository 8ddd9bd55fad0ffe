"""Anthropic's protocol: messages and message batches, through the official SDK with its retries off."""

import functools
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from tasks.teachers import reasoning
from tasks.teachers.bodies import (
    MOST_BYTES,
    arguments,
    counts,
    error_fault,
    identifier,
    json_body,
    objects,
    part_of,
    parts,
    seen,
    word,
)
from tasks.teachers.connections import client
from tasks.teachers.dialect import Dialect, Feature, Form
from tasks.teachers.http import status_fault, translated
from tasks.teachers.provider import Answer, Call, Fault, system_prompt_with_schema

LACKING: Final = {
    "output_config": Feature(("output_config",), ("output_config", "json_schema", "structured output"), guess=True),
    "temperature": Feature(("temperature",), ("temperature",)),
    "cache_control": Feature(("system",), ("cache_control", "system"), guess=True),
    "system": Feature(("system",), ("system",), guess=True),
    "in_one_piece": Feature(("stream",), ("stream",)),
}
"""What servers of this protocol may lack; `in_one_piece` are answers that are not streamed."""

LEAST_CACHED: Final = 4_000
"""Characters of a system message that the vendor is asked to keep: no model of its keeps less than 1,024 tokens, some need more,
and a shorter message costs nothing by the mark (several descriptions of its prompt caching, looked at on 2026-11-30)."""

ERROR_STATUS: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "overloaded_error": 529,
}
"""The statuses that belong to the vendor's error types; a batch's results name the types only."""


class AnthropicProvider:
    """Messages at Anthropic or a compatible base URL."""

    batch_size = 100_000

    def __init__(
        self, key: str, base_url: str, most_requests: int, timeout: float, most_bytes: int = MOST_BYTES
    ) -> None:
        import anthropic

        self._client = anthropic.AsyncAnthropic(
            api_key=key or "none",
            base_url=base_url.rstrip("/").removesuffix("/v1") or None,  # the SDK adds /v1 itself
            max_retries=0,
            timeout=timeout,
            http_client=client(base_url, most_requests, timeout, most_bytes),
        )
        self._timeout, self._most_bytes = timeout, most_bytes
        self.dialect = Dialect(LACKING)

    async def send(self, call: Call, form: Form) -> Answer:
        """The answer to one call. Raises Fault."""
        import httpx2

        async with translated(self._timeout):
            response = await self._client.post("/v1/messages", cast_to=httpx2.Response, body=self.body(call, form))
        return answer(json_body(response))

    def features(self, call: Call, form: Form) -> set[str]:
        """What the request for a call uses of LACKING."""
        used = {"temperature", "in_one_piece"}
        if call.json_schema is not None:
            used.add("output_config")
        if call.system or (call.json_schema is not None and "output_config" in form):
            used.add("system")
        if _asks_to_keep(call, form):
            used.add("cache_control")
        return used - form

    def body(self, call: Call, form: Form) -> dict[str, Any]:
        """The request's JSON, without the features in `form`."""
        plain = call.json_schema is None or "output_config" in form
        system = system_prompt_with_schema(call) if plain and call.json_schema is not None else call.system
        turns = [{"role": message.role, "content": message.content} for message in call.messages]
        if system and "system" in form and turns[0]["role"] == "user":
            turns[0]["content"] = f"{system}\n\n{turns[0]['content']}"
        body: dict[str, Any] = {"model": call.model, "max_tokens": call.max_tokens, "messages": turns}
        if system and "system" not in form:
            block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
            body["system"] = [block] if _asks_to_keep(call, form) else system
        if "temperature" not in form:
            body["temperature"] = min(call.temperature, 1.0)  # the vendor's highest value
        if not plain:
            schema = _enforceable(json.dumps(call.json_schema))
            body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        if "in_one_piece" in form:
            body["stream"] = True
        return body

    async def submit(self, calls: Mapping[str, Call]) -> str:
        """Start a message batch; returns its id. Raises Fault."""
        import httpx2

        form = self.dialect.form - {"in_one_piece"}
        requests = [{"custom_id": digest, "params": self.body(call, form)} for digest, call in calls.items()]
        async with translated(self._timeout):
            response = await self._client.post(
                "/v1/messages/batches", cast_to=httpx2.Response, body={"requests": requests}
            )
        return identifier(json_body(response))

    async def ended(self, batch: str) -> bool:
        """Whether a batch has ended. Raises Fault."""
        return (await self._state(batch)).get("processing_status") == "ended"

    async def fetch(self, batch: str) -> dict[str, Answer | Fault]:
        """The results of a batch, by the calls' hashes; calls that expired or were cancelled are missing. Raises Fault.

        They are asked for at our own address only, whatever the server says: the key travels with the question.
        """
        import httpx2

        path = self._results_path(batch, (await self._state(batch)).get("results_url"))
        async with translated(self._timeout):
            response = await self._client.get(path, cast_to=httpx2.Response)
        lines = ((line.get("custom_id"), line.get("result")) for line in objects(response.content, self._most_bytes))
        return {
            digest: _result(result)
            for digest, result in lines
            if isinstance(digest, str)
            and isinstance(result, Mapping)
            and result.get("type") in ("succeeded", "errored")
        }

    def _results_path(self, batch: str, given: Any) -> str:
        """The path of a batch's results: the one given if it is at our own address, or else the documented one."""
        ours = self._client.base_url
        try:
            url = urlsplit(given) if isinstance(given, str) else urlsplit("")
            if (url.scheme, url.hostname, url.port) == (ours.scheme, ours.host, ours.port) and not url.username:
                return url.geturl()
        except ValueError:
            pass
        return f"/v1/messages/batches/{quote(batch, safe='')}/results"

    async def _state(self, batch: str) -> dict[str, Any]:
        import httpx2

        async with translated(self._timeout):
            path = f"/v1/messages/batches/{quote(batch, safe='')}"
            response = await self._client.get(path, cast_to=httpx2.Response)
        return json_body(response)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


@functools.lru_cache(maxsize=64)
def _enforceable(schema: str) -> dict[str, Any]:
    """A schema as the vendor can enforce it: the SDK puts the rest into descriptions; `answers` checks all of it."""
    import anthropic

    return anthropic.transform_schema(json.loads(schema))


def _asks_to_keep(call: Call, form: Form) -> bool:
    """Whether the vendor is asked to keep the system message of a call, which is the same for many rows."""
    return len(call.system) >= LEAST_CACHED and not form & {"system", "cache_control"}


def answer(body: Mapping[str, Any]) -> Answer:
    """What a message says, with its thinking as the leading block; raises Fault where the body is not a message."""
    content = body.get("content")
    if body.get("error") and not content:  # an error that some servers send with status 200
        raise error_fault(body)
    if not isinstance(content, list | str):
        raise Fault.unusable("not a message", seen(body))
    text, thoughts = parts(content)
    blocks = [block for block in content if isinstance(block, Mapping)] if isinstance(content, list) else []
    given = arguments(block.get("input") for block in blocks if block.get("type") == "tool_use")
    read = [f"{kind}input_tokens" for kind in ("", "cache_creation_", "cache_read_")]
    tokens_in, tokens_out = counts(body.get("usage"), read, "output_tokens")
    cached = part_of(tokens_in, body.get("usage"), "cache_read_input_tokens")
    finish = word(body.get("stop_reason"))
    return Answer(
        text=reasoning.joined(thoughts, "\n".join(filter(None, (text, given)))),
        finish="tool_use" if given else finish,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        refused=finish == "refusal",
        cached=cached,
        written=part_of(tokens_in - cached, body.get("usage"), "cache_creation_input_tokens"),
    )


def _result(result: Mapping[str, Any]) -> Answer | Fault:
    """What a result of a batch says."""
    try:
        if result["type"] == "succeeded":
            message = result.get("message")
            return answer(message if isinstance(message, Mapping) else {})
        outer = result.get("error")
        error = outer.get("error") or outer if isinstance(outer, Mapping) else outer
        kind = error.get("type") if isinstance(error, Mapping) else None
        status = ERROR_STATUS.get(kind, 500) if isinstance(kind, str) else 500
        return status_fault(status, seen({"error": error or "no reason given"}), {})
    except Fault as fault:
        return fault
