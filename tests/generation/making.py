"""Rows of a method, made with a real teacher that talks to a loopback server."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.generation.catalogue import BY_NAME
from tasks.generation.method import Inputs, MethodParams
from tasks.pipeline import ledger
from tests.servers.models import ModelServer
from tests.teachers.prompts.material import teacher_at


def made(
    server: ModelServer,
    folder: Path,
    params: MethodParams,
    rows: pa.Table | None = None,
    documents: pa.Table | None = None,
    provider: str = "openai",
    **teacher_settings: Any,
) -> Outcome:
    """The outcome of the method that `params` belong to, with one teacher under every name. No row is lost or made twice, each
    refused one has a reason of the method's, and rows have the schema of rows."""
    method = BY_NAME[params.method]
    with teacher_at(server, folder, provider, **teacher_settings) as teacher:
        named = dict.fromkeys(params.teacher_names(), teacher)
        outcome = method.make(Inputs(documents, rows, named), params, teacher, Tools("key", folder))
    entered = None if "topics" in method.inputs else EXAMPLE.empty_table()
    ledger.balance(params.method, entered, outcome, method.reasons)
    assert outcome.kept.schema == EXAMPLE
    return outcome
