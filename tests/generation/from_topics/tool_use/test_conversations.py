"""Whole conversations, with a scripted model on this machine: what is kept, what is refused and why, and that rows export right."""

import copy
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.generation.from_topics.tool_use import METHOD, ToolUse
from tasks.generation.from_topics.tool_use.cases import CASES, Planner
from tasks.generation.from_topics.tool_use.details import details
from tasks.generation.from_topics.tool_use.rounds import make
from tasks.generation.from_topics.tool_use.sources import tools_of
from tasks.generation.method import Inputs
from tasks.imports.conversation import example, turns
from tasks.release.conversations import messages, sharegpt
from tasks.verification.execution.tool_calls import ToolCalls, compute
from tasks.verification.verifier import VerifierContext
from tests.generation.from_topics.tool_use.player import TOOLS, fenced, play, said
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen
from tests.teachers.prompts.material import teacher_at

STRICT = copy.deepcopy(TOOLS)
STRICT[2]["parameters"]["properties"]["person_id"]["pattern"] = "^P-"
HOUSE = Path(__file__).parents[4]
Spoil = Callable[[Seen, dict[str, Any]], Any]


def made(server: ModelServer, folder: Path, spoil: Spoil = lambda _seen, reply: reply, **settings: Any) -> Outcome:
    server.reply = lambda seen: spoil(seen, play(seen))
    params = ToolUse.model_validate({"tools": TOOLS, "rows": 7} | settings)
    with teacher_at(server, folder) as teacher:
        return make(Inputs(), params, teacher, Tools("key", folder))


def calls_in(row: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The calls of each turn of the assistant."""
    found = [json.loads(turn["tool_calls"]) for turn in row["history"] or () if turn["tool_calls"]]
    return found + ([json.loads(row["response"])] if row["expects"] == "tool_call" else [])


def test_every_case_gives_rows_that_show_it(model_server: ModelServer, tmp_path: Path) -> None:
    outcome = made(model_server, tmp_path, rows=28)
    rows = outcome.kept.to_pylist()
    assert (outcome.rejected.num_rows, outcome.failed.num_rows) == (0, 0), outcome.rejected.to_pylist()[:3]
    by_case = {case: [row for row in rows if row["source"] == f"tool_use/{case}"] for case in outcome.facts["cases"]}
    assert {case: len(found) for case, found in by_case.items()} == dict.fromkeys(ToolUse().cases, 4)
    shapes = {case: {tuple(map(len, calls_in(row))) for row in found} for case, found in by_case.items()}
    assert shapes["single"] == shapes["wrong_tool"] == {(1,)}
    assert shapes["no_tool"] == shapes["missing_argument"] == {()}
    assert shapes["nested"] == shapes["error"] == {(1, 1)}
    assert all(len(turns) == 1 and turns[0] >= 2 for turns in shapes["parallel"])
    for row in by_case["error"]:
        first, second = [turn["content"] for turn in row["history"] if turn["role"] == "tool"]
        assert "error" in json.loads(first)
        assert "error" not in json.loads(second)
    for row in by_case["nested"]:
        find, phone = [call["arguments"] for [call] in calls_in(row)]
        assert phone["person_id"] == f"P-{find['name']}"
    assert all(row["response"].endswith("?") for row in by_case["missing_argument"])
    assert len({row["example_id"] for row in rows}) == 28


def test_a_request_is_given_values_for_what_its_tools_ask_and_for_nothing_else() -> None:
    recipe = yaml.safe_load((HOUSE / "deployments/recipes/tool_use.yaml").read_text("utf-8"))
    planner = Planner(tools_of(ToolUse.model_validate(recipe["generate"][0])), 4)
    drawn = Counter[str]()
    for number in range(400):
        plan = planner.plan(list(CASES)[number % len(CASES)], Random(number))
        lines = dict(line.split(": ", 1) for line in details(Random(number), plan).splitlines() if ": " in line)
        names = {name.replace("_", " ") for tool in plan.needed for name in tool.parameters["properties"]}
        assert lines.keys() <= (names or {"subject"}) - {plan.left_out.replace("_", " ")}, plan.case
        assert all(1 <= int(value) <= 9 for value in lines.get("passengers", "1").split(", "))
        assert not (plan.case in ("single", "error") and plan.needed[0].name in ("send_message", "track_parcel"))
        drawn.update(lines.keys())
    assert {"city", "origin", "date", "name", "email", "amount", "month", "passengers", "subject"} <= drawn.keys()


def test_the_verifier_of_calls_passes_every_row_that_calls(model_server: ModelServer, tmp_path: Path) -> None:
    kept = made(model_server, tmp_path, rows=14).kept
    verdicts = compute(kept, ToolCalls(), VerifierContext(None, None, Tools("key", tmp_path))).rows
    assert set(verdicts) == {row for row, one in enumerate(kept.to_pylist()) if calls_in(one)}
    assert {one.word for one in verdicts.values()} == {"pass"}


@pytest.mark.parametrize("broken", ["", "the last answers"])
def test_what_is_exported_comes_back(model_server: ModelServer, tmp_path: Path, broken: str) -> None:
    def spoil(seen: Seen, reply: dict[str, Any]) -> dict[str, Any]:
        return (
            reply | {"answer": "Ask 4711."} if broken and fenced("result", seen.prompt) and reply["answer"] else reply
        )

    rows = made(model_server, tmp_path, spoil, rows=14, system="You help.").kept.to_pylist()
    assert any(row["expects"] == "tool_call" for row in rows) == bool(broken)
    for row in rows:
        exported = messages(row)
        again = example(turns(exported["messages"]), tools=json.dumps(exported["tools"]))
        by_sharegpt = example(turns(sharegpt(row)["conversations"]), tools=row["tools"])
        for found in (again, by_sharegpt):
            assert (found.instruction, found.response) == (row["instruction"], row["response"])
            assert (found.system, found.history, found.expects) == ("You help.", row["history"], row["expects"])
            assert json.loads(found.tools or "") == json.loads(row["tools"])
        roles = [turn["role"] for turn in exported["messages"]]
        asked = [call["id"] for turn in exported["messages"] for call in turn.get("tool_calls", ())]
        answered = [turn["tool_call_id"] for turn in exported["messages"] if turn["role"] == "tool"]
        assert roles[:2] == ["system", "user"]
        assert roles[-1] == "assistant"
        assert asked[: len(answered)] == answered
        assert len(set(asked)) == len(asked)


def naming(reply: dict[str, Any], value: str) -> dict[str, Any]:
    """The turn with another value in place of what its calls take from the conversation."""
    calls = [
        call | {"arguments": {name: given and value for name, given in call["arguments"].items()}}
        for call in reply["calls"]
    ]
    return reply | {"calls": calls}


def at_turns(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Spoil:
    return lambda _seen, reply: change(reply) if "calls" in reply else reply


def again(seen: Seen) -> dict[str, Any]:
    """The calls of the turn before, once more."""
    calls = json.loads(fenced("calls", seen.prompt)[0])
    whole = [
        call | {"arguments": call["arguments"] | ({"unit": None} if "city" in call["arguments"] else {})}
        for call in calls
    ]
    return {"calls": whole, "answer": ""}


@pytest.mark.parametrize(
    ("case", "spoil", "reason"),
    [
        ("single", at_turns(lambda reply: naming(reply, "Zanzibar")), "invented_argument"),
        ("single", at_turns(lambda _reply: {"calls": [], "answer": "It is fine."}), "case_unmet"),
        ("single", at_turns(lambda reply: reply | {"answer": ""}), "malformed_answer"),
        ("single", at_turns(lambda reply: reply | {"answer": reply["answer"] and "Call 555 now."}), "ungrounded_answer"),
        ("single", at_turns(lambda reply: reply | {"answer": reply["answer"] and "I ask Wolfgang."}), "ungrounded_answer"),
        ("single", at_turns(lambda reply: reply | {"answer": reply["answer"] and "get_weather find_person"}), "names_tool"),
        ("parallel", at_turns(lambda reply: reply | {"calls": reply["calls"][:1]}), "case_unmet"),
        ("parallel", lambda seen, reply: again(seen) if fenced("result", seen.prompt) else reply, "case_unmet"),
        ("no_tool", at_turns(lambda _reply: said("find_person", name="Anton")), "invented_argument"),
        ("missing_argument", at_turns(lambda reply: reply | {"answer": "It is fine."}), "case_unmet"),
        ("missing_argument", at_turns(lambda reply: reply | {"answer": "How old are you?"}), "case_unmet"),
        ("nested", at_turns(lambda reply: naming(reply, "Anton 7") if "phone" in str(reply) else reply), "wrong_arguments"),
        ("error", at_turns(lambda reply: reply if reply["calls"] else reply | {"answer": "[1]"}), "malformed_answer"),
        ("error", lambda seen, reply: reply | {"calls": []} if fenced("result", seen.prompt) else reply, "case_unmet"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_reason(
    model_server: ModelServer, tmp_path: Path, case: str, spoil: Spoil, reason: str | None
) -> None:
    outcome = made(
        model_server,
        tmp_path,
        spoil,
        rows=3,
        tools=STRICT if case == "nested" else TOOLS,
        cases={case: 1},
        on_failure="drop",
        corrections=0,
    )
    reasons = Counter(outcome.rejected["reason"].to_pylist())
    assert reasons == {reason: 3}, outcome.rejected["detail"].to_pylist()
    assert set(reasons) <= set(METHOD.reasons) | {"malformed_answer"}


def test_a_turn_that_needs_calls_asks_for_as_many_by_its_schema(model_server: ModelServer, tmp_path: Path) -> None:
    asked: dict[str, set[tuple[int, int]]] = {}

    def note(seen: Seen, reply: dict[str, Any]) -> dict[str, Any]:
        if "calls" in reply:
            schema = seen.body["response_format"]["json_schema"]["schema"]["properties"]["calls"]
            asked.setdefault(case, set()).add((len(fenced("result", seen.prompt)), schema.get("minItems", 0)))
        return reply

    for case in ("single", "parallel", "nested", "no_tool", "missing_argument", "error"):
        tools = STRICT if case == "nested" else TOOLS
        assert made(model_server, tmp_path, note, rows=1, tools=tools, cases={case: 1}).kept.num_rows == 1
    assert asked == {
        "single": {(0, 1), (1, 0)},
        "parallel": {(0, 2), (2, 0)},
        "nested": {(0, 1), (1, 1), (2, 0)},
        "no_tool": {(0, 0)},
        "missing_argument": {(0, 0)},
        "error": {(0, 1), (1, 1), (2, 0)},
    }


def test_a_wrong_turn_is_asked_for_again_with_what_was_wrong(model_server: ModelServer, tmp_path: Path) -> None:
    def spoil(seen: Seen, reply: dict[str, Any]) -> dict[str, Any]:
        first = "calls" in reply and "none" in fenced("problem", seen.prompt)
        return naming(reply, "Zanzibar") if first else reply

    outcome = made(model_server, tmp_path, spoil, rows=3, cases={"single": 1}, steps=8)
    assert outcome.rejected.num_rows == 0
    assert set(outcome.kept["attempts"].to_pylist()) == {2}
    assert "Zanzibar" not in json.dumps(outcome.kept.to_pylist())
    assert any("invented argument" in prompt for prompt in model_server.prompts)


def test_a_conversation_without_an_end_is_cut_at_its_last_good_calls_or_dropped(
    model_server: ModelServer, tmp_path: Path
) -> None:
    spoil = at_turns(lambda reply: reply | {"answer": reply["answer"] and "That makes 4711."})
    shortened = made(model_server, tmp_path, spoil)
    kept = shortened.kept.to_pylist()
    assert {row["source"] for row in kept if row["expects"] == "tool_call"} == {
        f"tool_use/{case}" for case in ("single", "parallel", "nested", "wrong_tool", "error")
    }
    assert shortened.facts["shortened"] == {"ungrounded_answer": 5}
    dropped = made(model_server, tmp_path, spoil, on_failure="drop")
    assert dropped.rejected.num_rows == 6
    endless = made(model_server, tmp_path, steps=2, cases={"nested": 1}, on_failure="drop")
    assert set(endless.rejected["reason"].to_pylist()) == {"too_many_steps"}


def test_simulated_tools_answer_a_call_once_and_are_shown_their_first_answer(
    model_server: ModelServer, tmp_path: Path
) -> None:
    def spoil(seen: Seen, reply: dict[str, Any]) -> dict[str, Any]:
        return (
            {"request": f"{reply['request'].split(' I ask')[0]} I ask because of Anton{seen.hash[0]}."}
            if "request" in reply
            else reply
        )

    outcome = made(model_server, tmp_path, spoil, rows=40, tools=TOOLS[:1], cases={"single": 1})
    played = [prompt for prompt in model_server.prompts if "The call to answer now" in prompt]
    calls = [fenced("call", prompt)[0] for prompt in played]
    assert len(calls) == len(set(calls)) == outcome.facts["calls"] <= 16
    assert [fenced("earlier", prompt)[0] == "none" for prompt in played].count(True) == 1
    assert {row["reason"] for row in outcome.rejected.to_pylist()} == {"duplicate_instruction"}


def test_a_round_asks_for_all_conversations_together(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.delay = 0.05
    made(model_server, tmp_path, rows=16, cases={"single": 1})
    assert model_server.most_in_flight >= 8


def test_the_same_build_gives_the_same_rows_and_more_rows_keep_those_before(
    model_server: ModelServer, tmp_path: Path
) -> None:
    first, again = made(model_server, tmp_path), made(model_server, tmp_path / "other")
    more = made(model_server, tmp_path / "more", rows=14)
    assert first.kept.equals(again.kept)
    assert set(first.kept["example_id"].to_pylist()) <= set(more.kept["example_id"].to_pylist())


def test_a_turn_that_the_vendor_refuses_is_a_rejected_row(model_server: ModelServer, tmp_path: Path) -> None:
    outcome = made(
        model_server, tmp_path, lambda _seen, reply: Reply(finish="content_filter") if "calls" in reply else reply
    )
    assert set(outcome.rejected["reason"].to_pylist()) == {"refusal"}
    assert outcome.kept.num_rows == outcome.failed.num_rows == 0
    assert None not in outcome.rejected["instruction"].to_pylist()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tools": ()}, "no tools are named"),
        ({"tools": TOOLS[:1], "cases": {"nested": 1}}, "allow none of the cases nested"),
        ({"tools": (TOOLS[0], TOOLS[0])}, "two tools are called 'get_weather'"),
        ({"tools": ({"name": "a b"},)}, "'a b' cannot be called"),
        ({"tools": ({"name": "a", "parameters": {"type": "object", "properties": {"x": {"type": 7}}}},)}, "parameters of a"),
    ],
)  # fmt: skip
def test_tools_that_cannot_be_used_are_named(
    model_server: ModelServer, tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        made(model_server, tmp_path, **settings)
