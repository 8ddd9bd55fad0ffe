"""An edit is tried before it is saved: what would refuse it stands beside what changes; a second press saves it all the same."""

import json
import re
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from flows.cli.reviewing import TaskSelection, export_tasks, import_decisions
from flows.review import rule_trial
from flows.review.dataset import ReviewedDataset
from flows.review.edit_trial import Edits, TriedEdit
from flows.review.queues import QueueSettings
from tasks.core.schema import EXAMPLE
from tasks.review.decisions import Decisions
from tasks.review.refusals import RefusedRow
from tasks.store.manifest import Ledger, Manifest, Release, Spending
from tests.review_page import stores
from tests.review_page.people import Person, people, serving_here

REFUSED = "The next build would refuse this edit"


def previewed(person: Person, row_id: str, **texts: str) -> str:
    """The page that shows what an edit changes."""
    person.open(f"row/{row_id}?edit=1")
    edits = {f"edit.{name}": text for name, text in texts.items()}
    return person.send(f"row/{row_id}", decide="preview", **edits).text


def test_a_refused_edit_is_explained_and_saved_all_the_same(tmp_path: Path) -> None:
    store = stores.released(tmp_path / "store", stores.rows(8), filters={"length": {"min_response_words": 2}})
    with serving_here(store.root, "shop", double=0.0) as address:
        ada = people(store.root, address, "shop", "ada")[0]
        row_id = ada.next() or ""
        page = previewed(ada, row_id, response="<b>No.</b>")
        assert REFUSED in page
        assert re.search(r"<code>filters/too_short</code>: fewer words than allowed\s+<span[^>]*>\(response 1\)", page)
        assert "The build would change: <code>markup:response</code>" in page
        assert "<code>near_duplicates</code>: compares rows" in page
        assert not Decisions(store, "shop").any(), "it is not saved by looking at it"
        assert "Save all the same" in page
        ada.send(f"row/{row_id}", decide="edit")
    (kept,) = Decisions(store, "shop").standing()
    assert kept.edited == {"response": "<b>No.</b>"}
    assert kept.refused == "", "no build refused the row that was edited"


def test_an_edit_that_nothing_objects_to_is_saved_as_before_and_soon(tmp_path: Path) -> None:
    store = stores.released(tmp_path / "store", stores.rows(8))
    trial = ReviewedDataset(store, store.release("shop"), QueueSettings()).trial
    with serving_here(store.root, "shop", double=0.0) as address:
        ada = people(store.root, address, "shop", "ada")[0]
        row = trial.rows.row(ada.next() or "")
        shorter = row["response"][:60]  # what its evidence holds
        page = previewed(ada, row["example_id"], response=shorter)
        assert "No filter that was tried objects" in page
        assert "Save the edit" in page
    waits = []
    for row_id in trial.rows.ids:
        begun = time.thread_time()
        trial.of({row_id: {"response": shorter}})
        waits.append(time.thread_time() - begun)
    assert np.median(waits) < 0.3, "seconds of a processor"


def test_what_nobody_edited_is_tried_as_it_came_before_it_was_redacted(tmp_path: Path) -> None:
    (row,) = stores.rows(1)
    row["response"] = "Call 415-555-2671 for help with it."
    store = stores.released(tmp_path / "store", [row])
    came = Manifest(
        stage="review", key="k1", identity={}, sources={}, facts={}, inputs=(), seconds=1.0, reasons={}, spending=Spending(),
        tables={"kept": store.put(pa.Table.from_pylist([row], EXAMPLE)), "rejected": (), "failed": ()},
        ledger=Ledger(rows_in=1, created=0, used=0, kept=1, rejected=0, failed=0), written_at="2026-11-29T03:00:00+00:00",
    )  # fmt: skip
    store.put_manifest(came)
    redacted = dict(row, response="Call <PHONE_NUMBER_1> for help with it.", pii=["PHONE_NUMBER:response"])
    first = store.release("shop")
    rows = store.put(stores.table([redacted]))
    filtered = store.required("filters", "k1").model_copy(
        update={"key": "k2", "tables": {"kept": rows, "rejected": (), "failed": ()}}
    )
    store.put_manifest(filtered)
    stages = (("documents", "k1"), ("review", "k1"), ("filters", "k2"))
    release = Release.model_validate(first.model_dump() | {"stages": stages})
    trial = ReviewedDataset(store, release, QueueSettings()).trial
    asked = {"instruction": "Whom may I call for help with it?"}
    names = [[one.name for one in trial.of({row["example_id"]: edit})[row["example_id"]].refusals]
             for edit in (asked, asked | {"response": redacted["response"]})]  # fmt: skip
    assert names == [[], ["filters/ungrounded_name"]], "a placeholder counts where the person kept it in an edited text"


def test_a_rule_for_many_rows_is_tried_before_it_is_applied(tmp_path: Path) -> None:
    made = stores.rows(12)
    for row in made[:3]:
        row["response"] = "Hello there."
    store = stores.released(tmp_path / "store", made, filters={"length": {"min_response_words": 2}})
    with serving_here(store.root, "shop", double=0.0) as address:
        ada = people(store.root, address, "shop", "ada")[0]
        ada.open("find?words=hello")
        page = ada.send("rules/preview", kind="replace", old="Hello there", new="Hello", **{"in": "response"}).text
        assert "The next build would refuse 3 of 3 rows that were tried" in page
        assert re.search(r"<li>3 rows: <code>filters/too_short</code>: fewer words than allowed", page)
        assert "<code>near_duplicates</code>: compares rows" in page
        assert "Save 3 rows all the same" in page
        assert not Decisions(store, "shop").any(), "it is not saved by looking at it"
        ada.send("rules/apply")
    assert len(Decisions(store, "shop").standing()) == 3


def test_a_rule_is_tried_on_as_many_rows_as_there_is_time_for() -> None:
    edits = {f"{number:032x}": {"response": "No."} for number in range(3 * rule_trial.AT_ONCE)}

    def slow(some: Edits) -> dict[str, TriedEdit]:
        time.sleep(0.02)
        return {row_id: TriedEdit((RefusedRow(row_id, "", "filters/echo", "", ""),)) for row_id in some}

    first = rule_trial.tried(slow, edits, seconds=0.0)
    assert (first.rows, sorted(first.refused)) == (rule_trial.AT_ONCE, sorted(edits)[: rule_trial.AT_ONCE])
    assert rule_trial.tried(slow, edits, seconds=60.0).rows == len(edits)


def test_an_import_names_the_edits_that_would_be_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = stores.released(tmp_path / "store", stores.rows(3), filters={"length": {"min_response_words": 2}})
    sheet = tmp_path / "tasks.jsonl"
    export_tasks(store.root, "shop", TaskSelection("jsonl", sheet, False, None, "", "none", ()))
    tasks = [json.loads(line) for line in sheet.read_text().splitlines()]
    tasks[0]["response"] = "No."
    tasks[1]["response"] = tasks[1]["response"][:60]
    sheet.write_text("".join(json.dumps(task) + "\n" for task in tasks))
    import_decisions(store.root, "shop", sheet, "ann", (), True)
    said = capsys.readouterr()
    assert "2 decisions would be kept" in said.out
    row = tasks[0]["example_id"][:8]
    assert said.err == (
        f"the next build would refuse row {row} as it is edited: filters/too_short, fewer words than allowed (response 1)\n"
    )


def test_settings_that_this_version_does_not_know_are_no_error(tmp_path: Path) -> None:
    store = stores.released(tmp_path / "store", stores.rows(3), filters={"of_a_later_version": {}})
    with serving_here(store.root, "shop", double=0.0) as address:
        ada = people(store.root, address, "shop", "ada")[0]
        page = previewed(ada, ada.next() or "", response="No.")
        assert "this version cannot read the recipe of the release" in page
        assert "Save the edit" in page
