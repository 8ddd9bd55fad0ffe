"""Whole files become rows: every record accounted for, licences carried, what was exported read back unchanged."""

import csv
import json
import re
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.core.schema import CLUSTERED, EXAMPLE, INVENTORY, TEXT_COLUMNS
from tasks.imports import Dataset, Imports
from tasks.imports.datasets import stage as finding
from tasks.release.export import export
from tests.imports.conftest import Import, refusals
from tests.release import sample
from tests.torture import hostile_files

REAL = {
    "alpaca/alpaca_5000.json": ("alpaca", 5000, 0, "CC-BY-NC-4.0"),
    "alpaca/alpagasus_random_9k.json": ("alpaca", 9229, 0, "CC-BY-NC-4.0"),
    "alpaca/raschka_instruction_data_1100.json": ("alpaca", 1100, 0, "Apache-2.0"),
    "cot/gsm8k_train.tsv": ("flan", 7473, 0, "MIT"),
    "dolly/dolly_3k.json": ("dolly", 2996, 0, "CC-BY-SA-3.0"),
    "evol-instruct/code_alpaca_2k.json": ("alpaca", 2017, 0, "CC-BY-NC-4.0"),
    "evol-instruct/evol-codealpaca-2k-1.json": ("evol", 1966, 0, "CC-BY-NC-4.0"),
    "lima/lima.json": ("alpaca", 1029, 0, "CC-BY-NC-SA-4.0"),
    "oasst/en_100_tree.jsonl": ("oasst", 142, 0, "Apache-2.0"),
    "preference/dpo_en_demo.json": ("dpo", 300, 0, "Apache-2.0"),
    "seeds/seed_tasks.jsonl": ("self_instruct", 175, 0, "Apache-2.0"),
    "sharegpt/sharegpt_300.jsonl": ("sharegpt", 293, 7, "unknown"),
    "sharegpt/sharegpt_truncated_tail.json": ("sharegpt", 10, 1, "unknown"),
    "tool-use/BFCL_v4_simple_python.json": ("bfcl", 400, 0, "Apache-2.0"),
    "tool-use/answer_BFCL_v4_simple_python.json": ("bfcl", 400, 0, "Apache-2.0"),
    "tool-use/glaive_toolcall_en_demo.json": ("glaive", 300, 0, "Apache-2.0"),
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_file(shared: Path, imported: Import, name: str) -> None:
    form, kept, refused, licence = REAL[name]
    outcome = imported(shared / "instructions" / name)
    (fact,) = outcome.facts["files"].values()
    beside = [reason for reason, _ in refusals(outcome)].count("read_beside")
    assert (fact["format"], outcome.kept.num_rows, outcome.rejected.num_rows - beside) == (form, kept, refused)
    assert beside == ("BFCL" in name)
    assert outcome.kept.schema == EXAMPLE
    assert set(outcome.kept["licence"].to_pylist()) == {licence}
    assert pc.count_distinct(outcome.kept["example_id"]).as_py() == kept
    assert bool(outcome.facts["warnings"]) == (licence.startswith("CC-BY-NC") or licence == "unknown")


def test_a_file_cut_in_the_middle_of_a_text_loses_that_record_only(shared: Path, imported: Import) -> None:
    outcome = imported(shared / "instructions" / "sharegpt" / "sharegpt_truncated_tail.json")
    assert refusals(outcome) == [
        ("malformed_record", "sharegpt_truncated_tail.json:300: the file ends inside this record")
    ]


ROUND = ["tool-use/glaive_toolcall_en_demo.json", "tool-use/BFCL_v4_simple_python.json", "oasst/en_100_tree.jsonl",
         "sharegpt/sharegpt_300.jsonl", "preference/dpo_en_demo.json"]  # fmt: skip


@pytest.mark.parametrize("name", ROUND)
@pytest.mark.parametrize("form", ["sharegpt", "messages", "jsonl", "csv", "parquet"])
def test_what_is_exported_comes_back_unchanged(
    shared: Path, imported: Import, tmp_path: Path, name: str, form: str
) -> None:
    rows = imported(shared / "instructions" / name).kept
    suffix = {"sharegpt": "json", "messages": "jsonl"}.get(form, form)
    export(rows, form, tmp_path / f"rows.{suffix}")
    again = imported(tmp_path / f"rows.{suffix}").kept
    lost = {"rejected", "score"} if form in ("sharegpt", "messages") else set()
    columns = [column for column in (*TEXT_COLUMNS, "expects") if column not in lost]
    assert unnumbered(again.select(columns)) == unnumbered(rows.select(columns))


def unnumbered(rows: pa.Table) -> str:
    """Rows without the ids that `messages` gives to calls that have none."""
    return re.sub(r'\\"id\\": \\"call_\d+\\", |"call_\d+"', "null", json.dumps(rows.to_pylist())).replace("{null", "{")


@pytest.mark.parametrize("licences", ["any", "commercial-only"])
def test_a_released_row_keeps_its_id_and_its_history_also_if_it_is_named_twice(
    imported: Import, tmp_path: Path, licences: str
) -> None:
    (tmp_path / "twice").mkdir()
    rows = sample.rows(6).to_pylist()
    rows = [row | {"generation": 2, "operator": "deepen", "prompt_source": "a.md@1"} for row in rows]
    table = pa.Table.from_pylist(rows, CLUSTERED)
    for name, kept in (("a.parquet", table), ("b.parquet", table.take(list(reversed(range(6)))))):
        pq.write_table(kept, tmp_path / "twice" / name)
    outcome = imported(tmp_path / "twice", licences=licences)
    table = pa.concat_tables([outcome.kept, outcome.rejected.select(EXAMPLE.names)])
    assert len(set(table["example_id"].to_pylist())) == 12
    assert set(table["example_id"].to_pylist()) > {row["example_id"] for row in rows}
    kept = (
        "system",
        "instruction",
        "response",
        "generation",
        "operator",
        "prompt_source",
        "origin",
        "teacher",
        "licence",
    )
    assert table.slice(0, 6).select(kept).to_pylist() == [{name: row[name] for name in kept} for row in rows]


def test_ids_stay_when_rows_are_put_before_and_tell_equal_rows_apart(imported: Import, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    row = '{"instruction": "q", "response": "a"}\n'
    path.write_text(row * 3)
    ids = imported(path).kept["example_id"].to_pylist()
    assert len(set(ids)) == 3
    path.write_text('{"instruction": "new", "response": "a"}\n' + row * 3)
    assert imported(path).kept["example_id"].to_pylist()[1:] == ids


def test_many_short_rows_take_no_memory_and_stay_what_they_were(imported: Import, tmp_path: Path) -> None:
    path, rows = tmp_path / "rows.jsonl", 50_000  # some batches
    bad = range(5, rows, 10)
    lines = [
        json.dumps({"instruction": f"q{n % 30_000}", "output": "a"}) if n not in bad else "[]" for n in range(rows)
    ]
    path.write_text("\n".join(lines))
    before = pa.total_allocated_bytes()
    outcome = imported(path)
    assert pa.total_allocated_bytes() - before < 120 * rows  # 600 a row if they lay in memory
    wanted = [f"q{n % 30_000}" for n in range(rows) if n not in bad]
    assert outcome.kept["instruction"].to_pylist() == wanted
    assert [f"{path.name}:{n + 1}" for n in bad] == [detail.rpartition(": ")[0] for _, detail in refusals(outcome)]
    ids = outcome.kept["example_id"].to_pylist()
    assert len({*ids, *outcome.rejected["example_id"].to_pylist()}) == rows
    path.write_text("\n".join([lines[1], lines[30_001]]))
    assert imported(path).kept["example_id"].to_pylist() == [ids[1], ids[wanted.index("q1", 2)]]


def test_only_commercial_licences(shared: Path, imported: Import) -> None:
    folder = shared / "instructions"
    refused = imported(folder / "lima" / "lima.json", licences="commercial-only")
    assert (refused.kept.num_rows, refused.rejected.num_rows) == (0, 1029)
    reason, detail = refusals(refused)[0]
    assert (reason, "CC-BY-NC-SA-4.0" in detail) == ("licence_refused", True)
    assert refused.rejected["instruction"].null_count == 0
    assert imported(folder / "dolly" / "dolly_3k.json", licences="commercial-only").kept.num_rows == 2996
    assert (
        imported(folder / "dolly" / "dolly_3k.json", licences="commercial-only", licence="our own").kept.num_rows == 0
    )


def test_columns_as_the_recipe_names_them(imported: Import, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("frage;antwort;note\nWas?;Das.;0.5\nWer?;Er.;gut\n")
    columns = {"instruction": "frage", "response": "antwort", "score": "note"}
    outcome = imported(path, columns=columns, licence="CC0-1.0", origin="human")
    (row,) = outcome.kept.to_pylist()
    assert (row["instruction"], row["response"], row["score"], row["origin"]) == ("Was?", "Das.", 0.5, "human")
    assert refusals(outcome) == [("malformed_record", "table.csv:3: the score 'gut' is not a number")]


def test_a_wrapped_list_an_empty_file_and_a_strange_one(imported: Import, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"version": 1, "data": [{"instruction": "q", "output": "a"}]}, indent=1))
    assert imported(path).kept["response"].to_pylist() == ["a"]
    path.write_text("[]")
    assert imported(path).kept.num_rows == 0
    path.write_text('[{"colour": "red", "size": 3}]')
    with pytest.raises(BadInput, match="no format recognised; its rows have: colour, size"):
        imported(path)
    with pytest.raises(BadInput, match="no format 'alpacca'"):
        imported(path, format="alpacca")


def test_a_trial_takes_the_first_rows(shared: Path, imported: Import) -> None:
    assert imported(shared / "instructions" / "dolly" / "dolly_3k.json", limit=7).kept["record"].to_pylist() == [
        *range(7)
    ]


def test_every_file_is_accounted_for(imported: Import, tmp_path: Path) -> None:
    for name, rows in (
        ("a", []),
        ("b", [{"instruction": "q", "output": "a"}]),
        ("c", [{"instruction": "r", "output": "b"}]),
    ):
        (tmp_path / f"{name}.json").write_text(json.dumps(rows))
    question = {"id": "1", "question": [[{"role": "user", "content": "area?"}]], "function": []}
    (tmp_path / "d.json").write_text(json.dumps(question))
    (tmp_path / "answer_d.json").write_text(json.dumps({"id": "1", "ground_truth": [{"area": {"base": [2]}}]}))
    outcome = imported(tmp_path / "*.json")
    assert outcome.kept.num_rows == 3
    assert refusals(outcome) == [
        ("empty_document", "a.json: it holds no record"),
        ("read_beside", "answer_d.json: its records were joined to those of d.json"),
    ]
    assert [reason for reason, _ in refusals(imported(tmp_path / "*.json", limit=1))].count("surplus") == 2


def test_a_folder_brings_each_of_its_files_once(shared: Path, tmp_path: Path) -> None:
    def find(*paths: Path) -> Any:
        datasets = tuple(Dataset(path=str(path), name=f"d{n}") for n, path in enumerate(paths))
        return finding.compute(Imports(datasets=datasets), Tools("test", tmp_path))

    folder = shared / "instructions" / "tool-use"
    found = find(folder, folder / "glaive_toolcall_en_demo.json")
    assert len(found.kept) == len([file for file in folder.iterdir() if file.suffix != ".md"])
    assert found.rejected["reason"].to_pylist() == ["duplicate_document"]
    assert found.kept.schema == INVENTORY
    with pytest.raises(BadInput, match="there is no file or folder"):
        find(folder / "nothing.json")


def saved(folder: Path, rows: list[dict[str, str]], name: str = "data-00000-of-00001.arrow") -> None:
    """A folder as `save_to_disk` of the library datasets writes it."""
    folder.mkdir(parents=True)
    table = pa.Table.from_pylist(rows)
    with pa.OSFile(str(folder / name), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": name}]}))
    (folder / "dataset_info.json").write_text("{}")


def test_a_folder_is_read_past_what_lies_beside_its_rows(imported: Import, tmp_path: Path) -> None:
    """A cloned repository with Parquet shards, and a folder of `save_to_disk` with the caches of later steps."""
    rows = [{"instruction": f"Name tree {n}.", "output": "Yew."} for n in range(6)]
    repository = tmp_path / "repository"
    (repository / "data").mkdir(parents=True)
    for shard in range(2):
        table = pa.Table.from_pylist(rows[shard * 3 : shard * 3 + 3])
        pq.write_table(table, repository / "data" / f"train-0000{shard}-of-00002.parquet")
    (repository / "dataset_infos.json").write_text('{"default": {"splits": {}}}')
    (repository / "label_counts.json").write_text('{"tree": 6}')
    (repository / "README.md").write_text("# Trees")
    found = imported(repository)
    assert found.kept["instruction"].to_pylist() == [row["instruction"] for row in rows]
    assert refusals(found)[0][0] == "no_format"
    assert [warning for warning in found.facts["warnings"] if "label_counts.json: no format recognised" in warning]
    saved(tmp_path / "saved" / "train", rows[:2])
    (tmp_path / "saved" / "train" / "cache-1.arrow").write_bytes(b"of a later step")
    assert imported(tmp_path / "saved").kept.num_rows == 2
    with pytest.raises(BadInput, match=r"label_counts\.json: no format recognised; its rows have: tree"):
        imported(repository / "*.json")


def test_what_is_passed_over_is_named(tmp_path: Path) -> None:
    saved(tmp_path / "trees", [{"instruction": "q", "output": "a"}])
    (tmp_path / "trees" / "notes.txt").write_text("x")
    params = Imports(datasets=(Dataset(path=str(tmp_path / "trees")),))
    found = finding.compute(params, Tools("test", tmp_path, keep_file=lambda file: file.name))
    assert found.kept["path"].to_pylist() == ["data-00000-of-00001.arrow"]
    assert found.facts["notes"] == [
        "trees: passed over, as nothing that is read: dataset_info.json, notes.txt, state.json"
    ]


def test_a_file_of_nothing_but_refusals_is_not_read_to_its_end(imported: Import, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"instruction": "q", "output": "a"}\n' + "[]\n" * 120_000)
    outcome = imported(path)
    assert outcome.rejected.num_rows == 100_001
    assert "the rest of the file is not read" in refusals(outcome)[-1][1]


def test_two_columns_of_one_name_are_an_error(imported: Import, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("instruction,input,input,response\na,b,c,d\n")
    with pytest.raises(BadInput, match=r"rows\.csv: two columns are called 'input'"):
        imported(path)


@pytest.mark.parametrize("name", [name for name in hostile_files.FILES if name.startswith("deep")])
def test_json_in_texts_that_is_nested_too_deeply_costs_its_record(imported: Import, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    hostile_files.FILES[name](path, 0)
    outcome = imported(path)
    assert outcome.kept.num_rows + outcome.rejected.num_rows == 3
    refused = [detail for _, detail in refusals(outcome)]
    assert refused
    assert all("nested more than 250 levels deep" in detail or "not JSON" in detail for detail in refused)


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "cell",
    [
        DEEP,
        '[{"a":' * 50_000,
        "[" + "9" * 5000 + "]",
        '["\\ud800"]',
        "['']" * 2,
        "['', " + "1," * 200_000 + "]",
        "[" + "-" * 9999 + "1]",
    ],
    ids=["deep", "deep objects", "digits", "half a character", "Python", "long Python", "signs"],
)
def test_a_cell_that_means_ill_costs_its_row_only(imported: Import, tmp_path: Path, cell: str) -> None:
    """In every column of our own rows that may hold JSON, and of conversations."""
    columns = ("history", "evidence", "constraints", "tools", "passages", "choices", "messages", "generation")
    for name in columns:
        path = tmp_path / f"{name}.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["instruction", "response", name])
            rows.writerows([["Name a tree.", "Yew.", cell], ["Name a bird.", "Tit.", ""]])
        began = time.process_time()
        outcome = imported(path)
        assert time.process_time() - began < 10
        assert "Tit." in outcome.kept["response"].to_pylist()
