"""An entailment model as judge of claims: a folder with an ONNX export, or a server that classifies pairs of texts.

Any cross-encoder that was trained on natural language inference does (DeBERTa, MiniLM …): its labels must name entailment and
contradiction. A passage that is longer than the model reads is cut into overlapping windows, of which the best one counts
(Laban et al. 2022, SummaC: the sentence of the document that entails most). No such model is packaged.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, field_validator

from tasks.core.errors import BadInput, TeacherDown
from tasks.core.params import CONTENT, NOT_IN_KEY, Params
from tasks.teachers.posting import key_for, posted
from tasks.text.onnx_classifier import OnnxClassifier, softmax
from tasks.verification.entailment.judgement import ClaimJudgement, ClaimQuestion

_LEAST: Final = 16
"""Tokens of a passage that a window has at least, however long the claim is."""

Pairs = list[tuple[str, str]]


class PairLabels(Params):
    """How the model calls what it finds."""

    entailment_label: str = "entailment"
    """The label, in any case, that means: the passage says what the claim says."""
    contradiction_label: str = "contradiction"
    """The label that means: both cannot be true. A model with two labels may have none of this name."""


class EntailmentModel(PairLabels):
    """A model on this machine, and how much it reads."""

    folder: Annotated[Path, CONTENT]
    """Folder with model.onnx, tokenizer.json and config.json (`id2label`), as exported from Hugging Face."""
    max_tokens: Annotated[int, Field(ge=32)] = 512
    """Tokens of passage and claim together that are read at once; longer passages are cut into windows."""
    batch: Annotated[int, NOT_IN_KEY, Field(ge=1)] = 16
    """Pairs classified at once."""


class EntailmentEndpoint(PairLabels):
    """A server that answers POST /predict for pairs of texts, as text-embeddings-inference does. Texts leave this machine."""

    base_url: str
    """Its address. It gets `{"inputs": [[passage, claim], …], "raw_scores": false, "truncate": true}` and answers with one list
    of `{"label": …, "score": …}` for each pair."""
    model: str = ""
    """Which model runs there: a name for the cache key, so that another model gives new verdicts."""
    key_variable: str = "ENTAILMENT_API_KEY"
    """The environment variable that holds the key; not needed for a server on this machine."""
    window_words: Annotated[int, Field(ge=20)] = 250
    """Words of a passage that are sent at once; longer ones are cut into windows."""
    pairs_per_request: Annotated[int, NOT_IN_KEY, Field(ge=1, le=1024)] = 32
    """Pairs sent in one request."""
    concurrency: Annotated[int, NOT_IN_KEY, Field(ge=1, le=64)] = 4
    """Requests in flight at most."""
    timeout_seconds: Annotated[float, NOT_IN_KEY, Field(gt=0)] = 60.0
    """Seconds without an answer after which a request is sent again."""

    @field_validator("base_url")
    @classmethod
    def _plain_address(cls, address: str) -> str:
        if not address.startswith(("http://", "https://")) or "@" in address:
            raise ValueError("give an address that begins with http:// or https:// and holds no key or password")
        return address.rstrip("/")


class OnnxClaims:
    """Judges claims by a model on this machine."""

    def __init__(self, params: EntailmentModel) -> None:
        """Raises BadInput if a file, the package or a label is missing."""
        self._params = params
        self._model = OnnxClassifier(params.folder, "entailment model.folder")
        self._columns = _columns(self._model.labels, params, str(params.folder))

    def judge(self, questions: list[ClaimQuestion]) -> list[ClaimJudgement]:
        """One judgement for each question, in their order."""
        windows = [list(self._windows(question)) for question in questions]
        logits = self._model.logits(
            [pair for own in windows for pair in own], self._params.max_tokens, self._params.batch
        )
        entailed, contradicted = self._columns
        found = softmax(logits)
        scores = [(row[entailed], None if contradicted is None else row[contradicted]) for row in found.tolist()]
        return _best(windows, scores)

    def _windows(self, question: ClaimQuestion) -> Iterator[tuple[str, str]]:
        """The passage in overlapping windows, each short enough to be read together with the claim."""
        tokenizer, claim = self._model.tokenizer, said(question)
        tokenizer.no_truncation()
        needed = len(tokenizer.encode(claim, add_special_tokens=False).ids) + tokenizer.num_special_tokens_to_add(True)
        room = max(self._params.max_tokens - needed, _LEAST)
        ends = tokenizer.encode(question.passage, add_special_tokens=False).offsets
        for first, last in spans_of(len(ends), room):
            yield question.passage[ends[first][0] : ends[last - 1][1]] if ends else "", claim


class EndpointClaims:
    """Judges claims by a server."""

    def __init__(self, params: EntailmentEndpoint) -> None:
        """Raises BadInput if the server needs a key and the environment has none."""
        self._params = params
        self._key = key_for(params.base_url, params.key_variable, "entailment endpoint")

    def judge(self, questions: list[ClaimQuestion]) -> list[ClaimJudgement]:
        """One judgement for each question, in their order. Raises TeacherDown where the server gives none."""
        windows = []
        for question in questions:
            found = question.passage.split()
            cut = spans_of(len(found), self._params.window_words)
            windows.append([(" ".join(found[first:last]), said(question)) for first, last in cut])
        pairs = list(dict.fromkeys(pair for own in windows for pair in own))
        size = self._params.pairs_per_request
        with ThreadPoolExecutor(self._params.concurrency) as pool:
            parts = pool.map(self._asked, [pairs[at : at + size] for at in range(0, len(pairs), size)])
            known = dict(zip(pairs, (one for part in parts for one in part), strict=True))
        return _best(windows, [known[pair] for own in windows for pair in own])

    def _asked(self, pairs: Pairs) -> list[tuple[float, float | None]]:
        params, url = self._params, f"{self._params.base_url}/predict"
        body = json.dumps({"inputs": pairs, "raw_scores": False, "truncate": True}).encode()
        answer = posted(url, body, self._key, params.key_variable, params.timeout_seconds, "the entailment endpoint")
        return [_scores(found, params, url) for found in _lists(answer, len(pairs), url)]


def said(question: ClaimQuestion) -> str:
    """The claim as one text, after what must be read before it."""
    return f"{question.lead} {question.claim}".strip()


def spans_of(length: int, room: int) -> list[tuple[int, int]]:
    """Windows [first, last) of at most `room` that cover `length`, each beginning in the middle of the one before; at least one."""
    if length <= room:
        return [(0, length)]
    step = max(room // 2, 1)
    starts = [*range(0, length - room, step), length - room]
    return [(start, start + room) for start in starts]


def _best(windows: Sequence[Pairs], scores: Sequence[tuple[float, float | None]]) -> list[ClaimJudgement]:
    """Of each claim's windows, the highest probability of entailment and of contradiction."""
    judgements, at = [], 0
    for own in windows:
        mine = scores[at : at + len(own)]
        at += len(own)
        against = [one for _, one in mine if one is not None]
        judgements.append(ClaimJudgement(max(one for one, _ in mine), max(against, default=None), "model"))
    return judgements


def _columns(labels: Sequence[str], params: PairLabels, where: str) -> tuple[int, int | None]:
    """The numbers of the two labels among `labels`."""
    names = [label.casefold() for label in labels]
    if params.entailment_label.casefold() not in names:
        raise BadInput(
            f"{where}: none of its labels ({', '.join(labels) or 'none'}) is {params.entailment_label!r}; is it a model of "
            "entailment? Name its label in entailment_label"
        )
    against = params.contradiction_label.casefold()
    return names.index(params.entailment_label.casefold()), names.index(against) if against in names else None


def _lists(answer: bytes, pairs: int, url: str) -> list[dict[str, float]]:
    """Label → score of each pair."""
    try:
        body: list[Any] = json.loads(answer)
        found = [{str(one["label"]): float(one["score"]) for one in each} for each in body]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise TeacherDown(f"{url} does not answer as a classifier of pairs: {answer[:80]!r}") from None
    if len(found) != pairs or not all(0 <= score <= 1 for one in found for score in one.values()):
        raise TeacherDown(f"{url} gave {len(found)} results for {pairs} pairs, or scores outside 0 … 1")
    return found


def _scores(found: dict[str, float], params: PairLabels, url: str) -> tuple[float, float | None]:
    entailed, contradicted = _columns(list(found), params, url)
    values = list(found.values())
    return values[entailed], None if contradicted is None else values[contradicted]
