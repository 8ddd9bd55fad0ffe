"""OpenAI's protocol, which vLLM, Ollama, llama.cpp and many others speak too.

The official SDK sends and authenticates; its retries are off, because `sender` decides for all vendors when a call is repeated.
Answers are read from the raw body: that saves a third of the CPU time (0.7 instead of 1.1 ms per request), and a malformed body
becomes a Fault instead of an AttributeError.
"""

import functools
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

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
from tasks.teachers.choices import ASKED, alternatives
from tasks.teachers.connections import client
from tasks.teachers.dialect import Dialect, Feature, Form
from tasks.teachers.http import status_fault, translated
from tasks.teachers.provider import Answer, Call, Fault, system_prompt_with_schema

BATCH_ENDED: Final = frozenset({"completed", "expired", "cancelled", "failed"})

LACKING: Final = {
    "response_format": Feature(
        ("response_format", "json_schema", "guided_json"),
        ("response_format", "json_schema", "json schema", "json mode", "structured output", "guided"),
        guess=True,
    ),
    "temperature": Feature(("temperature",), ("temperature",)),
    "logprobs": Feature(("logprobs", "top_logprobs"), ("logprob",), guess=True),
    "system": Feature(("messages", "system"), ("system", "role"), guess=True),
    "max_tokens": Feature(("max_tokens",), ("'max_completion_tokens' instead",)),
    "max_completion_tokens": Feature(("max_completion_tokens",), ("'max_tokens' instead",)),
    "in_one_piece": Feature(("stream",), ("stream",)),
    "stream_options": Feature(("stream_options",), ("stream_options", "include_usage")),
}
"""What servers of this protocol may lack; `in_one_piece` are answers that are not streamed."""


class OpenAIProvider:
    """Chat completions at any base URL, and OpenAI's batches."""

    batch_size = 50_000

    def __init__(
        self,
        key: str,
        base_url: str,
        most_requests: int,
        timeout: float,
        most_bytes: int = MOST_BYTES,
        repeatable: bool = False,
    ) -> None:
        import openai

        self._client = openai.AsyncOpenAI(
            api_key=key or "none",  # a server on this machine needs no key, but the SDK wants one
            base_url=base_url or None,
            max_retries=0,
            timeout=timeout,
            http_client=client(base_url, most_requests, timeout, most_bytes),
        )
        self._completions = f"{self._client.base_url}chat/completions"  # whole: the SDK takes longest to join addresses
        self._timeout, self._most_bytes = timeout, most_bytes
        self._repeatable = repeatable
        self.dialect = Dialect(LACKING)
        self._limit_names = (
            ["max_tokens", "max_completion_tokens"] if base_url else ["max_completion_tokens", "max_tokens"]
        )

    async def send(self, call: Call, form: Form) -> Answer:
        """The answer to one call. Raises Fault."""
        import httpx2

        async with translated(self._timeout):
            response = await self._client.post(self._completions, cast_to=httpx2.Response, body=self.body(call, form))
        return answer(json_body(response))

    def features(self, call: Call, form: Form) -> set[str]:
        """What the request for a call uses of LACKING."""
        used = {"temperature", "in_one_piece", *self._limit_names[:1]} - form
        if not used & set(self._limit_names):
            used |= set(self._limit_names) - form
        if "in_one_piece" in form:
            used |= {"stream_options"} - form
        if call.json_schema is not None:
            used |= {"response_format"} - form
        if call.choices:
            used |= {"logprobs"} - form
        in_words = call.json_schema is not None and "response_format" in form
        return used | ({"system"} - form if call.system or in_words else set())

    def body(self, call: Call, form: Form) -> dict[str, Any]:
        """The request's JSON, without the features in `form`."""
        plain = call.json_schema is None or "response_format" in form
        prompt = system_prompt_with_schema(call) if plain and call.json_schema is not None else call.system
        turns = [{"role": message.role, "content": message.content} for message in call.messages]
        if prompt and "system" in form and turns[0]["role"] == "user":
            turns[0]["content"] = f"{prompt}\n\n{turns[0]['content']}"
        elif prompt:
            turns.insert(0, {"role": "user" if "system" in form else "system", "content": prompt})
        body: dict[str, Any] = {"model": call.model, "messages": turns}
        if limit := next((name for name in self._limit_names if name not in form), None):
            body[limit] = call.max_tokens
        if "temperature" not in form:
            body["temperature"] = call.temperature
        if not plain:
            strict = _takes_strict_mode(json.dumps(call.json_schema))
            asked = {"name": "answer", "schema": dict(call.json_schema or {}), "strict": strict}
            body["response_format"] = {"type": "json_schema", "json_schema": asked}
        if call.choices and "logprobs" not in form:
            body |= {"logprobs": True, "top_logprobs": ASKED}
        if "in_one_piece" in form:
            body["stream"] = True
            if "stream_options" not in form:
                body["stream_options"] = {"include_usage": True}
        if self._repeatable:
            body["seed"] = call.sample
        return body

    async def submit(self, calls: Mapping[str, Call]) -> str:
        """Upload a file of requests and start a batch on it; returns its id. Raises Fault."""
        lines = [
            {"custom_id": digest, "method": "POST", "url": "/v1/chat/completions", "body": self._batch_body(call)}
            for digest, call in calls.items()
        ]
        content = "\n".join(map(json.dumps, lines)).encode()
        async with translated(self._timeout):
            file = await self._client.files.with_raw_response.create(file=("requests.jsonl", content), purpose="batch")
            batch = await self._client.batches.with_raw_response.create(
                input_file_id=identifier(json_body(file.http_response)),
                endpoint="/v1/chat/completions",
                completion_window="24h",
            )
        return identifier(json_body(batch.http_response))

    def _batch_body(self, call: Call) -> dict[str, Any]:
        return self.body(call, self.dialect.form - {"in_one_piece"})

    async def ended(self, batch: str) -> bool:
        """Whether a batch has ended, whether it succeeded or not. Raises Fault."""
        return (await self._state(batch)).get("status") in BATCH_ENDED

    async def fetch(self, batch: str) -> dict[str, Answer | Fault]:
        """The results in the batch's output and error files, by the calls' hashes. Raises Fault."""
        import httpx2

        state = await self._state(batch)
        names = [state.get(name) for name in ("output_file_id", "error_file_id")]
        files = [name for name in names if name and isinstance(name, str)]
        if not files and state.get("status") == "failed":
            raise Fault(
                "void", f"the vendor refused the batch: {status_fault(400, json.dumps(_first_error(state)), {})}"
            )
        found: dict[str, Answer | Fault] = {}
        for name in files:
            async with translated(self._timeout):
                path = f"/files/{quote(name, safe='')}/content"
                response = await self._client.get(path, cast_to=httpx2.Response)
            for line in objects(response.content, self._most_bytes):
                if isinstance(digest := line.get("custom_id"), str):
                    found[digest] = _line(line)
        return found

    async def _state(self, batch: str) -> dict[str, Any]:
        import httpx2

        async with translated(self._timeout):
            response = await self._client.get(f"/batches/{quote(batch, safe='')}", cast_to=httpx2.Response)
        return json_body(response)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def answer(body: Mapping[str, Any]) -> Answer:
    """The first choice of a chat completion; raises Fault where the body is not one."""
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if body.get("error") and not choice:  # an error that some servers send with status 200
        raise error_fault(body)
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        raise Fault.unusable("not a chat completion", seen(body))
    if choice.get("error"):
        raise error_fault(choice)
    text, thoughts = parts(message.get("content"))
    beside = next((message[name] for name in ("reasoning_content", "reasoning", "thinking") if message.get(name)), "")
    refusal = message.get("refusal")
    calls = message.get("tool_calls")
    functions = [call.get("function") for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []
    given = arguments(f.get("arguments") for f in (*functions, message.get("function_call")) if isinstance(f, Mapping))
    text = "\n".join(filter(None, (text, given))) or (refusal if isinstance(refusal, str) else "")
    tokens_in, tokens_out = counts(body.get("usage"), ["prompt_tokens"], "completion_tokens")
    return Answer(
        text=reasoning.joined("\n".join(filter(None, (thoughts, parts(beside)[0]))), text),
        finish="tool_calls" if given else word(choice.get("finish_reason")),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        refused=bool(refusal),
        cached=part_of(tokens_in, body.get("usage"), "prompt_tokens_details", "cached_tokens"),
        alternatives=alternatives(choice.get("logprobs")),
    )


def _line(line: Mapping[str, Any]) -> Answer | Fault:
    """What a line of a batch's results says."""
    response = line.get("response")
    response = response if isinstance(response, Mapping) else {}
    status, body = response.get("status_code"), response.get("body")
    try:
        if status == 200 and isinstance(body, Mapping):
            return answer(body)
        status = status if isinstance(status, int) and status >= 400 else 500
        return status_fault(status, seen(body or {"error": line.get("error")}), {})
    except Fault as fault:
        return fault


def _first_error(state: Mapping[str, Any]) -> Any:
    """What a batch that failed gives as its reason."""
    errors = state.get("errors")
    listed = errors.get("data") if isinstance(errors, Mapping) else errors
    return {"error": listed[0] if isinstance(listed, list) and listed else "no reason given"}


@functools.lru_cache(maxsize=64)
def _takes_strict_mode(schema: str) -> bool:
    return _is_strict(json.loads(schema))


def _is_strict(schema: Any) -> bool:
    """Whether OpenAI's strict mode takes the schema: every object closed, every property required."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    closed = schema.get("additionalProperties") is False
    whole = set(schema.get("required", ())) == set(schema.get("properties", ()))
    return (schema.get("type") != "object" or (closed and whole)) and all(map(_is_strict, schema.values()))
