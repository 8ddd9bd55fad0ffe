"""A row to be reviewed."""

from collections.abc import Sequence
from typing import Any

from tasks.review.decisions import Decision
from tasks.review.exchange.review_task import ReviewTask

ROW: dict[str, Any] = {
    "content_hash": "c" * 64,
    "origin_hash": "0" * 32,
    "instruction": "What is a lever?",
    "response": "A bar.",
    "source": "manual",
    "verdicts": [{"verifier": "judge", "verdict": "pass", "score": 0.8, "why": "clear", "model": None, "requests": []}],
}


def task(number: int, decisions: Sequence[Decision] = (), **columns: Any) -> ReviewTask:
    return ReviewTask({"example_id": f"{number:032x}", **ROW, **columns}, decisions)


def turned(role: str, content: str) -> dict[str, Any]:
    empty = dict.fromkeys(("name", "tool_calls", "tool_call_id", "reasoning", "masked"))
    return {"role": role, "content": content, **empty}


def decided(reviewer: str, number: int, word: str, **more: Any) -> Decision:
    about = {"example_id": f"{number:032x}", "content_hash": ROW["content_hash"], "origin_hash": ROW["origin_hash"]}
    return Decision.model_validate({**about, "reviewer": reviewer, "session": "page", "word": word, **more})
