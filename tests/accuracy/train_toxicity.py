"""Trains the packaged toxicity score and writes tasks/filters/toxicity/weights.npz.

    python tests/accuracy/train_toxicity.py

A logistic regression over hashed words, stems, pairs of words and words beside a group of people, and over the static
embeddings of the words, which are then folded into the tables of words. Every source counts the same, whatever its size.
ToxiGen's sentences are never seen: they measure what has been learned about hate without swearing.
"""

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
import yaml
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import labelled  # noqa: E402

from tasks.filters.toxicity import packaged  # noqa: E402
from tasks.filters.toxicity.features import read, slots  # noqa: E402
from tasks.text import nlp  # noqa: E402
from tasks.text.embeddings import embed  # noqa: E402

SIZES = {"words": 2**18, "stems": 2**16, "pairs": 2**17, "beside": 2**17}
STRENGTH = 10.0
"""Inverse of the L2 penalty."""
MEANING = 0.5
"""Length of the embeddings beside that of the hashed features."""
PER_SOURCE = 3000.0
SOURCES = {"surge": 2.0, "davidson": 1.0, "phrases": 0.7, "prose": 2.0}
"""Weight of a source in all. These three were chosen by four-fold cross-validation over the training rows."""


def sources() -> dict[str, list[labelled.Labelled]]:
    """What is trained on, by source."""
    prose = [
        *labelled.language_reference(),
        *labelled.novel(),
        *labelled.software_documentation(),
        *labelled.assistant_trees(),
        *labelled.exam_questions(),
        *labelled.instructions(),
    ]
    return {
        "surge": [row for row in labelled.surge() if labelled.for_training(row.text)],
        "davidson": [row for row in labelled.davidson() if labelled.for_training(row.text)],
        "phrases": [labelled.Labelled(text, label) for label, text in phrases()],
        "prose": [labelled.Labelled(text, 0) for text in prose if labelled.for_training(text)],
    }


def phrases() -> list[tuple[int, str]]:
    """(1 if hostile, sentence) for each subject with each predicate; sentences given whole count three times."""
    data = yaml.safe_load((HERE / "toxicity_phrases.yaml").read_text("utf-8"))
    found = []
    for label, side in enumerate(("benign", "hostile")):
        found += [(label, f"{subject} {what}") for subject in data["subjects"] for what in data[side]["are"]]
        found += [(label, sentence) for sentence in data[side]["whole"] for _ in range(3)]
    return [(label, sentence.replace("{G}", data["group"])) for label, sentence in found]


def vocabulary(texts: list[str]) -> dict[int, np.ndarray]:
    """The embedding of each word of `texts` and of the packaged spaCy model's vocabulary, by the word's hash."""
    import spacy

    known = {word.lower() for word in spacy.load(nlp.PACKAGE).vocab.strings}
    seen = {word for text in texts for word in re.findall(r"[a-z]+", text.lower())}
    words = sorted(word for word in known | seen if word.isascii() and word.isalpha() and len(word) > 1)
    hashes = read(pa.array(words, pa.large_string())).words
    return dict(zip(hashes.tolist(), embed(words), strict=True))


def design(texts: list[str], vectors: dict[int, np.ndarray]) -> sp.csr_matrix:
    """Features of `texts`, one row each: the four tables, the embeddings, and the embeddings where a group is named."""
    words = read(pa.array(texts, pa.large_string()))
    counts = np.diff(words.offsets)
    rows = np.repeat(np.arange(len(texts)), counts)
    value = (1 / np.sqrt(np.maximum(np.bincount(rows, words.fresh, len(texts)), 1)))[rows]
    once, pair = value * words.fresh, value * packaged.paired(words)
    named = np.bincount(rows, words.group, len(texts)) > 0

    def table(hashes: Any, size: int, values: Any) -> sp.csr_matrix:
        return sp.csr_matrix((values, (rows, slots(hashes, size))), (len(texts), size))

    distinct, which = np.unique(words.words, return_inverse=True)
    known = np.stack([vectors.get(word, np.zeros(256, np.float32)) for word in distinct.tolist()])
    means = MEANING * sp.csr_matrix((once, (rows, which)), (len(texts), len(distinct))) @ known
    return sp.hstack(
        [
            table(words.words, SIZES["words"], once),
            table(words.stems, SIZES["stems"], once),
            table(words.pairs, SIZES["pairs"], pair),
            table(words.words, SIZES["beside"], once * named[rows]),
            sp.csr_matrix(means),
            sp.csr_matrix(means * named[:, None]),
        ]
    ).tocsr()


def importance(groups: dict[str, list[labelled.Labelled]]) -> np.ndarray:
    """The weight of each row: half of a source's weight for each of its labels."""
    weights = []
    for name, rows in groups.items():
        labels = np.array([row.label for row in rows])
        for_label = [SOURCES[name] * PER_SOURCE / max((labels == k).sum(), 1) / len(set(labels)) for k in (0, 1)]
        weights.append(np.array(for_label)[labels])
    return np.concatenate(weights)


def calibrated(features: sp.csr_matrix, groups: dict[str, list[labelled.Labelled]], model: Any) -> tuple[float, float]:
    """Slope and intercept of the probability, from sums that a model gave to texts of Surge it had not seen (Platt 1999)."""
    labels = np.array([row.label for rows in groups.values() for row in rows])
    own = np.arange(len(groups["surge"]))
    sums = np.zeros(len(own))
    for fold in range(5):
        rest = np.setdiff1d(np.arange(len(labels)), own[fold::5])
        model.fit(features[rest], labels[rest], sample_weight=importance(groups)[rest])
        sums[fold::5] = features[own[fold::5]] @ model.coef_[0]
    platt = LogisticRegression(C=1e6).fit(sums[:, None], labels[own])
    return float(platt.coef_[0, 0]), float(platt.intercept_[0])


def folded(coefficients: np.ndarray, vectors: dict[int, np.ndarray]) -> dict[str, np.ndarray]:
    """The tables of `design`'s features in half precision, with what the embeddings add put into those of the words."""
    *tables, anywhere, near = np.split(coefficients, np.cumsum([*SIZES.values(), 256]))
    found = dict(zip(SIZES, tables, strict=True))
    hashes = np.array(list(vectors), np.uint64)
    vectors_of = MEANING * np.stack(list(vectors.values()))
    np.add.at(found["words"], slots(hashes, SIZES["words"]), vectors_of @ anywhere)
    np.add.at(found["beside"], slots(hashes, SIZES["beside"]), vectors_of @ near)
    return {name: table.astype(np.float16) for name, table in found.items()}


def main() -> None:
    """Trains, calibrates, folds and writes."""
    groups = sources()
    rows = [row for part in groups.values() for row in part]
    vectors = vocabulary([row.text for row in rows])
    features = design([row.text for row in rows], vectors)
    model = LogisticRegression(C=STRENGTH, max_iter=300)
    scale, shift = calibrated(features, groups, model)
    model.fit(features, [row.label for row in rows], sample_weight=importance(groups))
    np.savez_compressed(packaged.WEIGHTS, **folded(model.coef_[0], vectors), scale=scale, shift=shift)
    print({name: len(part) for name, part in groups.items()}, f"{packaged.WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
