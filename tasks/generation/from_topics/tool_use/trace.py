"""One conversation while it is made: what was said, what is wrong with a turn, and the row that it becomes."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from tasks.core.schema import MESSAGE, Row, stable_id
from tasks.generation.from_topics.tool_use.backends import ToolResult
from tasks.generation.from_topics.tool_use.cases import CASES, ConversationPlan, Said
from tasks.generation.from_topics.tool_use.provenance import invented_argument, ungrounded
from tasks.generation.from_topics.tool_use.tool import ToolCall, tools_text, without_nulls
from tasks.teachers.prompts import Fence
from tasks.teachers.prompts.defects import Defect, text_defect, unfinished
from tasks.verification.execution.tool_calls import ToolCalls, call_verdict

TOOL_CALL: Final = "tool_call"
"""In the column `expects`: the response is a list of calls, as JSON text."""
_NOTHING: Final = "none"
_DATA: Final = re.compile(r"^\s*[\[{]")


@dataclass
class CallingTurn:
    """Calls of one turn of the assistant, and their results."""

    calls: list[ToolCall]
    results: list[ToolResult] = field(default_factory=list)


@dataclass
class Trace:
    """One conversation."""

    plan: ConversationPlan
    row: Row
    """What is known of the row from the beginning: its provenance."""
    request: str = ""
    system: str = ""
    turns: list[CallingTurn] = field(default_factory=list)
    answer: str = ""
    problem: Defect | None = None
    """What was wrong with the last attempt at a turn."""
    attempts: int = 1
    steps: int = 0
    over: bool = False
    """It is a row: kept, rejected or failed."""

    @property
    def meets_error(self) -> bool:
        """Whether the calls just made are those that fail once, as the case `error` wants it."""
        return self.plan.case == "error" and len(self.turns) == 1

    @property
    def fewest_calls(self) -> int:
        """So many calls the next turn needs, by the rule of the case; 0 where it may be the answer."""
        fewest = CASES[self.plan.case].calls
        return fewest[len(self.turns)] if len(self.turns) < len(fewest) else 0

    def said(self, calls: list[ToolCall] | None = None, answer: str = "") -> Said:
        """The conversation as rules look at it, with a turn that was just made."""
        turns = [turn.calls for turn in self.turns] + ([calls] if calls else [])
        return Said(self.request, turns, [one.text for turn in self.turns for one in turn.results], answer)

    def known(self) -> str:
        """The texts that arguments and answers may take values from."""
        return "\n".join([self.request, self.system, *(one.text for turn in self.turns for one in turn.results)])

    def read(self, data: dict[str, Any]) -> Defect | None:
        """Takes a turn of the assistant: its calls join `turns` without results yet, or it is the answer. What is wrong with it,
        otherwise, and nothing changes."""
        if not data["calls"]:
            answer = data["answer"].strip()
            if (found := self._answer_defect(answer)) is None:
                self.answer = answer
            return found
        calls: list[ToolCall] = []
        by_name = {tool.name: tool for tool in self.plan.offered}
        for given in data["calls"]:
            call = _call(given, by_name[given["name"]].parameters)
            if found := self._call_defect(call):
                return found
            calls.append(ToolCall(by_name[call["name"]], call["arguments"]))
        calls = list({call.key: call for call in calls}.values())
        if missing := CASES[self.plan.case].rule(self.plan, self.said(calls)):
            return Defect("case_unmet", f"{self.plan.case}: {missing}")
        self.turns.append(CallingTurn(calls))
        return None

    def _call_defect(self, call: dict[str, Any]) -> Defect | None:
        parameters = {tool.name: tool.parameters for tool in self.plan.offered}
        if verdict := call_verdict(call, parameters, ToolCalls()):
            return Defect(verdict.reason or "wrong_arguments", verdict.why)
        if value := invented_argument(call["arguments"], parameters[call["name"]], self.known()):
            return Defect("invented_argument", f"{call['name']}: {value}")
        tools = {tool.name: tool for tool in self.plan.offered}
        key = ToolCall(tools[call["name"]], call["arguments"]).key
        answered = (
            one for turn in self.turns for one, said in zip(turn.calls, turn.results, strict=True) if not said.error
        )
        if any(one.key == key for one in answered):
            return Defect(
                "case_unmet", f"{self.plan.case}: {call['name']} was called with these arguments before, and answered"
            )
        return None

    def _answer_defect(self, answer: str) -> Defect | None:
        if not answer:
            return Defect("malformed_answer", "the answer is empty")
        if open_end := "it is JSON" if _DATA.match(answer) else unfinished(answer):
            return Defect("malformed_answer", open_end)
        if found := text_defect(answer, self.known()):
            return found
        if missing := CASES[self.plan.case].rule(self.plan, self.said(answer=answer)):
            return Defect("case_unmet", f"{self.plan.case}: {missing}")
        last = {call.key: said for turn in self.turns for call, said in zip(turn.calls, turn.results, strict=True)}
        if failed := next((said for said in last.values() if said.error), None):
            return Defect("tool_failed", failed.text[:200])
        named = next((tool.name for tool in self.plan.offered if "_" in tool.name and tool.name in answer), "")
        if named:
            return Defect("names_tool", named)
        return ungrounded(answer, self.known()) if self.turns else None

    def shortened(self) -> bool:
        """Whether the conversation can end at its last calls: they are right and meet the case's rule by themselves."""
        if not self.turns or any(said.error for said in self.turns[-1].results):
            return False
        results = [one.text for turn in self.turns[:-1] for one in turn.results]
        said = Said(self.request, [turn.calls for turn in self.turns], results, answer="…")
        return not CASES[self.plan.case].rule(self.plan, said)

    def finished(self) -> Row:
        """The whole row: a conversation that ends with the answer or, where there is none, with its last calls."""
        history: list[Row] = []
        made = self.turns if self.answer else self.turns[:-1]
        for number, turn in enumerate(made):
            texts = self._calls(number, turn.calls)
            history.append(_message("assistant", tool_calls=json.dumps(texts, ensure_ascii=False)))
            for call, given, said in zip(texts, turn.calls, turn.results, strict=True):
                history.append(_message("tool", said.text, given.tool.name, tool_call_id=call["id"]))
        response = self.answer or json.dumps(self._calls(len(made), self.turns[-1].calls), ensure_ascii=False)
        asked = {request for turn in made for said in turn.results for request in said.requests}
        return self.partly() | {
            "history": [_message("user"), *history] if history else None,
            "response": response,
            "expects": None if self.answer else TOOL_CALL,
            "requests": [*self.row["requests"], *sorted(asked - set(self.row["requests"]))],
        }

    def partly(self) -> Row:
        """The row as far as it is known."""
        return self.row | {
            "instruction": self.request or None,
            "system": self.system or None,
            "tools": tools_text(self.plan.offered),
            "attempts": self.attempts,
        }

    def _calls(self, turn: int, calls: list[ToolCall]) -> list[dict[str, Any]]:
        """Calls as `tool_calls` has them, with ids that no other call of the conversation has."""
        return [
            {
                "id": f"call_{stable_id(self.row['example_id'], str(turn), call.key)[:12]}",
                "name": call.tool.name,
                "arguments": call.arguments,
            }
            for call in calls
        ]

    def material(self) -> dict[str, str | int]:
        """What the prompt of a turn shows, inside one fence."""
        parts = [("user", self.request)]
        for turn in self.turns:
            calls = [{"name": call.tool.name, "arguments": call.arguments} for call in turn.calls]
            parts.append(("calls", json.dumps(calls, ensure_ascii=False)))
            parts += [("result", said.text) for said in turn.results]
        tools = "\n".join(json.dumps(tool.offered["function"], ensure_ascii=False) for tool in self.plan.offered)
        problem = f"{self.problem.reason.replace('_', ' ')}: {self.problem.detail}" if self.problem else _NOTHING
        fence = Fence.around(tools, problem, *(text for _, text in parts))
        return {
            "fence": fence.mark,
            "tools": fence.wrap("tools", tools),
            "conversation": "\n".join(fence.wrap(tag, text) for tag, text in parts),
            "problem": fence.wrap("problem", problem),
        }


def _call(given: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    arguments = given["arguments"]
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except (ValueError, RecursionError):
            return {"name": given["name"], "arguments": arguments}
    return {"name": given["name"], "arguments": without_nulls(arguments, parameters)}


def _message(role: str, content: str | None = None, name: str | None = None, **more: str | None) -> Row:
    return dict.fromkeys(MESSAGE.names) | {"role": role, "content": content, "name": name, **more}
