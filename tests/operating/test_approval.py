"""A person's word given on the command line: nothing waits at a terminal, and what was said stands in the record."""

import os
from pathlib import Path

import pytest

from tasks.core.errors import BadInput
from tasks.store.store import Store
from tests.cli.commands import Run


@pytest.mark.skipif(not os.environ.get("INSTRUCTORY_LONG"), reason="three builds; set INSTRUCTORY_LONG=1")
def test_a_build_asks_is_refused_and_then_approved(instructory: Run, tmp_path: Path) -> None:
    store = tmp_path / "s"
    few = "documents=[{pydoc: topics, max_documents: 8, licence: PSF-2.0}]"
    settings = [few, "gates={release: {min_rows: 1}, clusters: {max_cluster_share: 1}}", "approval.hours=1"]
    build = ("build", "demo", "--store", store, *(part for setting in settings for part in ("--set", setting)))
    asked = instructory(*build)
    assert asked.code == 3
    assert "instructory approve demo --name YOU" in asked.err
    assert (store / "releases" / "demo" / "1" / "report.html").exists()
    assert Store(store).versions("demo") == []
    assert instructory("reject", "demo", "--store", store, "--name", "Bo", "--note", "too few").code == 0
    refused = instructory(*build)
    assert refused.code == 3
    assert "rejected by Bo: too few" in refused.err
    assert instructory("approve", "demo", "--store", store, "--name", "Ada").code == 0
    assert instructory(*build).code == 0
    released = Store(store).release("demo")
    assert released.approval is not None
    assert (released.approval.by, released.approval.approved) == ("Ada", True)


def test_nothing_to_decide_about(tmp_path: Path) -> None:
    from flows.approval import decide

    with pytest.raises(BadInput, match="no candidate"):
        decide(tmp_path, "demo", True, "Ada", "")
