"""How row-wise work is cut, what a worker is sent, and what it refuses; no worker is needed to see that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import cloudpickle
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import SUITES
from flows import recipe_file
from tasks import cleaning
from tasks.cleaning import stage as cleaning_stage
from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, RowWise, Tools
from tasks.core.schema import CLEANED, EXAMPLE
from tasks.filters import stage as filters
from tasks.pipeline.runners import remote_work
from tasks.pipeline.runners import settings as runners
from tasks.pipeline.runners.remote_work import MOST_GROUPS, RemoteWork, ShardGroup
from tasks.pipeline.runners.settings import RunnerSettings
from tasks.store.store import Store
from tests.pipeline.runners import toys


@dataclass
class Post:
    """A runner that opens what it is sent as a worker would, and weighs it."""

    sent: list[bytes] = field(default_factory=list)
    works: bool = True

    def run(
        self,
        stage: str,
        function: Callable[[Any], Any],
        groups: Mapping[int, Any],
        total: int,
        progress: Callable[[int], None],
    ) -> None:
        for number, piece in groups.items():
            self.sent.append(cloudpickle.dumps((function, piece)))
            if self.works:
                received, work = cloudpickle.loads(self.sent[-1])
                assert received(work) == [f"{stage}.shards/{shard.key}" for shard in piece.shards]
            progress(number)


def sending(post: Post, store: Store) -> Tools:
    return Tools("key", store.root, workers=1, row_runner=RemoteWork(post, store, "cleaning", (), []))  # type: ignore[arg-type]


def cut(at: Sequence[int]) -> Callable[..., list[Outcome]]:
    """A `RowRunner` that calls the function for stretches that end near the places given."""

    def stretches(
        function: RowWise, rows: pa.Table, others: Sequence[Any], tools: Tools, kept: pa.Schema, multiple: int
    ) -> list[Outcome]:
        places = sorted({0, rows.num_rows, *(min(place // multiple * multiple, rows.num_rows) for place in at)})
        return [function(rows.slice(a, b - a), *others, tools) for a, b in pairwise(places)]

    return stretches


ROWS = toys.found(600, Tools("", Path())).kept


@settings(max_examples=10)
@given(at=st.lists(st.integers(1, 599), max_size=4))
def test_cleaning_comes_to_the_same_wherever_its_rows_are_cut(at: list[int]) -> None:
    whole, parts = (
        cleaning.compute(ROWS, None, cleaning.Cleaning(), Tools("k", Path(), row_runner=how))
        for how in (cut([]), cut(at))
    )  # fmt: skip
    assert (whole.kept, whole.rejected, whole.facts) == (parts.kept, parts.rejected, parts.facts)
    assert whole.facts["cleaning"]["rows"] > 500


@settings(max_examples=4)
@given(at=st.lists(st.integers(1, 599), min_size=1, max_size=4))
def test_filters_come_to_the_same_wherever_their_rows_are_cut(at: list[int]) -> None:
    def multipleed(*given: Any) -> list[Outcome]:
        return cut(at)(*given[:-1], 1)

    whole, parts = (
        filters.compute(ROWS, None, toys.CHEAP, Tools("k", Path(), row_runner=how)) for how in (cut([]), multipleed)
    )
    assert (whole.kept, whole.rejected, whole.facts) == (parts.kept, parts.rejected, parts.facts)
    assert whole.rejected.num_rows > 40


def test_what_a_worker_is_sent_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    post, store = Post(works=False), Store(tmp_path)
    for rows in (10_000, 1_000_000):
        table = pa.table({"example_id": [f"secret{n}" for n in range(rows)]})
        with pytest.raises(BadInput, match="kept its rows in another folder"):  # nobody worked
            sending(post, store).map_rows(toys.shouted, table, toys.Accident(), kept=EXAMPLE)
    assert len(post.sent) == 2 + MOST_GROUPS
    assert max(map(len, post.sent)) < 4000
    assert not any(b"secret" in one for one in post.sent)


def test_a_million_rows_stay_below_200_task_runs(tmp_path: Path) -> None:
    """Three row-wise stages; a task run for every stage, two for each gate and its stage, and the release."""
    work = RemoteWork(Post(), Store(tmp_path), "cleaning", (), [])  # type: ignore[arg-type]
    assert 3 * MOST_GROUPS + 2 * len(SUITES) + 1 <= 200
    assert max(work.groups(n) for n in (5, 80, 256, 100_000)) <= MOST_GROUPS


def test_few_rows_are_done_here(tmp_path: Path) -> None:
    post = Post()
    sending(post, Store(tmp_path)).map_rows(toys.shouted, ROWS, toys.Accident(), kept=EXAMPLE)
    assert post.sent == []
    assert RemoteWork(post, Store(tmp_path), "cleaning", (), []).groups(7) == 1  # type: ignore[arg-type]


def piece(root: Path, **changed: Any) -> ShardGroup:
    table = ROWS.slice(0, 8)
    here = Store(root)
    pointer = remote_work.StoredTable(here.put(table), table.schema)
    shard = remote_work.Shard("k1", 0, 8)
    given = ShardGroup(
        "cleaning",
        "k",
        str(root),
        cleaning_stage.repaired,
        pointer,
        (shard,),
        (None, cleaning.Cleaning()),
        remote_work.code(),
        {},
    )
    return replace(given, **changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"store": "/nowhere/store"}, r"does not see the store /nowhere/store; mount that folder there, under the same path"),
        ({"code": "0" * 64}, r"runs another version of Instructory than the machine that builds; install the same on both"),
        ({"versions": {"numpy": "1.0"}}, r"has numpy 2\S+, the machine that builds 1\.0; install requirements\.lock on both"),
        ({"versions": {"spacy-nl": "3"}}, r"has spacy-nl not installed, the machine that builds 3"),
    ],
)  # fmt: skip
def test_a_worker_that_would_do_something_else_refuses(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said) as refusal:
        remote_work.compute(piece(tmp_path, **changed))
    assert "\n" not in str(refusal.value)
    assert not Path("/nowhere").exists()


def test_a_worker_that_sees_an_empty_folder_in_place_of_the_store_refuses(tmp_path: Path) -> None:
    sent = piece(tmp_path / "store")
    (tmp_path / "other").mkdir()
    with pytest.raises(BadInput, match="does not see the store"):
        remote_work.compute(replace(sent, store=str(tmp_path / "other")))
    assert not list((tmp_path / "other").rglob("*.json"))


def test_a_worker_leaves_what_it_made_in_the_store(tmp_path: Path) -> None:
    assert remote_work.compute(piece(tmp_path)) == ["cleaning.shards/k1"]
    found = remote_work.shards.stored(Store(tmp_path), "cleaning", CLEANED, "k1")
    assert found
    assert found.kept == cleaning_stage.repaired(ROWS.slice(0, 8), None, cleaning.Cleaning(), Tools("k", tmp_path)).kept


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("runner=dsk", "runner.kind: no runner 'dsk'; did you mean 'dask'?"),
        ("runner.kind=spark", "runner.kind: no runner 'spark'; there are threads, dask, ray"),
        ("runner.adress=x", "runner: unknown key 'adress'; did you mean 'address'?"),
        ("runner.workers=4", "runner: threads need no more than the recipe's own `workers`; for processes name a kind"),
        ("runner={kind: dask, address: 'tcp://a:1', workers: 2}", "runner: `workers` are started on this machine"),
        ("runner={kind: dask, address: 'ray://a:1'}", "runner: address 'ray://a:1' must look like tcp://HOST:PORT"),
        ("runner={kind: ray, address: 'tcp://a:1'}", "runner: address 'tcp://a:1' must look like ray://HOST:PORT"),
        ("runner={kind: dask, address: 'tcp://a:99999'}", "must look like tcp://HOST:PORT"),
        ("runner={kind: dask, workers: 0}", "runner.workers: Input should be greater than or equal to 1"),
    ],
)  # fmt: skip
def test_a_runner_that_cannot_be_is_refused_in_one_line(setting: str, said: str) -> None:
    with pytest.raises(BadInput) as refusal:
        recipe_file.load("demo", [setting])
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("kind", ["dask", "ray"])
def test_a_runner_may_be_named_by_its_kind_and_is_part_of_no_key(kind: str) -> None:
    named = recipe_file.load("demo", [f"runner={kind}"])
    assert named.runner == RunnerSettings.model_validate({"kind": kind})
    assert named.identity() == recipe_file.load("demo").identity()


def test_an_address_at_which_nothing_answers_is_said_with_the_remedy() -> None:
    with pytest.raises(
        BadInput, match=r"nothing answers at tcp://127\.0\.0\.1:1 .*start it there with `dask scheduler`, or leave out"
    ):
        runners.check(RunnerSettings(kind="dask", address="tcp://127.0.0.1:1"))
