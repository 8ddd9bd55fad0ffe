"""Measures the verifiers that compute on real data, and prints what docs/verification.md holds:
`.venv/bin/python tests/accuracy/execution.py mathematics|tool_calls FOLDER`, FOLDER as in INSTRUCTORY_TEST_DATA."""

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from tasks.core.outcome import Tools
from tasks.core.schema import VERIFIED, stable_id
from tasks.imports.example import Conventions
from tasks.imports.formats import FORMATS
from tasks.imports.params import Dataset
from tasks.verification.catalogue import BY_NAME
from tasks.verification.execution.mathematics import compare
from tasks.verification.verifier import Verdict, VerifierContext


def verdicts(name: str, rows: list[dict[str, Any]], folder: Path, **settings: Any) -> dict[int, Verdict]:
    """What the verifier of that name says of rows, by number."""
    named = [{"example_id": stable_id(str(number)), **row} for number, row in enumerate(rows)]
    table = pa.Table.from_pylist(named, schema=VERIFIED)
    verifier = BY_NAME[name]
    context = VerifierContext(None, None, Tools(key="accuracy", store_root=folder))
    return dict(verifier.compute(table, verifier.params.model_validate(settings), context).rows)


def mathematics(data: Path) -> None:
    """GSM8K's test split with its annotated solutions, and the train split with other people's; planted errors."""
    items = [json.loads(line) for line in (data / "benchmarks/gsm8k/test.jsonl").read_text("utf-8").splitlines()]
    answers = [item["answer"].rsplit("####", 1)[1].strip() for item in items]
    _same_and_planted(answers)
    rows = [
        {"instruction": item["question"], "response": item["answer"], "reference": answer}
        for item, answer in zip(items, answers, strict=True)
    ]
    _report("test split, as it is", verdicts("mathematics", rows, data))
    draw = random.Random(0)
    planted = [row | {"response": _wrong_step(row["response"], draw)} for row in rows if "<<" in row["response"]]
    _report("one intermediate result changed", verdicts("mathematics", planted, data))
    lines = (data / "instructions/cot/gsm8k_train.tsv").read_text("utf-8").rstrip("\n").split("\n")
    train = [dict(zip(("instruction", "reference", "response"), line.split("\t"), strict=True)) for line in lines]
    found = verdicts("mathematics", train, data)
    _report("train split, rewritten without annotations", found)
    for row, verdict in found.items():
        if verdict.word == "fail":
            print(f"  {row + 1}: {verdict.why}")


def tool_calls(data: Path) -> None:
    """Every call of Glaive's demonstration set and of BFCL's simple Python calls."""
    folder = data / "instructions/tool-use"
    answers = [
        json.loads(line) for line in (folder / "answer_BFCL_v4_simple_python.json").read_text("utf-8").splitlines()
    ]
    by_id = {answer["id"]: answer["ground_truth"] for answer in answers}
    asked = [json.loads(line) for line in (folder / "BFCL_v4_simple_python.json").read_text("utf-8").splitlines()]
    records = {
        "bfcl": [item | {"ground_truth": by_id[item["id"]]} for item in asked],
        "sharegpt": json.loads((folder / "glaive_toolcall_en_demo.json").read_text("utf-8")),
    }
    conventions = Conventions(Dataset(path="x"))
    for name, items in records.items():
        rows = [asdict(example) for item in items for example in FORMATS[name].read(item, conventions)]
        rows = [
            {key: value for key, value in row.items() if key in VERIFIED.names and key != "example_id"} for row in rows
        ]
        found = verdicts("tool_calls", rows, data)
        _report(f"{name}, {len(rows)} rows", found)
        for row, verdict in found.items():
            if verdict.word != "pass":
                print(f"  {row}: {verdict.word} {verdict.why}")


def _same_and_planted(answers: list[str]) -> None:
    written: Final[dict[str, Callable[[str], str]]] = {
        "itself": lambda a: a,
        "with separators and a zero": lambda a: f"{int(a.replace(',', '')):,}.0",
        "as a fraction": lambda a: rf"\frac{{{int(a.replace(',', '')) * 3}}}{{3}}",
        "as a product": lambda a: f"{a.replace(',', '')}*1/1 + 0",
        "in dollars, boxed": lambda a: rf"\boxed{{\${a}}}",
        "in a sentence": lambda a: f"So the answer is {a} apples.",
        "scientific": lambda a: f"{a.replace(',', '')}0e-1",
    }
    for how, write in written.items():
        print(f"{how}: {Counter(compare(write(a), a) for a in answers)}")
    wrong: Final[dict[str, Callable[[str], str]]] = {
        "off by one": lambda a: str(int(a.replace(",", "")) + 1),
        "two digits swapped": _swapped,
        "times ten": lambda a: a + "0",
        "the sign changed": lambda a: f"-{a}",
    }
    for how, write in wrong.items():
        print(f"{how}: {Counter(compare(write(a), a) for a in answers if write(a) not in (a, '-0', '00'))}")
    print(f"another unit: {Counter(compare(a + ' km', a + ' miles') for a in answers if a != '0')}")


def _swapped(answer: str) -> str:
    digits = answer.replace(",", "")
    at = next((n for n in range(len(digits) - 1) if digits[n] != digits[n + 1]), None)
    return answer if at is None else digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]


def _wrong_step(response: str, draw: random.Random) -> str:
    """`response` with the result of one annotated calculation raised by one, where it is annotated and where it is said."""
    steps = list(re.finditer(r"<<([^<>]*)=([\d.]+)>>", response))
    if not steps:
        return response
    step = draw.choice(steps)
    raised = f"<<{step[1]}={float(step[2]) + 1:g}>>"
    return response[: step.start()] + raised + response[step.end() :]


def _report(what: str, found: dict[int, Verdict]) -> None:
    print(f"{what}: {dict(Counter((one.word, one.reason) for one in found.values()))}")


if __name__ == "__main__":
    {"mathematics": mathematics, "tool_calls": tool_calls}[sys.argv[1]](Path(sys.argv[2]))
