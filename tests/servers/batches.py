"""Both vendors' batch interfaces: OpenAI's files and batches, Anthropic's message batches.

Each request inside a batch is counted and answered like one asked directly; a Reply with a status of 400 and above is an
errored line, and `expire` leaves requests unanswered as if the vendor had run out of time.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers import wire
from tests.servers.wire import Answer, Seen

if TYPE_CHECKING:
    from tests.servers.models import ModelServer


@dataclass
class Batch:
    """What was submitted and how often it has been polled."""

    id: str
    requests: list[tuple[str, dict[str, Any]]]
    polls: int = 0
    results: list[tuple[str, Seen, wire.Reply]] | None = None


@dataclass
class Batches:
    """Files and batches by id."""

    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    expire: Callable[[str], bool] = lambda _prompt: False
    """Which prompts expire unanswered."""
    results_url: Any = None
    """What Anthropic's state says in place of the address of the results."""

    def handle(
        self, server: "ModelServer", method: str, path: str, headers: dict[str, str], body: bytes
    ) -> Answer | None:
        """The answer, or None if the path is not one of ours."""
        parts = path.strip("/").split("/")[1:]
        match (method, *parts):
            case ("POST", "files"):
                return self._upload(headers, body)
            case ("GET", "files", file_id, "content"):
                return wire.answer(self.files[file_id])
            case ("POST", "batches"):
                lines = [json.loads(line) for line in self.files[json.loads(body)["input_file_id"]].splitlines()]
                return self._openai(self._submit([(line["custom_id"], line["body"]) for line in lines]), server)
            case ("GET", "batches", batch_id) if batch_id in self.batches:
                return self._openai(self._poll(server, batch_id, "/v1/chat/completions"), server)
            case ("POST", "messages", "batches"):
                requests = [(r["custom_id"], r["params"]) for r in json.loads(body)["requests"]]
                return self._anthropic(self._submit(requests), server)
            case ("GET", "messages", "batches", batch_id) if batch_id in self.batches:
                return self._anthropic(self._poll(server, batch_id, "/v1/messages"), server)
            case ("GET", "messages", "batches", batch_id, "results"):
                return wire.answer("\n".join(self._results(batch_id)).encode())
        return None

    def _upload(self, headers: dict[str, str], body: bytes) -> Answer:
        boundary = headers["content-type"].partition("boundary=")[2].strip('"').encode()
        parts = [part.partition(b"\r\n\r\n") for part in body.split(b"--" + boundary)]
        content = next(data for head, _, data in parts if b'name="file"' in head)
        file_id = f"file-{len(self.files)}"
        self.files[file_id] = content.removesuffix(b"\r\n")
        return wire.as_json(self._file(file_id))

    def _file(self, file_id: str) -> dict[str, Any]:
        size = len(self.files[file_id])
        return {"id": file_id, "object": "file", "bytes": size, "created_at": 0, "filename": "b", "purpose": "batch"}

    def _submit(self, requests: list[tuple[str, dict[str, Any]]]) -> Batch:
        batch = Batch(f"batch-{len(self.batches)}", requests)
        self.batches[batch.id] = batch
        return batch

    def _poll(self, server: "ModelServer", batch_id: str, path: str) -> Batch:
        batch = self.batches[batch_id]
        batch.polls += 1
        if batch.polls > server.batch_polls and batch.results is None:
            seen = [(custom_id, server.note(path, {}, body)) for custom_id, body in batch.requests]
            batch.results = [(custom_id, s, server.choose(s)) for custom_id, s in seen if not self.expire(s.prompt)]
        return batch

    def _openai(self, batch: Batch, server: "ModelServer") -> Answer:
        state: dict[str, Any] = {"id": batch.id, "object": "batch", "endpoint": "/v1/chat/completions", "created_at": 0}
        state |= {"completion_window": "24h", "input_file_id": "file-0", "status": "in_progress"}
        if batch.results is not None:
            good, bad = self._lines(batch)
            self.files |= {f"{batch.id}-out": good, f"{batch.id}-errors": bad}
            whole = len(batch.results) == len(batch.requests)
            state |= {"status": "completed" if whole else "expired"}
            state |= {"output_file_id": f"{batch.id}-out" if good else None}
            state |= {"error_file_id": f"{batch.id}-errors" if bad else None}
        return wire.as_json(state)

    def _lines(self, batch: Batch) -> tuple[bytes, bytes]:
        good, bad = [], []
        for custom_id, seen, reply in batch.results or ():
            response = f'{{"status_code": {reply.status}, "request_id": "r", "body": {_body(seen, reply)}}}'
            line = f'{{"id": "l", "custom_id": "{custom_id}", "response": {response}, "error": null}}'
            (good if reply.status < 400 else bad).append(line)
        return "\n".join(good).encode(), "\n".join(bad).encode()

    def _anthropic(self, batch: Batch, server: "ModelServer") -> Answer:
        ended = batch.results is not None
        counts = {"processing": 0, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
        state: dict[str, Any] = {"id": batch.id, "type": "message_batch", "request_counts": counts}
        state |= {"processing_status": "ended" if ended else "in_progress"}
        state |= {"created_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-02T00:00:00Z", "ended_at": None}
        state |= {"archived_at": None, "cancel_initiated_at": None}
        state["results_url"] = f"{server.url}/v1/messages/batches/{batch.id}/results" if ended else None
        if self.results_url is not None:
            state["results_url"] = self.results_url
        return wire.as_json(state)

    def _results(self, batch_id: str) -> list[str]:
        batch = self.batches[batch_id]
        answered = {custom_id: (seen, reply) for custom_id, seen, reply in batch.results or ()}
        lines = []
        for custom_id, _ in batch.requests:
            result = '{"type": "expired"}'
            if custom_id in answered:
                seen, reply = answered[custom_id]
                kind, field = ("succeeded", "message") if reply.status < 400 else ("errored", "error")
                result = f'{{"type": "{kind}", "{field}": {_body(seen, reply)}}}'
            lines.append(f'{{"custom_id": "{custom_id}", "result": {result}}}')
        return lines


def _body(seen: Seen, reply: wire.Reply) -> str:
    """The vendor's JSON for a reply, or what the reply sends in its place, in one line."""
    body = wire.shape(seen, reply) if reply.body is None else reply.body
    return " ".join((body if isinstance(body, str) else body.decode("utf-8", "replace")).split()) or "null"
