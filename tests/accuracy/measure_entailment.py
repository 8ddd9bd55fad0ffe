"""Measures how well single claims are judged, by rule and by a teacher, and writes the tables of docs/detectors.md.

    python tests/accuracy/measure_entailment.py MODEL.gguf STORE [--ask] [--most 20]

With --ask the model file is asked for what the journal in STORE lacks, `--most` claims of each set in turn, until all are answered
or the process is ended: what was answered is never asked again. Without it the tables are made of what the journal holds. Needs
the folder of shared test data (INSTRUCTORY_TEST_DATA names another). The claims are drawn with the seed SEED.
"""

import argparse
import csv
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

import labelled  # noqa: E402

from tasks.core.outcome import Tools  # noqa: E402
from tasks.filters.grounding.grounding import Grounding  # noqa: E402
from tasks.teachers import TeacherSettings, open_teacher  # noqa: E402
from tasks.text.support import against  # noqa: E402
from tasks.verification.entailment.asked_claims import AskedClaims  # noqa: E402
from tasks.verification.entailment.judgement import ClaimJudgement, ClaimQuestion  # noqa: E402
from tasks.verification.entailment.passages import shortened  # noqa: E402
from tests.verification.entailment.attacks import ATTACKS, FALSE, PASSAGE  # noqa: E402

SEED = 7
ATTACKED = "attacks"
WORDS = 60
"""Of an article that are shown with a claim."""
NLI = labelled.DETECTORS / "nli"


@dataclass
class Labelled:
    """A claim with its passage, and what people said of it."""

    passage: str
    claim: str
    label: str
    """entailment, neutral or contradiction; QAGS's claims are entailment (true) or neutral (not true)."""
    group: int = 0
    """The summary that it belongs to."""


def snli(count: int = 90) -> list[Labelled]:
    with (NLI / "snli_dev.tsv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return drawn([Labelled(a, b, label) for a, b, label in rows], count)


def sick(count: int = 90) -> list[Labelled]:
    with (NLI / "SICK_train.txt").open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return drawn([Labelled(row[1], row[2], row[4].lower()) for row in rows], count)


def drawn(rows: list[Labelled], count: int) -> list[Labelled]:
    """As many of each label, shuffled."""
    chance = random.Random(SEED)
    found = []
    for label in ("entailment", "neutral", "contradiction"):
        found += chance.sample([row for row in rows if row.label == label], count // 3)
    chance.shuffle(found)
    return found


def qags(summaries: int = 24) -> list[Labelled]:
    """The sentences of so many summaries, half of which have a sentence that is not true."""
    groups: dict[str, list[tuple[str, bool]]] = {}
    for article, sentence, true in labelled.summaries("cnndm"):
        groups.setdefault(article, []).append((sentence, true))
    chance = random.Random(SEED)
    good = chance.sample([a for a, found in groups.items() if all(true for _, true in found)], summaries // 2)
    bad = chance.sample([a for a, found in groups.items() if not all(true for _, true in found)], summaries // 2)
    order = chance.sample([*good, *bad], summaries)
    return [
        Labelled(article, sentence, "entailment" if true else "neutral", number)
        for number, article in enumerate(order)
        for sentence, true in groups[article]
    ]


SETS: dict[str, Callable[[], list[Labelled]]] = {
    "SNLI, dev part": snli,
    "SICK, training part": sick,
    "QAGS-CNNDM": qags,
}


def question(row: Labelled) -> ClaimQuestion:
    return ClaimQuestion(shortened(row.passage, row.claim, WORDS), row.claim)


def rule(row: Labelled) -> float:
    """1 and more for what grounding rejects, less the share of words that it finds."""
    found = against(row.passage, row.claim, "", Grounding())
    return found.coverage - (found.problem is not None)


def ask(model: str, store: Path, most: int) -> None:
    """Asks about the attacks and all claims, `most` of each set in turn, and prints what it took."""
    rows = {ATTACKED: [Labelled(one.passage, one.claim, "attack") for one in ATTACKS]}
    rows[ATTACKED].insert(0, Labelled(PASSAGE, FALSE, "contradiction"))
    rows |= {name: make() for name, make in SETS.items()}
    for start in range(0, max(map(len, rows.values())), most):
        for name, part in ((name, found[start : start + most]) for name, found in rows.items()):
            if part:
                began, requests = time.process_time(), len(part)
                judged_by(model, store, part)
                print(name, start + requests, f"{(time.process_time() - began) / requests:.1f} CPU s each", flush=True)


def judged_by(model: str, store: Path, rows: list[Labelled]) -> list[ClaimJudgement]:
    settings = TeacherSettings(provider="local", model="teacher", model_path=model, timeout_seconds=900, concurrency=1)
    with open_teacher(settings, Tools("entailment", store)) as teacher:
        return AskedClaims(teacher, lambda _likely: False).judge([question(row) for row in rows])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("store", type=Path)
    parser.add_argument("--ask", action="store_true")
    parser.add_argument("--most", type=int, default=5)
    options = parser.parse_args()
    if options.ask:
        ask(options.model, options.store, options.most)
