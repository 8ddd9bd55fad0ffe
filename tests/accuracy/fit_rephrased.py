"""Fits the score of `tasks.filters.rephrased`: rephrasings written by hand against real instructions and responses.

    PYTHONPATH=. python tests/accuracy/fit_rephrased.py DATA

Prints the coefficients, with the bias at which SHARE of the real instructions are flagged, and the recall in ten-fold
cross-validation. DATA holds benchmarks/ and instructions/, as the shared data folder does.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from tasks.filters import rephrased
from tasks.filters.nearest import neighbours
from tasks.filters.pack import pack
from tasks.text.embeddings import embed
from tests.benchmarks.contamination import instructions
from tests.filters.rephrasings import FITTED

SHARE = 0.015
RESPONSES = 10_000
NAMES = ("cosine", "margin", "alignment", "numbers", "lengths")


def responses(folder: Path) -> list[str]:
    """Real responses, drawn at random."""
    files = [*sorted((folder / "alpaca").glob("*.json")), *sorted((folder / "dolly").glob("*.json"))]
    rows = [row for file in files for row in json.loads(file.read_text("utf-8"))]
    texts = [str(row.get("output") or row.get("response") or "") for row in rows]
    drawn = np.random.default_rng(0).permutation(len(texts))[:RESPONSES]
    return [texts[k] for k in drawn if texts[k].strip()]


def measured(texts: list[str], known: rephrased.Phrases) -> np.ndarray:
    """The five measures of each text, in the order of NAMES."""
    column = pa.array(texts, pa.large_string())
    nearest, cosines = neighbours(embed(column, 2), known.vectors, 4)
    first, margin = rephrased.first_and_margin(cosines)
    questions = nearest[:, 0].tolist()
    aligned = rephrased.alignment(texts, questions, known)
    return np.column_stack([first, margin, aligned, *rephrased.compared(texts, questions, known)])


def main(data: Path) -> None:
    known = pack([data / "benchmarks"]).phrases
    asked = [text for texts in instructions(data / "instructions").values() for text in texts]
    mine = list(FITTED.values())
    x = measured([*mine, *asked, *responses(data / "instructions")], known)
    y = np.arange(len(x)) < len(mine)
    model = LogisticRegression(C=10, class_weight={False: 1, True: 30}, max_iter=5000)
    real = slice(len(mine), len(mine) + len(asked))
    blind = cross_val_predict(
        model, x, y, cv=StratifiedKFold(10, shuffle=True, random_state=0), method="decision_function"
    )
    print(f"cross-validated recall: {(blind[: len(mine)] >= np.quantile(blind[real], 1 - SHARE)).mean():.3f}")
    scores = model.fit(x, y).decision_function(x)
    bias = model.intercept_[0] - np.quantile(scores[real], 1 - SHARE)
    shifted = scores - model.intercept_[0] + bias
    print(
        ", ".join(f"{name} {value:.2f}" for name, value in zip(NAMES, model.coef_[0], strict=True)), f"bias {bias:.2f}"
    )
    print(
        f"flagged: rephrasings {(shifted[: len(mine)] >= 0).sum()} of {len(mine)}, instructions "
        f"{(shifted[real] >= 0).mean():.4f}, responses {(shifted[real.stop :] >= 0).mean():.4f}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
