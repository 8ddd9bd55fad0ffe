"""Review tasks through spreadsheets and back: nothing is lost, nothing is invented, and what a person did is kept."""

import csv
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.review.decisions import Decision
from tasks.review.exchange import files
from tasks.review.exchange.people import People
from tasks.review.exchange.returned import Intake, decisions_of
from tasks.review.exchange.review_task import ReviewTask
from tasks.text.spreadsheet_cells import guarded
from tests.review.exchange.sample import ROW, task, turned

FORMS = ("csv", "jsonl", "xlsx")
CRITERIA = {"accuracy": (1, 2, 3, 4, 5)}
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
Change = Callable[[dict[str, Any]], dict[str, Any]]


def through(
    tasks: list[ReviewTask],
    form: str,
    change: Change = dict,
    reviewer: str = "ann",
    known: frozenset[str] = frozenset(),
) -> Intake:
    """What comes back of tasks that went out as a sheet in which a person changed each line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"tasks.{form}"
        assert files.export(tasks, form, path, People(), CRITERIA) == [path]
        CHANGERS[form](path, change)
        by_id = {one.identity["example_id"]: one for one in tasks}
        return decisions_of(files.read(path, reviewer, People(), by_id), by_id, "sheet", known)


def in_csv(path: Path, change: Change) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [change(row) for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=";")  # as spreadsheets of half of Europe save it
        writer.writeheader()
        writer.writerows(rows)


def in_jsonl(path: Path, change: Change) -> None:
    rows = [change(json.loads(line)) for line in path.read_text("utf-8").split("\n") if line]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def in_xlsx(path: Path, change: Change) -> None:
    book = openpyxl.load_workbook(path)
    heads, *lines = book.worksheets[0].iter_rows()
    for line in lines:
        assert all(cell.data_type != "f" for cell in line)
        row = change({head.value: cell.value for head, cell in zip(heads, line, strict=True)})
        for head, cell in zip(heads, line, strict=True):
            cell.value = row[head.value]
    book.save(path)


CHANGERS: dict[str, Callable[[Path, Change], None]] = {"csv": in_csv, "jsonl": in_jsonl, "xlsx": in_xlsx}


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=25)
@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3))
@example(texts=[("=1+1", "'=1"), ("-", "@x"), ("a\r\nb\rc", "\x08\x00"), ("_x0041_", "a\x85b\u2028c"), (" a\t", "\ta")])
@example(texts=[("x" * 40_000, "1"), ("007", "1.0"), ("TRUE", "2026-01-01")])
def test_a_sheet_that_nobody_touched_says_nothing(form: str, texts: list[tuple[str, str]]) -> None:
    tasks = [task(number, instruction=one, response=other) for number, (one, other) in enumerate(texts)]
    found = through(tasks, form)
    assert (found.decisions, found.problems, found.unchanged) == ([], [], len(tasks))


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=25)
@given(text=TEXTS.filter(lambda text: text.strip() and text.isprintable()))
def test_a_changed_text_is_an_edit_with_its_lineage(form: str, text: str) -> None:
    cell = text if form == "jsonl" else guarded(text)
    (found,) = through([task(1)], form, lambda row: row | {"response": cell}).decisions
    assert found.edited == {"response": text}
    assert (found.word, found.reviewer, found.example_id) == ("edit", "ann", f"{1:032x}")
    assert (found.content_hash, found.origin_hash) == (ROW["content_hash"], ROW["origin_hash"])


@pytest.mark.parametrize("form", FORMS)
def test_decisions_reasons_levels_and_notes(form: str) -> None:
    def judge(row: dict[str, Any]) -> dict[str, Any]:
        said = {f"{1:032x}": {"decision": "Accept", "level of accuracy": 4.0 if form == "xlsx" else "4", "note": "fine"},
                f"{2:032x}": {"decision": "reject", "reason": "wrong"},
                f"{3:032x}": {"decision": "skip"},
                f"{4:032x}": {"preferred": "rejected"}}  # fmt: skip
        return row | said.get(row["example_id"], {})

    found = through([task(number, rejected="Another.") for number in range(1, 6)], form, judge)
    assert [(one.word, one.reason, one.preferred) for one in found.decisions] == [
        ("accept", "", ""),
        ("reject", "wrong", ""),
        ("skip", "", ""),
        ("prefer", "", "rejected"),
    ]
    assert (found.decisions[0].criteria, found.decisions[0].note) == ({"accuracy": 4}, "fine")
    assert (found.unchanged, found.problems) == (1, [])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"decision": "maybe"}, "decision is 'maybe'"),
        ({"decision": "reject"}, "a rejection needs a reason"),
        ({"decision": "reject", "reason": "wrong", "response": "New."}, "only one of them"),
        ({"decision": "edit"}, "no text was changed"),
        ({"response": " "}, "response is empty"),
        ({"note": "hm"}, "no decision"),
        ({"history": "{"}, "history is no JSON"),
        ({"history": '[{"rolle": "user"}]'}, "no list of turns"),
        ({"example_id": "f" * 32}, "no row ffff"),
        ({"example_id": ""}, "no example_id"),
        ({"content_hash": "other"}, "has changed since it was exported"),
    ],
)
def test_what_cannot_be_taken_is_named_with_its_row(change: dict[str, str], problem: str) -> None:
    found = through(
        [task(1), task(2)],
        "csv",
        lambda row: row | (change if row["example_id"] == f"{1:032x}" else {"decision": "accept"}),
    )
    assert len(found.problems) == 1
    assert found.problems[0].startswith("row 2: ")
    assert problem in found.problems[0]
    assert [one.word for one in found.decisions] == ["accept"]


def test_the_same_sheet_twice_brings_nothing_new() -> None:
    def accept(row: dict[str, Any]) -> dict[str, Any]:
        return row | {"decision": "accept"}

    first = through([task(1)], "csv", accept)
    again = through([task(1)], "csv", accept, known=frozenset(one.id for one in first.decisions))
    elsewhere = Decision(**first.decisions[0].model_dump() | {"id": "made-on-the-page"})
    beside = through([task(1, decisions=[elsewhere])], "csv", accept)
    assert (again.decisions, beside.decisions) == ([], [])
    assert [one.reviewer for one in through([task(1, decisions=[elsewhere])], "csv", accept, "ben").decisions] == [
        "ben"
    ]


def test_turns_are_edited_as_json() -> None:
    talk = task(1, history=[turned("user", "Hello."), turned("assistant", "Hi.")])
    found = through([talk], "csv", lambda row: row | {"history": row["history"].replace("Hi.", "Good day.")})
    assert found.decisions[0].edited == {
        "history": [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Good day."}]
    }


def test_a_rejected_row_that_is_accepted_speaks_of_the_filter() -> None:
    found = through([task(1, refused="filters/too_short")], "xlsx", lambda row: row | {"decision": "accept"})
    assert found.decisions[0].refused == "filters/too_short"


def test_files_that_are_no_sheets_are_refused_in_one_line(tmp_path: Path) -> None:
    for name, data in (("a.xlsx", b"PK"), ("a.csv", b"\xff\xfe\x00"), ("a.jsonl", b"["), ("a.txt", b"")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(BadInput, match=r"a\."):
            list(files.read(tmp_path / name, "ann", People(), {}))
    with pytest.raises(BadInput, match="--reviewer"):
        files.read(tmp_path / "a.csv", "", People(), {})
