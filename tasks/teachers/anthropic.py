"""Anthropic's protocol: messages and message batches, through the official SDK with its retries off."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tasks.teachers.connections import client
from tasks.teachers.http import json_body, objects, status_fault, translated
from tasks.teachers.provider import Answer, Call, Fault, UnsupportedParameters, system_prompt_with_schema

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

    def __init__(self, key: str, base_url: str, most_requests: int, timeout: float) -> None:
        import anthropic

        self._client = anthropic.AsyncAnthropic(
            api_key=key or "none",
            base_url=base_url.rstrip("/").removesuffix("/v1") or None,  # the SDK adds /v1 itself
            max_retries=0,
            timeout=timeout,
            http_client=client(base_url, most_requests, timeout),
        )
        self._timeout = timeout
        self._unsupported = UnsupportedParameters("temperature", "output_config")

    async def send(self, call: Call) -> Answer:
        """The answer to one call. Raises Fault."""
        import httpx2

        while True:
            body = self.body(call)
            try:
                async with translated(self._timeout):
                    response = await self._client.post("/v1/messages", cast_to=httpx2.Response, body=body)
                return answer(json_body(response))
            except Fault as fault:
                if not self._unsupported.learn(fault, body):
                    raise

    def body(self, call: Call) -> dict[str, Any]:
        """The request's JSON."""
        plain = call.json_schema is None or "output_config" in self._unsupported
        system = system_prompt_with_schema(call) if plain and call.json_schema is not None else call.system
        turns = [{"role": message.role, "content": message.content} for message in call.messages]
        body: dict[str, Any] = {"model": call.model, "max_tokens": call.max_tokens, "messages": turns}
        if system:
            body["system"] = system
        if "temperature" not in self._unsupported:
            body["temperature"] = min(call.temperature, 1.0)  # the vendor's highest value
        if not plain:
            import anthropic

            # what the vendor cannot enforce, the SDK puts into descriptions; `answers` checks all of it
            schema = anthropic.transform_schema(dict(call.json_schema or {}))
            body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        return body

    async def submit(self, calls: Mapping[str, Call]) -> str:
        """Start a message batch; returns its id. Raises Fault."""
        import httpx2

        requests = [{"custom_id": digest, "params": self.body(call)} for digest, call in calls.items()]
        async with translated(self._timeout):
            response = await self._client.post(
                "/v1/messages/batches", cast_to=httpx2.Response, body={"requests": requests}
            )
        return str(json_body(response)["id"])

    async def ended(self, batch: str) -> bool:
        """Whether a batch has ended. Raises Fault."""
        async with translated(self._timeout):
            state = await self._client.messages.batches.retrieve(batch)
        return state.processing_status == "ended"

    async def fetch(self, batch: str) -> dict[str, Answer | Fault]:
        """The results of a batch, by the calls' hashes; calls that expired or were cancelled are missing. Raises Fault."""
        import httpx2

        async with translated(self._timeout):
            state = await self._client.messages.batches.retrieve(batch)
            response = await self._client.get(str(state.results_url), cast_to=httpx2.Response)
        results = ((line["custom_id"], line["result"]) for line in objects(response.text))
        return {
            digest: self._result(result) for digest, result in results if result["type"] in ("succeeded", "errored")
        }

    def _result(self, result: Mapping[str, Any]) -> Answer | Fault:
        if result["type"] == "succeeded":
            try:
                return answer(result["message"])
            except Fault as unusable:
                return unusable
        error = result["error"].get("error") or result["error"]
        kind = str(error.get("type"))
        fault = status_fault(
            ERROR_STATUS.get(kind, 500), json.dumps({"error": {"message": "no reason given", **error}}), {}
        )
        parameters = dict.fromkeys(("temperature", "output_config"))
        return Fault("trouble", fault.detail) if self._unsupported.learn(fault, parameters) else fault

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def answer(body: Any) -> Answer:
    """The text blocks of a message, without thinking; raises Fault where the body is not a message."""
    try:
        usage = body.get("usage") or {}
        read = sum(int(usage.get(f"{kind}input_tokens") or 0) for kind in ("", "cache_creation_", "cache_read_"))
        return Answer(
            text="".join(str(block["text"]) for block in body["content"] if block["type"] == "text"),
            finish=body.get("stop_reason"),
            tokens_in=read,
            tokens_out=int(usage.get("output_tokens") or 0),
            refused=body.get("stop_reason") == "refusal",
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Fault.unusable("not a message", json.dumps(body)) from None
