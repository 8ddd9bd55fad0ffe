"""Whatever a row holds, each trainer's file gives it back, or the row is refused by name and counted."""

import json

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.core.schema import CLUSTERED, conform
from tasks.release.formats.catalogue import BY_NAME, TARGETS
from tasks.release.formats.conversation import COLUMNS
from tasks.release.formats.target import DATA, Settings
from tasks.release.formats.writing import REFUSED, write_folder
from tests.release.formats.reading_back import conversations, learnt

TEXT = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "a\u2028b\x85", "<think>", "x <tool_call> y", "{{idx}}", "null", "  spaced out enough  ", "\x00", "👩‍👩‍👧"]
    ),
)
NUMBERS = st.integers(-(2**80), 2**80) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
VALUES = st.recursive(
    NUMBERS | TEXT, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2), max_leaves=4
)
ARGUMENTS = st.dictionaries(st.text(max_size=6), VALUES, max_size=3)
TOOLS = json.dumps([{"type": "function", "function": {"name": "weather", "parameters": {}}}])
NAMES = st.sampled_from(["weather", "clock", "a b", "x" * 70])


@st.composite
def calls(draw):
    """Calls as rows hold them: ids given or not, arguments as objects or as text."""
    made = []
    for number in range(draw(st.integers(1, 2))):
        value = draw(ARGUMENTS)
        arguments = json.dumps(value) if draw(st.booleans()) else value
        call = {"name": draw(NAMES), "arguments": arguments}
        made.append({"id": f"c{number}-{draw(st.integers(0, 9))}", **call} if draw(st.booleans()) else call)
    return made


@st.composite
def histories(draw):
    said = []
    for _ in range(draw(st.integers(0, 2))):
        said.append({"role": "user", "content": draw(TEXT), "name": draw(st.sampled_from([None, None, "Ada"]))})
        if draw(st.booleans()):
            made = draw(calls())
            said.append(
                {
                    "role": "assistant",
                    "content": draw(st.none() | TEXT),
                    "tool_calls": json.dumps(made),
                    "reasoning": draw(st.none() | TEXT),
                }
            )
            said += [
                {"role": "tool", "name": call["name"], "tool_call_id": call.get("id"), "content": draw(TEXT)}
                for call in made
            ]
        said.append({"role": "assistant", "content": draw(TEXT), "masked": draw(st.sampled_from([None, None, True]))})
    return said or None


@st.composite
def rows(draw):
    is_call = draw(st.sampled_from([False, False, True]))
    return {
        "system": draw(st.none() | TEXT),
        "history": draw(histories()),
        "instruction": draw(TEXT),
        "reasoning": draw(st.none() | TEXT),
        "response": json.dumps(draw(calls())) if is_call else draw(TEXT),
        "expects": "tool_call" if is_call else None,
        "tools": draw(st.sampled_from([None, None, TOOLS])),
        "rejected": draw(st.none() | TEXT),
        "score": draw(st.none() | st.sampled_from([0.0, 0.4, 0.5, 1.0, 7.0])),
        "weight": draw(st.sampled_from([None, None, 1.0, 0.5, 0.0])),
        "reference": draw(st.sampled_from([None, "42"])),
        "verdicts": draw(st.sampled_from([None, [{"verifier": "judge", "verdict": "pass"}]])),
    }  # fmt: skip


PLAIN = dict.fromkeys(
    ("system", "history", "reasoning", "expects", "tools", "score", "weight", "reference", "verdicts")
)


def table(made: list[dict]) -> pa.Table:
    named = [{"example_id": f"id{number}"} | row for number, row in enumerate(made)]
    return conform(pa.Table.from_pylist(named, CLUSTERED), CLUSTERED).select(COLUMNS)


def turns_of(row: dict) -> list[dict]:
    """The turns of a row with its response, as reading_back has them, ids as given; and those of the assistant that are learnt."""
    said = [{"role": "system", "content": row["system"]}] if row["system"] else []
    said += [*(row["history"] or ()), {"role": "user", "content": row["instruction"]}]
    last = {"role": "assistant", "reasoning": row["reasoning"]}
    said.append(last | ({"tool_calls": row["response"]} if row["expects"] else {"content": row["response"]}))
    return said


def plain(turn: dict) -> dict:
    found = [json.loads(json.dumps(call)) for call in json.loads(turn.get("tool_calls") or "[]")]
    for call in found:
        call["arguments"] = json.loads(call["arguments"]) if isinstance(call["arguments"], str) else call["arguments"]
    made = {
        "role": turn["role"], "content": turn.get("content") or "", "name": turn.get("name"), "reasoning": turn.get("reasoning"),
        "calls": [(call.get("id"), call["name"], call["arguments"]) for call in found], "call_id": turn.get("tool_call_id"),
    }  # fmt: skip
    return {name: value for name, value in made.items() if value}


def same(target: str, given: list[dict], read: list[dict]) -> None:
    """Equal but for ids that the row does not give: those are new, different, and answered in order."""
    assert len(given) == len(read)
    waiting = []
    for one, other in zip(given, read, strict=True):
        one, other = dict(one), dict(other)
        calls, found = one.pop("calls", []), other.pop("calls", [])
        assert [call[1:] for call in calls] == [call[1:] for call in found]
        assert all(call[0] in (None, new[0]) and new[0] for call, new in zip(calls, found, strict=True))
        waiting += [call[0] for call in found]
        if one["role"] == "tool":
            given_id, new_id = one.pop("call_id", None), other.pop("call_id")
            assert new_id == (given_id or new_id)
            assert new_id in waiting
            if target in ("openai", "llamafactory"):
                one.pop("name")  # that of the call
        assert one == other
    ids = [call[0] for turn in read for call in turn.get("calls", ())]
    assert all(ids)


@pytest.mark.parametrize("target", [target.name for target in TARGETS])
@settings(max_examples=40)
@given(made=st.lists(rows(), min_size=1, max_size=4))
def test_a_row_comes_back_whole_or_is_refused_by_name(target, tmp_path_factory, made):
    for objective in BY_NAME[target].builds:
        if objective in ("pretrain", "rl"):
            continue
        out = tmp_path_factory.mktemp("export")
        spare = {
            "instruction": "Never refused.",
            "response": "A good answer, long.",
            "rejected": "A bad answer, as long.",
        }
        made = [*made, PLAIN | spare]
        exported = write_folder(table(made).to_batches(), BY_NAME[target], objective, Settings("demo"), out)
        refused = {}
        if (out / REFUSED).exists():
            read = [json.loads(line) for line in (out / REFUSED).read_text("utf-8").splitlines()]
            refused = {row["example_id"]: row["reason"] for row in read}
        assert sum(exported.refused.values()) == len(refused)
        lines = [json.loads(line) for line in (out / DATA).read_text("utf-8").splitlines()]
        kept = [(number, row) for number, row in enumerate(made) if f"id{number}" not in refused]
        assert all(row["weight"] != 0 for _, row in kept)
        each = iter(lines)
        for number, row in kept:
            given_turns = [plain(turn) for turn in turns_of(row)]
            losing = [*given_turns[:-1], plain({"role": "assistant", "content": row["rejected"]})]
            wanted = [given_turns, losing] if row["rejected"] is not None else [given_turns]
            if objective in ("sft", "completion"):
                wanted = [given_turns]
            line = next(each)
            read = conversations(target, objective, line)
            if objective == "kto":
                labels = [line["label"]]
                if len(wanted) == 2:
                    second = next(each)
                    read += conversations(target, objective, second)
                    labels.append(second["label"])
                assert labels == ([True, False] if len(wanted) == 2 else [row["score"] >= 0.5])
            assert line.get("example_id", f"id{number}") == f"id{number}"
            assert len(read) == len(wanted)
            for one, other in zip(wanted, read, strict=True):
                same(target, one, other)
            if row["tools"]:
                tools = line.get("tools") or line["input"]["tools"]
                assert (json.loads(tools) if isinstance(tools, str) else tools) == json.loads(row["tools"])
            if objective in ("sft", "completion"):
                masks = [not turn.get("masked") for turn in turns_of(row) if turn["role"] == "assistant"]
                if objective == "completion":
                    masks = [False] * (len(masks) - 1) + [True]
                assert learnt(target, objective, line) in (None, masks)
                assert all(masks) or objective == "completion" or target in ("openai", "axolotl")
        assert next(each, None) is None


def one(target: str, objective: str, row: dict, folder) -> list[dict]:
    given = {"instruction": "Say something.", "response": "Something rather long."} | row
    write_folder(table([given]).to_batches(), BY_NAME[target], objective, Settings("demo"), folder)
    return [json.loads(line) for line in (folder / DATA).read_text("utf-8").splitlines()]


def test_arguments_are_objects_for_templates_and_text_for_openai(tmp_path):
    row = {"expects": "tool_call", "response": '[{"name": "weather", "arguments": "{\\"city\\": 1.50}"}]'}
    for target, wanted in (("trl", {"city": 1.5}), ("unsloth", {"city": 1.5}), ("openai", '{"city": 1.50}')):
        (line,) = one(target, "sft", row, tmp_path / target)
        assert line["messages"][-1]["tool_calls"][0]["function"]["arguments"] == wanted


def test_numbers_beyond_64_bits_stay_as_they_are(tmp_path):
    row = {"expects": "tool_call", "response": '[{"name": "f", "arguments": {"n": 123456789012345678901234567890}}]'}
    (line,) = one("trl", "sft", row, tmp_path)
    assert line["messages"][-1]["tool_calls"][0]["function"]["arguments"] == {"n": 123456789012345678901234567890}


MASKED = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "masked": True}]


@pytest.mark.parametrize(
    ("target", "objective", "row", "reason"),
    [
        ("trl", "preference", {}, "no_pair"),
        ("trl", "kto", {}, "no_label"),
        ("trl", "kto", {"score": 4.0}, "score_out_of_range"),
        ("trl", "rl", {}, "no_verifier"),
        ("trl", "rl", {"method": "mathematics"}, "no_reference"),
        ("trl", "sft", {"weight": 0.0}, "weight_0"),
        ("trl", "sft", {"tools": "{no json"}, "tools_no_json"),
        ("trl", "sft", {"expects": "tool_call", "response": "no json"}, "tool_calls_no_json"),
        ("trl", "sft", {"expects": "tool_call", "response": '[{"name": "f", "arguments": [1]}]'}, "arguments_no_object"),
        ("trl", "sft", {"expects": "tool_call", "response": '[{"name": "f", "arguments": {"n": NaN}}]'}, "tool_calls_no_json"),
        ("trl", "sft", {"history": MASKED}, "masked_turns"),
        ("llamafactory", "sft", {"history": [{"role": "user", "content": "a"}]}, "turns_do_not_alternate"),
        ("llamafactory", "sft", {"response": "<think> no"}, "tags_in_text"),
        ("llamafactory", "kto", {"response": "", "score": 1.0}, "empty_answer"),
        ("axolotl", "preference", {"rejected": "short"}, "short_answer"),
        ("axolotl", "preference", {"rejected": " with a space before it"}, "space_around_answer"),
        ("axolotl", "preference", {"rejected": "Something else that is long.", "reasoning": "Hm."}, "reasoning"),
        ("axolotl", "reward", {"rejected": "b", "history": [{"role": "user", "content": "a"}]}, "turns"),
        ("openai", "sft", {"reasoning": "Hm."}, "reasoning"),
        ("openai", "sft", {"history": [{"role": "tool", "content": "a", "tool_call_id": "x"}]}, "result_without_call"),
        ("torchtune", "sft", {"tools": "[]", "history": [{"role": "user", "content": "a", "name": "Ada"}]}, "tools"),
        ("torchtune", "completion", {"system": "Be brief."}, "turns"),
        ("trl", "pretrain", {"instruction": "", "response": ""}, "empty"),
    ],
)  # fmt: skip
def test_what_a_target_cannot_hold_is_refused_with_its_reason(target, objective, row, reason, tmp_path):
    with pytest.raises(BadInput, match=f"^no row is left: {reason} 1$"):
        one(target, objective, row, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_results_of_parallel_calls_stand_as_llamafactory_itself_puts_them(tmp_path):
    made = [
        {"id": "a", "name": "clock", "arguments": {}},
        {"id": "b", "name": "weather", "arguments": {"city": "<Köln>"}},
    ]
    history = [
        {"role": "user", "content": "Both?"},
        {"role": "assistant", "content": "I look.", "tool_calls": json.dumps(made)},
        {"role": "tool", "tool_call_id": "a", "content": "12:00"},
        {"role": "tool", "tool_call_id": "b", "content": "rain"},
        {"role": "assistant", "content": "Noon, rain."},
    ]
    (line,) = one("llamafactory", "sft", {"history": history}, tmp_path)
    said = line["conversations"]
    assert [turn["from"] for turn in said] == ["human", "function_call", "observation", "gpt", "human", "gpt"]
    assert said[1]["value"].startswith("I look.<tool_call>[")
    assert "<Köln" not in said[1]["value"]
    assert said[2]["value"] == "12:00\n</tool_response>\n<tool_response>\nrain"
    assert json.loads((tmp_path / "export.json").read_text())["notes"] == {
        "results of parallel calls stand in one turn, as LLaMA-Factory's own converter puts them": 1
    }
    with pytest.raises(BadInput, match="results_out_of_order 1"):
        one("llamafactory", "sft", {"history": [*history[:2], history[3], history[2], history[4]]}, tmp_path / "b")


def test_a_later_export_replaces_an_earlier_one_with_its_refusals(tmp_path):
    write_folder(
        table([{"response": "a"}, {"weight": 0.0}]).to_batches(), BY_NAME["trl"], "sft", Settings("demo"), tmp_path
    )
    assert (tmp_path / REFUSED).exists()
    assert json.loads((tmp_path / "export.json").read_text())["refused"] == {"weight_0": 1}
    one("trl", "sft", {}, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.json", DATA, "train.py"]


def test_what_a_target_does_not_train_is_said_with_what_it_does(tmp_path):
    with pytest.raises(
        BadInput,
        match="torchtune reads no files of rows for rl; it reads them for sft, completion, preference, pretrain",
    ):
        one("torchtune", "rl", {}, tmp_path)


def test_scripts_and_configs_are_what_they_say(tmp_path):
    for target in TARGETS:
        for objective in target.builds:
            for name, text in target.beside(objective, Settings("demo", 512)).items():
                assert "$" not in text
                if name.endswith(".py"):
                    compile(text, name, "exec")
                elif name.endswith(".yaml"):
                    assert yaml.safe_load(text)
                else:
                    json.loads(text)
                if name not in ("dataset_info.json", "job.json"):
                    assert "512" in text, (target.name, objective, name)
