"""A command line whose stage fails with a key in its error, in what caused it, in notes and in log lines. Run by test_leaks."""

import logging
import os
from pathlib import Path

import pyarrow as pa

from flows.cli import main as cli
from flows.cli import options
from flows.deployment import server
from tasks.core.outcome import Outcome, Tools

KEY = os.environ.get("OPENAI_API_KEY", "")


class Unforeseen(Exception):
    """An exception that keeps what it was told."""

    def __init__(self, request: str) -> None:
        super().__init__(f"could not send {request}")
        self.request = request


def compute(_tools: Tools) -> Outcome:
    for name in ("prefect.flow_runs", "httpx", "httpx2", "openai", "anthropic", "tasks", "root"):
        logging.getLogger(name).error("sending with %s", KEY)
    try:
        raise ValueError(f"illegal header {KEY!r}")
    except ValueError as cause:
        cause.add_note(f"authorization: Bearer {KEY}")
        logging.getLogger("openai").exception("failed")
        raise Unforeseen(f"Bearer {KEY}") from cause


@cli.cli.command()
@options.STORE
def leak(store: Path) -> None:
    """Run a flow that fails."""
    server.prepare(store)
    from prefect import flow

    from tasks.pipeline.build import Build, building
    from tasks.pipeline.stage import stage
    from tasks.store.store import Store

    failing = stage("leak", 1, pa.schema([("document_id", pa.string())]), from_outside=True)(compute)

    @flow
    def fail() -> None:
        logging.getLogger().error("in the flow: %s", KEY)
        with building(Build(store=Store(store), dataset="leak", name="leak")):
            failing()

    fail()


if __name__ == "__main__":
    cli.main()
