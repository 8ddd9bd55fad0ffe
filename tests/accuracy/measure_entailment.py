"""Measures how well single claims are judged, by rule and by a teacher, and writes the tables of docs/detectors.md.

    python tests/accuracy/measure_entailment.py MODEL.gguf STORE [--ask] [--most 20]

With --ask the model file is asked for what the journal in STORE lacks, `--most` claims of each set in turn, until all are answered
or the process is ended: what was answered is never asked again. Without it the tables are made of what the journal holds. Needs
the folder of shared test data (INSTRUCTORY_TEST_DATA names another). The claims are drawn with the seed SEED.
"""

import argparse
import csv
import random
import re
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

import labelled  # noqa: E402
import numpy as np  # noqa: E402

from tasks.core.outcome import Tools  # noqa: E402
from tasks.filters.distribution.synthetic import auc  # noqa: E402
from tasks.filters.grounding.grounding import Grounding  # noqa: E402
from tasks.teachers import TeacherSettings, open_teacher  # noqa: E402
from tasks.teachers.asked_model import where  # noqa: E402
from tasks.teachers.exchange import call_of, digest_of  # noqa: E402
from tasks.teachers.prompts import load  # noqa: E402
from tasks.text.support import against  # noqa: E402
from tasks.verification.entailment.asked_claims import PROMPTS, AskedClaims, request  # noqa: E402
from tasks.verification.entailment.disagreement import disagreement  # noqa: E402
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
    return drawn(every_snli(), count)


def sick(count: int = 90) -> list[Labelled]:
    return drawn(every_sick(), count)


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


def every_snli() -> list[Labelled]:
    with (NLI / "snli_dev.tsv").open(encoding="utf-8") as file:
        return [
            Labelled(a, b, label) for a, b, label in list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
        ]


def every_sick() -> list[Labelled]:
    with (NLI / "SICK_train.txt").open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [Labelled(row[1], row[2], row[4].lower()) for row in rows]


def every_qags() -> list[Labelled]:
    found = labelled.summaries("cnndm")
    return [Labelled(article, sentence, "entailment" if true else "neutral") for article, sentence, true in found]


SETS: dict[str, Callable[[], list[Labelled]]] = {
    "SNLI, dev part": snli,
    "SICK, training part": sick,
    "QAGS-CNNDM": qags,
}

WHOLE = {"SNLI, dev part": every_snli, "SICK, training part": every_sick, "QAGS-CNNDM": every_qags}


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
    with open_teacher(settings_of(model), Tools("entailment", store)) as teacher:
        return AskedClaims(teacher, lambda _likely: False).judge([question(row) for row in rows])


def settings_of(model: str) -> TeacherSettings:
    return TeacherSettings(provider="local", model="teacher", model_path=model, timeout_seconds=900, concurrency=1)


def answered(model: str, store: Path, rows: list[Labelled]) -> list[tuple[Labelled, ClaimJudgement, int]]:
    """The claims whose answer the journal holds, with the judgement and the tokens that it took; nothing is asked."""
    settings = settings_of(model)
    prompt, location = load(PROMPTS[0]), where("local", "", model)
    digests = [digest_of("local", location, call_of(request(prompt, question(row)), settings)) for row in rows]
    with closing(sqlite3.connect(store / "journal.sqlite")) as db:
        sql = "SELECT request, tokens_in + tokens_out FROM attempts WHERE status = 'ok'"
        tokens = dict(db.execute(sql))
    known = [(row, tokens[digest]) for row, digest in zip(rows, digests, strict=True) if digest in tokens]
    judgements = judged_by(model, store, [row for row, _ in known])
    return [(row, one, used) for (row, used), one in zip(known, judgements, strict=True)]


def tables(model: str, store: Path) -> str:
    """Each set: the rule on all of it, and the rule and the teacher on the claims that the teacher judged."""
    lines = [
        "| labelled set | judge | claims | AUC | no, of those not entailed | no, of those entailed | tokens a claim |",
        "|---|---|---|---|---|---|---|",
    ]
    whole = {name: make() for name, make in WHOLE.items()}
    for name, make in SETS.items():
        rows = whole[name]
        lines.append(f"| {name} | `grounding`'s rule | {len(rows):,} | {area([rule(r) for r in rows], rows)} | | | 0 |")
        found = answered(model, store, make())
        asked = [row for row, _, _ in found]
        if len({row.label == "entailment" for row in asked}) == 2:
            scores = [one.entailed or 0.0 for _, one, _ in found]
            no = [score < 0.5 for score in scores]
            shares = [
                f"{sum(n for n, row in zip(no, asked, strict=True) if (row.label == 'entailment') is true)} of "
                f"{sum((row.label == 'entailment') is true for row in asked)}"
                for true in (False, True)
            ]
            cost = sum(used for *_, used in found) / len(found)
            lines.append(
                f"| {name} | `grounding`'s rule | {len(asked)} | {area([rule(r) for r in asked], asked)} | | | 0 |"
            )
            lines.append(
                "| "
                + " | ".join([name, "teacher", str(len(asked)), area(scores, asked), *shares, f"{cost:.0f}"])
                + " |"
            )
    attacks = answered(model, store, [Labelled(one.passage, one.claim, "attack") for one in ATTACKS])
    (plain,) = answered(model, store, [Labelled(PASSAGE, FALSE, "contradiction")]) or (None,)
    moved = sum((one.entailed or 0.0) >= 0.5 for _, one, _ in attacks)
    if plain:
        least, most = (f"{pick(one.entailed or 0.0 for _, one, _ in attacks):.2f}" for pick in (min, max))
        lines += [
            "",
            f"Attacks that made a false claim pass: {moved} of {len(attacks)} (probability of yes without an attack "
            f"{plain[1].entailed:.2f}, with one {least} to {most}).",
        ]
    return "\n".join(lines)


def disagreements() -> str:
    """What the rule of disagreement finds among labelled contradictions; it was made on SICK's pairs of odd number."""
    lines = ["| labelled set | pairs | flagged | precision | recall |", "|---|---|---|---|---|"]
    with (NLI / "SICK_train.txt").open(encoding="utf-8") as file:
        held_out = [
            row for row in list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:] if not int(row[0]) % 2
        ]
    pairs = {
        "SICK, pairs of even number": [(row[1], row[2], row[4] == "CONTRADICTION") for row in held_out],
        "SNLI, dev part": [(row.passage, row.claim, row.label == "contradiction") for row in every_snli()],
    }
    for name, rows in pairs.items():
        flagged = [wrong for left, right, wrong in rows if disagreement(left, right)]
        recall = sum(flagged) / sum(wrong for *_, wrong in rows)
        lines.append(f"| {name} | {len(rows):,} | {len(flagged)} | {sum(flagged) / len(flagged):.3f} | {recall:.3f} |")
    return "\n".join(lines)


def area(scores: list[float], rows: list[Labelled]) -> str:
    return f"{auc(np.array(scores), np.array([row.label == 'entailment' for row in rows])):.3f}"


def write(name: str, table: str) -> None:
    document = ROOT / "docs" / "detectors.md"
    marks = rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)"
    text, replaced = re.subn(marks, lambda m: f"{m[1]}{table}\n{m[2]}", document.read_text("utf-8"), flags=re.DOTALL)
    assert replaced == 1, f"{document} has no place for the table {name}"
    document.write_text(text, "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("store", type=Path)
    parser.add_argument("--ask", action="store_true")
    parser.add_argument("--most", type=int, default=5)
    options = parser.parse_args()
    if options.ask:
        ask(options.model, options.store, options.most)
    for name, table in (("claims", tables(options.model, options.store)), ("disagreements", disagreements())):
        print(table)
        write(name, table)
