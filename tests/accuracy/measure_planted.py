"""Plants wrong rows among correct ones, verifies all of them, and prints recall and false positives for each kind.

    python -m tests.accuracy.measure_planted FOLDER [--model MODEL.gguf --store STORE --most 5]

FOLDER as in INSTRUCTORY_TEST_DATA. 50 wrong rows of each kind stand among as many correct ones of the same origin: programs of
MBPP with one thing changed (`programs.py`), solutions of GSM8K with their final number or one step changed, sentences of
documentation with a number, a name or a negation changed in a response that has its passage as evidence, and questions whose
passage is another page's. What can be computed or decided by rule always runs. With --model the first `--most` rows of each kind
are also shown to the model, as judge of claims and as judge by `keep_or_discard`; answers stay in STORE, so that a second run
with a greater number goes on.
"""

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.core.outcome import Tools
from tasks.core.schema import CHUNK, VERIFIED, stable_id
from tasks.imports.example import Conventions
from tasks.imports.formats import FORMATS
from tasks.imports.params import Dataset
from tasks.teachers import TeacherSettings, open_teacher
from tasks.teachers.protocol import Teacher
from tasks.text.sentences import sentence_spans
from tasks.verification.catalogue import BY_NAME
from tasks.verification.verifier import VerifierContext
from tests.accuracy.measure_contradictions import name, negation, number
from tests.accuracy.programs import drawn

PLANTED = 50
SEED = 11
COMPUTED = {"substance": {}, "mathematics": {}, "code": {"seconds": 30}, "entailment": {}}
ASKED: dict[str, dict[str, Any]] = {"entailment": {}, "judge": {"rubric": "keep_or_discard"}}
_SECTION = re.compile(r"^#{1,4} +(.+)$", re.MULTILINE)


@dataclass
class Planted:
    """Rows by kind, and the passages that they name."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    chunks: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, wrong: bool, **row: Any) -> None:
        key = stable_id(kind, str(wrong), str(len(self.rows)))
        self.rows.append({"example_id": key, "kind": kind, "wrong": wrong, **row})

    def passage(self, text: str) -> list[dict[str, Any]]:
        """Evidence that is all of a passage."""
        key = stable_id("passage", text)
        if all(one["chunk_id"] != key for one in self.chunks[-2:]):
            self.chunks.append({"chunk_id": key, "document_id": key, "text": text})
        return [{"chunk_id": key, "start": 0, "end": len(text)}]


def programs(found: Planted, data: Path) -> None:
    records = [json.loads(line) for line in (data / "benchmarks/mbpp/mbpp.jsonl").open(encoding="utf-8")]
    made = [next(iter(FORMATS["mbpp"].read(one, Conventions(Dataset(path="mbpp"))))) for one in records]
    examples = random.Random(SEED).sample(made, 2 * PLANTED)
    for one in examples[:PLANTED]:
        found.add("program", False, instruction=one.instruction, response=one.response, tests=one.tests)
    asked = {one.tests: one.instruction for one in examples}
    for _, _, one in drawn(examples[PLANTED:], PLANTED):
        found.add("program", True, instruction=asked[one.tests], response=one.response, tests=one.tests)


def numbers(found: Planted, data: Path) -> None:
    lines = (data / "benchmarks/gsm8k/test.jsonl").read_text("utf-8").splitlines()
    chance = random.Random(SEED)
    items = [json.loads(line) for line in chance.sample(lines, 3 * PLANTED)]
    for at, item in enumerate(items):
        steps, _, answer = item["answer"].rpartition("####")
        row = {"instruction": item["question"], "reference": answer.strip()}
        if at < PLANTED:
            for kind in ("final number", "number in a step"):
                found.add(kind, False, response=item["answer"], **row)
        elif at < 2 * PLANTED:
            other = int(answer.replace(",", "")) + chance.choice([-10, -1, 1, 2, 10])
            found.add("final number", True, response=f"{steps}#### {other}", **row)
        else:
            # as other people write: without the annotations that say what was computed
            plain = re.sub(r"<<[^>]*>>", "", steps)
            changed = re.sub(r"(= ?\$?)(\d+)\b", lambda match: f"{match[1]}{int(match[2]) + 3}", plain, count=1)
            if changed != plain:
                found.add("number in a step", True, response=f"{changed}#### {answer.strip()}", **row)


def sections(data: Path) -> Iterator[tuple[str, str, list[str]]]:
    """(heading, text, sentences) of sections of documentation."""
    for path in sorted((data / "documents/dlt-docs").rglob("*.md")):
        text = path.read_text("utf-8")
        heads = list(_SECTION.finditer(text))
        for head, following in zip(heads, [*heads[1:], None], strict=False):
            body = text[head.end() : following.start() if following else len(text)].strip()
            sentences = [body[a:b] for a, b in sentence_spans(body)]
            good = [
                one
                for one in sentences
                if 8 <= len(one.split()) <= 40 and one[0].isupper() and one[-1] == "." and "\n" not in one
            ]
            if len(good) >= 2 and 40 <= len(body.split()) <= 400 and "```" not in body and "`" not in head[1]:
                yield head[1].strip(), body, good


def claims(found: Planted, data: Path) -> None:
    chance = random.Random(SEED)
    pages = list(sections(data))
    chance.shuffle(pages)
    twists: dict[str, Callable[[str], str | None]] = {
        "number in a claim": number,
        "name in a claim": name,
        "negation": negation,
    }
    for kind, twist in twists.items():
        counts = dict.fromkeys((False, True), 0)
        for heading, body, sentences in pages:
            said = " ".join(sentences[:2])
            changed, wrong = twist(said), counts[False] > counts[True]
            if changed and counts[wrong] < PLANTED:
                counts[wrong] += 1
                evidence = found.passage(body)
                asked = f"What does the documentation say about “{heading}”?"
                found.add(kind, wrong, instruction=asked, response=changed if wrong else said, evidence=evidence)
    for at, (heading, body, sentences) in enumerate(pages[: 2 * PLANTED]):
        asked = pages[(at + 7) % len(pages)][0] if at % 2 else heading
        instruction = f"What does the documentation say about “{asked}”?"
        said = " ".join(sentences[:2])
        found.add(
            "question of another page",
            bool(at % 2),
            instruction=instruction,
            response=said,
            evidence=found.passage(body),
        )


def judged(
    planted: Planted, which: dict[str, dict[str, Any]], store: Path, teacher: Teacher | None
) -> dict[str, dict[int, str]]:
    """Verifier → row number → verdict."""
    names = VERIFIED.names
    table = pa.Table.from_pylist(
        [{k: v for k, v in row.items() if k in names} for row in planted.rows], schema=VERIFIED
    )
    chunks = pa.Table.from_pylist(planted.chunks, schema=CHUNK)
    context = VerifierContext(chunks, teacher, Tools(key="planted", store_root=store))
    said: dict[str, dict[int, str]] = {}
    for verifier, settings in which.items():
        params = BY_NAME[verifier].params.model_validate(settings)
        said[verifier] = {row: one.word for row, one in BY_NAME[verifier].compute(table, params, context).rows.items()}
    return said


def report(title: str, planted: Planted, said: dict[str, dict[int, str]]) -> None:
    """For each kind: wrong rows, how many fail, how many are unsure; correct rows, and how many fail."""
    print(
        f"{title}\n\n| kind | wrong rows | found | unsure | by | correct rows | refused |\n|---|---|---|---|---|---|---|"
    )
    kinds: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for row, given in enumerate(planted.rows):
        kinds[given["kind"], given["wrong"]].append(row)
    for kind in dict.fromkeys(one["kind"] for one in planted.rows):
        wrong, right = kinds[kind, True], kinds[kind, False]
        fails = {verifier: {row for row, word in words.items() if word == "fail"} for verifier, words in said.items()}
        found = set().union(*fails.values())
        doubted = {row for words in said.values() for row, word in words.items() if word == "unsure"} - found
        by = ", ".join(f"{verifier} {hits}" for verifier, rows in fails.items() if (hits := len(rows & set(wrong))))
        counts = [len(found & set(wrong)), len(doubted & set(wrong)), by or "–", len(right), len(found & set(right))]
        print(f"| {kind} | {len(wrong)} | {' | '.join(map(str, counts))} |")


def first(planted: Planted, most: int) -> Planted:
    """The first rows of each kind, wrong and correct."""
    counts: dict[tuple[str, bool], int] = defaultdict(int)
    kept = Planted(chunks=planted.chunks)
    for row in planted.rows:
        counts[row["kind"], row["wrong"]] += 1
        if counts[row["kind"], row["wrong"]] <= most:
            kept.rows.append(row)
    return kept


def main() -> None:
    """Print the tables."""
    given = argparse.ArgumentParser()
    given.add_argument("folder", type=Path)
    given.add_argument("--model")
    given.add_argument("--store", type=Path, default=Path(".planted"))
    given.add_argument("--most", type=int, default=5)
    options = given.parse_args()
    planted = Planted()
    for plant in (programs, numbers, claims):
        plant(planted, options.folder)
    report("Computed and by rule", planted, judged(planted, COMPUTED, options.store, None))
    if options.model:
        settings = TeacherSettings(
            provider="local", model="teacher", model_path=options.model, timeout_seconds=900, concurrency=1
        )
        few = first(planted, options.most)
        with open_teacher(settings, Tools("planted", options.store)) as teacher:
            for verifier, params in ASKED.items():
                report(f"\n{verifier} with a model", few, judged(few, {verifier: params}, options.store, teacher))


if __name__ == "__main__":
    main()
