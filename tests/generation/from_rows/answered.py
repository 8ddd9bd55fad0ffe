"""A teacher for the tests of methods that answer rows again: a loopback server that answers from a list, sample by sample."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.generation.catalogue import BY_NAME
from tasks.generation.method import Inputs, MethodParams
from tasks.pipeline import ledger
from tests.servers.models import ModelServer
from tests.servers.wire import Seen
from tests.teachers.prompts.material import teacher_at


def fenced(seen: Seen, tag: str) -> str:
    """The text between tags of that name in a prompt."""
    return re.findall(rf"<{tag}-\w+>\n(.*?)\n</{tag}-", seen.prompt, re.DOTALL)[0]


def answering(*answers: str) -> Any:
    """A reply that gives each instruction these answers, in turn."""
    asked: Counter[str] = Counter()

    def reply(seen: Seen) -> dict[str, Any]:
        instruction = fenced(seen, "instruction")
        asked[instruction] += 1
        return {"answer": answers[(asked[instruction] - 1) % len(answers)]}

    return reply


def run(
    server: ModelServer, folder: Path, rows: pa.Table, params: MethodParams, chunks: pa.Table | None = None
) -> Outcome:
    """The outcome of a method with a real teacher at the server, for each teacher that it names; no row is lost or made twice."""
    method = BY_NAME[params.method]
    with teacher_at(server, folder) as teacher:
        named = dict.fromkeys(params.teacher_names(), teacher)
        outcome = method.make(Inputs(chunks, rows, named), params, teacher, Tools("key", folder))
    ledger.balance(params.method, EXAMPLE.empty_table(), outcome, method.reasons)
    return outcome
