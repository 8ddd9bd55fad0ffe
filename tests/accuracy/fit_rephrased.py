"""Fits the scores of `tasks.filters.rephrased` and `rephrased_again`: rephrasings written by hand against real instructions and
responses.

    PYTHONPATH=. python tests/accuracy/fit_rephrased.py DATA

Prints the coefficients, with the bias at which SHARE of the real instructions are flagged, and the recall in ten-fold
cross-validation. DATA holds benchmarks/ and instructions/, as the shared data folder does. The second score is fitted on the texts
that the first one leaves in doubt, and counts the others as not flagged.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from tasks.filters import rephrased, rephrased_again
from tasks.filters.nearest import neighbours
from tasks.filters.pack import pack
from tasks.text.embeddings import embed
from tests.benchmarks.contamination import instructions
from tests.filters.rephrasings import BLIND, FITTED

SHARE = 0.015
RESPONSES = 10_000
NAMES = ("cosine", "margin", "alignment", "numbers", "lengths")
AGAIN = ("cosine", "margin", "numbers", "lengths")


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


def read_again(texts: list[str], known: rephrased.Phrases) -> tuple[np.ndarray, np.ndarray]:
    """Which of the texts are read again, and their four measures, in the order of AGAIN."""
    doubted = rephrased.candidates(pa.array(texts, pa.large_string()), known, rephrased_again.DOUBTED)
    _, *measures = rephrased_again.measured(doubted, known)
    return doubted.rows, np.column_stack(measures)


def fitted(x: np.ndarray, y: np.ndarray, names: tuple[str, ...], read: np.ndarray, instructions: slice) -> None:
    """Fits, and prints. x, y: of the texts that were `read`; `instructions`: which of all texts are real ones."""
    model = LogisticRegression(C=10, class_weight={False: 1, True: 30}, max_iter=5000)
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    mine, everything = instructions.start, np.full(len(read), -np.inf)
    everything[read] = cross_val_predict(model, x, y, cv=folds, method="decision_function")
    least = np.quantile(everything[instructions], 1 - SHARE)
    print(f"cross-validated recall: {(everything[:mine] >= least).mean():.3f}")
    everything[read] = model.fit(x, y).decision_function(x)
    least = np.quantile(everything[instructions], 1 - SHARE)
    coefficients = zip(names, model.coef_[0], strict=True)
    print(", ".join(f"{n} {value:.2f}" for n, value in coefficients), f"bias {model.intercept_[0] - least:.2f}")
    print(
        f"flagged: rephrasings {(everything[:mine] >= least).sum()} of {mine}, instructions "
        f"{(everything[instructions] >= least).mean():.4f}, responses {(everything[instructions.stop :] >= least).mean():.4f}"
    )


def main(data: Path) -> None:
    known = pack([data / "benchmarks"]).phrases
    asked = [text for texts in instructions(data / "instructions").values() for text in texts]
    said = responses(data / "instructions")
    mine = list(FITTED.values())
    x = measured([*mine, *asked, *said], known)
    fitted(x, np.arange(len(x)) < len(mine), NAMES, np.ones(len(x), bool), slice(len(mine), len(mine) + len(asked)))
    mine += BLIND.values()
    rows, x = read_again([*mine, *asked, *said], known)
    read = np.isin(np.arange(len(mine) + len(asked) + len(said)), rows)
    fitted(x, rows < len(mine), AGAIN, read, slice(len(mine), len(mine) + len(asked)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
