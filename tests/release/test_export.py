"""Every format holds every row's text, whatever it is made of, and is put in place whole or not at all."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.core.schema import CLUSTERED, EXAMPLE, conform
from tasks.release.export import FORMATS, export
from tasks.text.spreadsheet_cells import FORMULA
from tests.release import sample

NASTY = st.one_of(
    st.text(),
    st.sampled_from(
        [
            "", "=1+1", "'=1", "''=1", "+x", "-x", "@x", "\tx", "\rx", "＝1", "a\r\nb", 'a"b,c', "\x00",
            "\u2028\u2029\x85", "\ufeffx", "👩‍👩‍👧", "\u202eabc", "null", "\\u0041", "]\n[", "{", "'",
        ]
    ),
)  # fmt: skip
TURN = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant"]), "content": NASTY, "name": st.none(), "tool_calls": st.none()}
)
ROW = st.fixed_dictionaries(
    {
        "system": st.none() | NASTY,
        "instruction": NASTY,
        "response": NASTY,
        "history": st.none() | st.lists(TURN, max_size=3),
    }
)


def table(rows: list[dict]) -> pa.Table:
    return conform(
        pa.Table.from_pylist([{"example_id": f"id{i}"} | row for i, row in enumerate(rows)], EXAMPLE), EXAMPLE
    )


def texts(row: dict) -> list[str]:
    """What a conversation says, in order."""
    turns = [turn["content"] for turn in row["history"] or ()]
    return [text for text in [row["system"], *turns, row["instruction"], row["response"]] if text]


@settings(max_examples=60)
@given(rows=st.lists(ROW, max_size=4))
def test_text_survives_every_format(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("export")
    made = table(rows)
    for name in FORMATS:
        assert export(made, name, folder / name) == len(rows)
    read = made.to_pylist()
    assert pq.read_table(folder / "parquet", page_checksum_verification=True).equals(made)
    lines = (folder / "jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == read
    chats = [json.loads(line)["messages"] for line in (folder / "messages").read_text("utf-8").splitlines()]
    assert [[turn["content"] for turn in chat if turn["content"]] for chat in chats] == [texts(row) for row in read]
    shared = json.loads((folder / "sharegpt").read_text("utf-8"))
    assert [[turn["value"] for turn in row["conversations"] if turn["value"]] for row in shared] == [
        texts(row) for row in read
    ]
    for row, alpaca in zip(read, json.loads((folder / "alpaca").read_text("utf-8")), strict=True):
        assert (alpaca["instruction"], alpaca["output"]) == (row["instruction"], row["response"])
        before = texts(row | {"instruction": "", "response": ""})
        assert [part for part in before if part not in alpaca["input"]] == []
        assert bool(alpaca["input"]) == bool(before)


@settings(max_examples=60)
@given(rows=st.lists(ROW, min_size=1, max_size=4))
def test_spreadsheets_show_text_and_run_nothing(tmp_path_factory, rows):
    out = tmp_path_factory.mktemp("csv") / "rows.csv"
    made = table(rows)
    export(made, "csv", out)
    with out.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    for cells, row in zip(read, made.to_pylist(), strict=True):
        assert not any(cell[:1] in "=+-@\t\r＝＋－＠" for cell in cells.values() if cell)
        for name in ("instruction", "response", "system"):
            cell = cells[name]
            assert (cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell) == (row[name] or "")


def test_numbers_stay_numbers_in_a_spreadsheet(tmp_path):
    export(table([{"instruction": "a", "response": "b", "score": -1.5}]), "csv", tmp_path / "rows.csv")
    assert ",-1.5," in (tmp_path / "rows.csv").read_text("utf-8")


def test_tools_and_their_calls_take_the_vendors_form(tmp_path):
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    calls = [{"name": "clock", "arguments": {"zone": "CET"}}, {"name": "weather", "arguments": {"city": "Köln"}}]
    history = [
        {"role": "user", "content": "Time and weather?", "name": None, "tool_calls": None},
        {"role": "assistant", "content": None, "name": None, "tool_calls": json.dumps(calls)},
        {"role": "tool", "content": "rain", "name": "weather", "tool_calls": None},
        {"role": "tool", "content": "12:00", "name": "clock", "tool_calls": None},
    ]
    made = table(
        [{"instruction": "Thanks, and now?", "response": "Wait.", "history": history, "tools": json.dumps(tools)}]
    )
    export(made, "messages", tmp_path / "m.jsonl")
    row = json.loads((tmp_path / "m.jsonl").read_text("utf-8"))
    assert row["tools"] == tools
    asked = row["messages"][1]["tool_calls"]
    assert [call["function"]["name"] for call in asked] == ["clock", "weather"]
    assert json.loads(asked[1]["function"]["arguments"]) == {"city": "Köln"}
    answered = {turn["content"]: turn["tool_call_id"] for turn in row["messages"] if turn["role"] == "tool"}
    assert answered == {"rain": asked[1]["id"], "12:00": asked[0]["id"]}
    export(made, "sharegpt", tmp_path / "s.json")
    (shared,) = json.loads((tmp_path / "s.json").read_text("utf-8"))
    assert [turn["from"] for turn in shared["conversations"]] == [
        "human", "function_call", "observation", "observation", "human", "gpt",
    ]  # fmt: skip
    assert json.loads(shared["tools"]) == tools


def test_a_row_that_a_format_cannot_hold_is_named_and_leaves_nothing_behind(tmp_path):
    out = tmp_path / "rows.jsonl"
    out.write_text("as it was")
    made = table([{"instruction": "a", "response": "b"}, {"instruction": "a", "response": "b", "tools": "{not json"}])
    with pytest.raises(BadInput, match="row id1: tools is not JSON"):
        export(made, "messages", out)
    assert out.read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_an_unknown_format_names_the_known(tmp_path):
    with pytest.raises(
        BadInput, match="unknown format 'xml'; choose one of alpaca, sharegpt, messages, parquet, jsonl, csv"
    ):
        export(table([]), "xml", tmp_path / "x")


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot write"):
        export(table([]), "csv", tmp_path / "file" / "rows.csv")


def test_a_whole_release_goes_through_every_format(tmp_path):
    rows = sample.rows(1500)
    for name in FORMATS:
        assert export(rows, name, tmp_path / name) == 1500
    assert len(json.loads((tmp_path / "alpaca").read_text("utf-8"))) == 1500
    assert pq.read_schema(tmp_path / "parquet").names == CLUSTERED.names
    assert b"NaN" not in (tmp_path / "jsonl").read_bytes()


def test_what_json_cannot_say_is_null(tmp_path):
    export(table([{"instruction": "a", "response": "b", "score": float("nan")}]), "jsonl", tmp_path / "rows.jsonl")
    assert json.loads((tmp_path / "rows.jsonl").read_text("utf-8"))["score"] is None
