"""A moderation endpoint as judge: any server that answers POST /moderations as OpenAI's does.

Its categories (hate, harassment, violence …) may each have a threshold. Texts leave this machine for the address named.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import numpy as np
from pydantic import Field, field_validator

from tasks.core.errors import TeacherDown
from tasks.core.params import NOT_IN_KEY, Params
from tasks.filters.toxicity.packaged import Scores
from tasks.teachers.posting import key_for, posted


class Endpoint(Params):
    """Where texts are sent. The key comes from the environment, never from a recipe."""

    base_url: str = "https://api.openai.com/v1"
    """Address of a server that speaks OpenAI's moderation protocol."""
    model: str = "omni-moderation-latest"
    """The moderation model's name."""
    key_variable: str = "OPENAI_API_KEY"
    """The environment variable that holds the key; needed unless the server is on this machine."""
    texts_per_request: Annotated[int, NOT_IN_KEY, Field(ge=1, le=1024)] = 32
    """Texts sent in one request."""
    concurrency: Annotated[int, NOT_IN_KEY, Field(ge=1, le=64)] = 4
    """Requests in flight at most."""
    timeout_seconds: Annotated[float, NOT_IN_KEY, Field(gt=0)] = 60.0
    """Seconds without an answer after which a request is sent again."""

    @field_validator("base_url")
    @classmethod
    def _http(cls, address: str) -> str:
        if not address.startswith(("http://", "https://")) or "@" in address:
            raise ValueError("give an address that begins with http:// or https:// and holds no key or password")
        return address.rstrip("/")


def scores(texts: Sequence[str], endpoint: Endpoint) -> dict[str, Scores]:
    """Category → score of each text, 0 … 1; a category the server leaves out for a text has 0 there. Equal texts are sent once.

    Raises BadInput if the key is missing or refused, TeacherDown if the server cannot be reached or does not answer in this form.
    """
    distinct = list(dict.fromkeys(text for text in texts if text.strip()))
    parts = [
        distinct[at : at + endpoint.texts_per_request] for at in range(0, len(distinct), endpoint.texts_per_request)
    ]
    key = key_for(endpoint.base_url, endpoint.key_variable, "filters.toxicity.endpoint")
    with ThreadPoolExecutor(endpoint.concurrency) as pool:
        answers = [one for many in pool.map(lambda part: _asked(part, endpoint, key), parts) for one in many]
    known = dict(zip(distinct, answers, strict=True))
    categories = sorted({category for answer in answers for category in answer})
    return {c: np.array([known.get(text, {}).get(c, 0.0) for text in texts]) for c in categories}


def _asked(texts: list[str], endpoint: Endpoint, key: str) -> list[dict[str, float]]:
    """The category scores of each text."""
    body, where = json.dumps({"model": endpoint.model, "input": texts}).encode(), f"{endpoint.base_url}/moderations"
    answer = posted(where, body, key, endpoint.key_variable, endpoint.timeout_seconds, "the moderation endpoint")
    return _read(answer, len(texts), where)


def _read(answer: bytes, texts: int, where: str) -> list[dict[str, float]]:
    try:
        results: list[Any] = json.loads(answer)["results"]
        found = [{str(name): float(score) for name, score in one["category_scores"].items()} for one in results]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise TeacherDown(f"{where} does not answer as a moderation endpoint: {answer[:80]!r}") from None
    if len(found) != texts or not all(0 <= score <= 1 for one in found for score in one.values()):
        raise TeacherDown(f"{where} gave {len(found)} results for {texts} texts, or scores outside 0 … 1")
    return found
