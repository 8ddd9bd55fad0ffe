"""The contract, on toy stages against a real Prefect server."""

from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pytest
from prefect import flow
from prefect.context import FlowRunContext

from expectations.generation import suite
from tasks.core.errors import GateFailed, IntegrityError
from tasks.core.outcome import Outcome, Tools
from tasks.core.params import NOT_IN_KEY, Params
from tasks.core.schema import CHUNK, EXAMPLE, INVENTORY, stable_id
from tasks.pipeline.build import Build, building
from tasks.pipeline.stage import Stage, stage
from tasks.pipeline.task_runs import run_as_task
from tasks.store.snapshot import Snapshot
from tasks.store.store import Store

pytestmark = pytest.mark.usefixtures("prefect_server")

RAN: list[str] = []
"""Names of the toy stages that did work, in order."""


class Doubling(Params):
    word: str = "hello"
    workers: Annotated[int, NOT_IN_KEY] = 1


HELLO = Doubling()


def documents(texts: dict[str, str]) -> Stage:
    def found(tools: Tools) -> Outcome:
        shas = {name: tools.keep_raw(text.encode()) for name, text in texts.items()}
        rows = [
            {"document_id": name, "source": "s", "path": name, "raw_sha256": sha, "licence": "x"}
            for name, sha in shas.items()
        ]
        return Outcome.of(INVENTORY, pa.Table.from_pylist(rows, schema=INVENTORY), facts={"unreadable_share": 0.0})

    return stage("inventory", 1, INVENTORY, from_outside=True)(found)


def cut(inventory: pa.Table, tools: Tools) -> Outcome:
    RAN.extend(inventory.column("path").to_pylist())
    rows = [
        {**row, "chunk_id": stable_id(row["document_id"]), "text": tools.read_raw(row["raw_sha256"]).decode(), "kind": "prose",
         "start": 0, "end": 1, "offsets": [{"text": 0, "raw": 0, "length": 1, "raw_length": 1}]}
        for row in inventory.to_pylist()
    ]  # fmt: skip
    return Outcome.of(CHUNK, pa.Table.from_pylist(rows, schema=CHUNK), facts={"chunks": len(rows)})


def ask(chunks: pa.Table, params: Doubling, tools: Tools) -> Outcome:
    RAN.append("ask")
    rows = [
        {"example_id": stable_id(row["chunk_id"]), "parent_id": row["chunk_id"], "instruction": f"{params.word} {row['text']}?",
         "method": "template", "origin": "synthetic", "category": "c", "difficulty": "easy", "licence": "x"}
        for row in chunks.to_pylist()
    ]  # fmt: skip
    return Outcome.of(EXAMPLE, pa.Table.from_pylist(rows, schema=EXAMPLE))


CUT = stage("documents", 1, CHUNK, by="document_id")(cut)
ASK = stage("ask", 1, EXAMPLE, suite=suite("ask"))(ask)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    RAN.clear()
    return Store(tmp_path / "store")


def run(store: Store, texts: dict[str, str], params: Doubling = HELLO, gates: dict[str, Any] | None = None) -> Build:
    build = Build(store, "toy", "test", thresholds=gates or {})

    @flow(name="toy")
    def toy() -> None:
        ASK(CUT(documents(texts)()), params)

    with building(build):
        toy()
    return build


TEXTS = {"a": "alpha", "b": "beta"}


def test_an_unchanged_build_computes_nothing(store: Store) -> None:
    first = run(store, TEXTS)
    assert RAN == ["a", "b", "ask"]
    second = run(store, TEXTS)
    assert RAN == ["a", "b", "ask"]
    assert [done.cached for done in second.done][1:] == [True, True]
    assert [done.manifest for done in first.done] == [done.manifest for done in second.done]


def test_prefect_is_given_nothing_that_it_could_take_for_the_result_of_another_task(store: Store) -> None:
    """It knows results by their address in memory, which is used again: an edge that is none, in one run of many."""
    known: list[dict[int, Any]] = []

    @flow(name="toy")
    def toy() -> None:
        last = ASK(CUT(documents(TEXTS)()), HELLO)
        assert run_as_task("named", "-".join, ["a", "b"], after=last) == "a-b"
        context = FlowRunContext.get()
        known.append(dict(context.run_results) if context else {0: "no flow"})

    with building(Build(store, "toy", "test")):
        toy()
    assert known == [{}]


def test_a_changed_document_alone_is_read_again(store: Store) -> None:
    run(store, TEXTS)
    RAN.clear()
    run(store, {**TEXTS, "b": "gamma"})
    assert RAN == ["b", "ask"]


def test_a_parameter_reruns_its_stage_and_a_knob_nothing(store: Store) -> None:
    run(store, TEXTS)
    RAN.clear()
    run(store, TEXTS, Doubling(workers=7))
    assert RAN == []
    run(store, TEXTS, Doubling(word="bye"))
    assert RAN == ["ask"]


def test_a_lost_object_is_made_again_though_prefect_remembers(store: Store) -> None:
    build = run(store, TEXTS)
    for part in build.done[-1].manifest.parts():
        store.object_path(part.sha256).unlink()
    RAN.clear()
    run(store, TEXTS)
    assert RAN == ["ask"]


def test_a_failed_gate_stops_the_flow_and_a_corrected_threshold_redoes_only_the_gate(store: Store) -> None:
    with pytest.raises(GateFailed, match="ask did not open"):
        run(store, TEXTS, gates={"ask": {"min_rows": 3}})
    RAN.clear()
    assert run(store, TEXTS, gates={"ask": {"min_rows": 2}}).verdicts[-1].passed
    assert RAN == []


def test_a_gate_names_the_rows_that_failed(store: Store) -> None:
    with pytest.raises(GateFailed) as failure:
        run(store, {"a": "alpha", "b": "beta " * 500})
    assert stable_id(stable_id("b")) in str(failure.value)
    assert stable_id(stable_id("a")) not in str(failure.value)


def test_a_stage_that_loses_a_row_fails_and_leaves_no_manifest(store: Store) -> None:
    def forget(chunks: pa.Table, params: Doubling, tools: Tools) -> Outcome:
        whole = ask(chunks, params, tools)
        return Outcome(whole.kept.slice(1), whole.rejected, whole.failed)

    losing = stage("ask", 1, EXAMPLE, suite=suite("ask"))(forget)

    @flow(name="losing")
    def toy() -> Snapshot:
        return losing(CUT(documents(TEXTS)()), Doubling())

    with building(Build(store, "toy", "test")), pytest.raises(IntegrityError, match="not accounted for"):
        toy()
    assert not list(store.root.glob("manifests/ask/*.json"))


def test_a_stage_says_what_its_own_reasons_mean(store: Store) -> None:
    def refuse(chunks: pa.Table, params: Doubling, tools: Tools) -> Outcome:
        whole = ask(chunks, params, tools).kept
        first = whole.slice(0, 1).append_column("reason", [["dull"]]).append_column("detail", [["very"]])
        return Outcome.of(EXAMPLE, whole.slice(1), first)

    declaring = stage("ask", 1, EXAMPLE, suite=suite("ask"), reasons={"dull": "says nothing; detail: how much"})(refuse)
    silent = stage("ask", 2, EXAMPLE, suite=suite("ask"))(refuse)

    @flow(name="refusing")
    def toy(asking: Stage) -> Snapshot:
        return asking(CUT(documents(TEXTS)()), Doubling())

    with building(Build(store, "toy", "test")) as build:
        toy(declaring)
        assert build.done[-1].manifest.reasons == {"dull": 1}
        assert build.done[-1].manifest.meanings == {"dull": "says nothing; detail: how much"}
        with pytest.raises(IntegrityError, match="'dull' is not a reason"):
            toy(silent)


def test_two_stores_hold_the_same_bytes(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "other")
    run(store, TEXTS)
    run(other, TEXTS)
    names = [{path.name for path in one.root.glob("objects/*/*.parquet")} for one in (store, other)]
    assert names[0] == names[1]
