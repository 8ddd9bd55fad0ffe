"""Fits the scores of `rephrased` and `rephrased_sentences` (tasks/filters/decontamination): rephrasings written by hand against
real instructions and responses.

    PYTHONPATH=. python tests/accuracy/fit_rephrased.py DATA

Prints the coefficients, with the bias at which SHARE of the real instructions that ask no item's question are flagged, and the
recall in ten-fold cross-validation. DATA holds benchmarks/ and instructions/, as the shared data folder does.

Instruction sets and benchmarks like the same questions. So the 607 instructions that earlier scores thought most like an item's
were read, and `labelled.asking` says of which of them answering it is answering that item. Those are rephrasings too, written by
nobody for us: they are fitted as such, and are no false flags. All that was not read counts as asking nothing, so that the share
of false flags is at most what is printed.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from tasks.filters.decontamination import rephrased, rephrased_sentences
from tasks.filters.decontamination.building import pack
from tasks.filters.decontamination.nearest import neighbours
from tasks.text.embeddings import embed
from tests.accuracy.labelled import asking
from tests.benchmarks.contamination import instructions
from tests.filters.rephrasings import FITTED

SHARE = 0.0149
RESPONSES = 10_000
STATIC = ("cosine", "margin", "alignment", "numbers", "lengths")
SENTENCES = ("cosine", "margin", "static", "numbers", "lengths")


def responses(folder: Path) -> list[str]:
    """Real responses, drawn at random."""
    files = [*sorted((folder / "alpaca").glob("*.json")), *sorted((folder / "dolly").glob("*.json"))]
    rows = [row for file in files for row in json.loads(file.read_text("utf-8"))]
    texts = [str(row.get("output") or row.get("response") or "") for row in rows]
    drawn = np.random.default_rng(0).permutation(len(texts))[:RESPONSES]
    return [texts[k] for k in drawn if texts[k].strip()]


def measured(texts: list[str], known: rephrased.Phrases) -> np.ndarray:
    """The five measures of each text, in the order of STATIC."""
    nearest, cosines = neighbours(embed(pa.array(texts, pa.large_string()), 2), known.vectors, 4)
    questions = nearest[:, 0].tolist()
    aligned = rephrased.alignment(texts, questions, known)
    return np.column_stack(
        [*rephrased.first_and_margin(cosines), aligned, *rephrased.compared(texts, questions, known)]
    )


def fitted(x: np.ndarray, mine: int, asks: np.ndarray, names: tuple[str, ...]) -> None:
    """Fits, and prints. x: measures of `mine` rephrasings, then of the instructions, which ask or not, then of the responses."""
    model = LogisticRegression(C=10, class_weight={False: 1, True: 30}, max_iter=5000)
    y = np.arange(len(x)) < mine
    y[mine : mine + len(asks)] = asks
    scores = np.zeros(len(x))
    for train, test in StratifiedKFold(10, shuffle=True, random_state=0).split(x, y):
        scores[test] = model.fit(x[train], y[train]).decision_function(x[test])
    print(f"cross-validated recall: {(scores[:mine] >= _bound(scores, mine, asks)).mean():.3f}")
    scores = model.fit(x, y).decision_function(x)
    least = _bound(scores, mine, asks)
    coefficients = ", ".join(f"{name} {value:.2f}" for name, value in zip(names, model.coef_[0], strict=True))
    print(f"{coefficients}, bias {model.intercept_[0] - least:.2f}; fitted on {y.sum()} rephrasings")
    flags = scores >= least
    asked, said = flags[mine : mine + len(asks)], flags[mine + len(asks) :]
    print(
        f"flagged: rephrasings {flags[:mine].sum()} of {mine}; instructions {asked.sum()} of {len(asked)}, of those that ask "
        f"{asked[asks].sum()} of {asks.sum()}, of the others {asked[~asks].mean():.4f}; responses {said.mean():.4f}"
    )


def _bound(scores: np.ndarray, mine: int, asks: np.ndarray) -> float:
    """The score that SHARE of the instructions which ask nothing reach."""
    return float(np.quantile(scores[mine : mine + len(asks)][~asks], 1 - SHARE))


def main(data: Path) -> None:
    known = pack([data / "benchmarks"], encoder="minilm").phrases
    asked = [text for texts in instructions(data / "instructions").values() for text in texts]
    texts, asks = [*FITTED.values(), *asked, *responses(data / "instructions")], asking(asked)
    fitted(measured(texts, known), len(FITTED), asks, STATIC)
    fitted(rephrased_sentences.measured(texts, known)[1], len(FITTED), asks, SENTENCES)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
