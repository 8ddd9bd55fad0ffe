"""All conversations at once, a turn of each in a round: requests, calls, results, answers."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_topics.tool_use.backends import PythonFile, Remembering, ToolBackend, ToolResult
from tasks.generation.from_topics.tool_use.cases import CASES, PASSING_ERRORS, ConversationPlan, Planner
from tasks.generation.from_topics.tool_use.details import details
from tasks.generation.from_topics.tool_use.endpoint import ToolServer
from tasks.generation.from_topics.tool_use.params import CaseName, ToolUse
from tasks.generation.from_topics.tool_use.simulated import Simulated
from tasks.generation.from_topics.tool_use.sources import tools_of
from tasks.generation.from_topics.tool_use.tool import call_schema
from tasks.generation.from_topics.tool_use.trace import Trace
from tasks.generation.method import Inputs
from tasks.teachers.prompts import Fence, beside, closed, load
from tasks.teachers.prompts.defects import Defect, instruction_defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.text.equal_texts import text_keys

PROMPTS: Final[tuple[Path, ...]] = beside(__file__, "tool_use_request", "tool_use_turn")
_REQUEST, _TURN = PROMPTS
WAVE: Final = 2000
"""Conversations that are under way together: enough for any server, and memory does not grow with the rows."""
MOST_CALLS: Final = 6
"""Calls in one turn."""
_OTHER_NUMBER: Final = "malformed: $.calls:"
"""How a failure begins where a model makes fewer or more calls than its vendor was asked to enforce: a wrong turn like others."""
_TOO_MANY: Final = Defect("too_many_steps", "the last turn that the recipe allows was no answer")


def make(_inputs: Inputs, params: ToolUse, teacher: Teacher | None, tools: Tools) -> Outcome:
    """`params.rows` conversations, begun in the proportions of `params.cases`; a row for each.

    Rejects with the reasons of METHOD, `duplicate_instruction`, and what `instruction_defect` and `text_defect` find. Facts:
    conversations begun and kept of each case (`cases`), `shortened`, `corrected` (kept after a wrong turn was asked for again),
    `calls` executed, each different one once.
    """
    assert teacher is not None
    work = _Conversations(params, teacher, tools)
    for start in range(0, params.rows, WAVE):
        work.wave(start, min(start + WAVE, params.rows))
    return work.rows.outcome(EXAMPLE, work.facts())


class _Conversations:
    """What has been made so far."""

    def __init__(self, params: ToolUse, teacher: Teacher, tools: Tools) -> None:
        self.params, self.teacher, self.tools = params, teacher, tools
        self.offered = tools_of(params)
        self.planner = Planner(self.offered, params.offered)
        self.backend = Remembering(_backend(params, teacher, tools.workers))
        self.rows = SortedRows()
        self.asked: dict[str, str] = {}
        """Requests as compared, with the ids of their rows."""
        self.counts: dict[str, Counter[str]] = {"begun": Counter(), "kept": Counter()}
        self.shortened: Counter[str] = Counter()
        self.corrected = 0
        wanted = {case: share for case, share in params.cases.items() if share > 0}
        self.impossible = [case for case in wanted if not self.planner.possible(case)]
        self.shares: dict[CaseName, float] = {case: wanted[case] for case in wanted if case not in self.impossible}
        self.due = dict.fromkeys(self.shares, 0.0)
        """How much of each case is owed; the next conversation is of the case that is owed most."""
        if not self.shares:
            raise BadInput(f"tool_use: these tools allow none of the cases {', '.join(wanted)}; add tools or cases")

    def facts(self) -> dict[str, Any]:
        """What was measured."""
        begun, kept = self.counts["begun"], self.counts["kept"]
        found: dict[str, Any] = {
            "tools": len(self.offered),
            "cases": {case: {"begun": begun[case], "kept": kept[case]} for case in sorted(begun)},
            "shortened": dict(sorted(self.shortened.items())),
            "corrected": self.corrected,
            "calls": self.backend.executed,
        }
        if self.impossible:
            found["warnings"] = [f"these tools allow no case of: {', '.join(self.impossible)}"]
        return found

    def wave(self, start: int, end: int) -> None:
        """The conversations with the numbers [start, end)."""
        active = self._begun([self._planned(number) for number in range(start, end)])
        while active:
            calling: list[Trace] = []
            replies = self.teacher.ask([self._turn(trace) for trace in active])
            for trace, reply in zip(active, replies, strict=True):
                self._step(trace, reply, calling)
            self._execute(calling)
            active = [trace for trace in active if not trace.over]
            self.tools.progress(end - len(active), self.params.rows)

    def _planned(self, number: int) -> tuple[ConversationPlan, Request]:
        """What a conversation is to be, and the question for its request."""
        for case, share in self.shares.items():
            self.due[case] += share
        case = max(self.due, key=lambda one: self.due[one])
        self.due[case] -= sum(self.shares.values())
        rng = Random(f"{self.params.seed} {number}")  # noqa: S311
        plan = self.planner.plan(case, rng)
        needed = "\n".join(json.dumps(tool.offered["function"], ensure_ascii=False) for tool in plan.needed) or "none"
        drawn = details(rng, plan)
        fence = Fence.around(needed, drawn)
        values: dict[str, str | int] = {
            "fence": fence.mark,
            "persona": rng.choice(self.params.personas),
            "plan": _filled(CASES[case].plan, plan),
            "needed": fence.wrap("needed", needed),
            "details": fence.wrap("values", drawn),
        }
        return plan, load(_REQUEST).request(values, closed(request={"type": "string"}), sample=number)

    def _begun(self, planned: Sequence[tuple[ConversationPlan, Request]]) -> list[Trace]:
        """The conversations whose request can be used."""
        traces = []
        for (plan, _), reply in zip(planned, self.teacher.ask([request for _, request in planned]), strict=True):
            self.counts["begun"][plan.case] += 1
            trace = Trace(plan, self._birth(plan, reply), system=self.params.system)
            if isinstance(reply, Failure):
                self._fail(trace, reply)
                continue
            trace.request = reply.data["request"].strip()
            if found := self._request_defect(trace):
                self._reject(trace, found)
            else:
                traces.append(trace)
        return traces

    def _request_defect(self, trace: Trace) -> Defect | None:
        if found := instruction_defect(trace.request):
            return found
        said = trace.request.lower()
        named = next((tool.name for tool in self.offered if "_" in tool.name and tool.name.lower() in said), "")
        if named:
            return Defect("names_tool", named)
        own = trace.row["example_id"]
        twin = self.asked.setdefault(text_keys([trace.request])[0], own)
        return Defect("duplicate_instruction", twin) if twin != own else None

    def _birth(self, plan: ConversationPlan, reply: Completion | Failure) -> Row:
        topic = ", ".join(sorted(tool.name for tool in plan.needed)) or "no tool"
        return {
            "example_id": stable_id("tool_use", reply.request_hash),
            "parent_id": stable_id("tool_use", plan.case),
            "source": f"tool_use/{plan.case}",
            "licence": self.params.licence,
            "origin": "synthetic",
            "method": "tool_use",
            "answer_method": "tools" if plan.needed else "closed_book",
            "teacher": self.teacher.name,
            "prompt_source": " + ".join(load(path).mark for path in PROMPTS),
            "requests": [reply.request_hash],
            "generation": 1,
            "topic": topic,
            "category": "tool_use",
            "difficulty": CASES[plan.case].difficulty,
        }

    def _turn(self, trace: Trace) -> Request:
        values = trace.material() | {"guidance": _filled(CASES[trace.plan.case].guidance, trace.plan)}
        calls = {"type": "array", "items": call_schema(trace.plan.offered), "maxItems": MOST_CALLS}
        if trace.fewest_calls:
            calls["minItems"] = trace.fewest_calls
        return load(_TURN).request(values, closed(calls=calls, answer={"type": "string"}), sample=trace.attempts - 1)

    def _step(self, trace: Trace, reply: Completion | Failure, calling: list[Trace]) -> None:
        """Takes a turn of the assistant; a conversation that then waits for results joins `calling`."""
        trace.steps += 1
        trace.row["requests"].append(reply.request_hash)
        if isinstance(reply, Completion):
            trace.problem = trace.read(reply.data)
        elif trace.fewest_calls and reply.error.startswith(_OTHER_NUMBER):
            needed = f"{trace.fewest_calls} to {MOST_CALLS} calls are needed now"
            trace.problem = Defect("case_unmet", f"{trace.plan.case}: {needed}")
        else:
            self._fail(trace, reply)
            return
        if trace.problem is not None:
            trace.attempts += 1
            if trace.attempts > 1 + self.params.corrections or trace.steps >= self.params.steps:
                self._give_up(trace, trace.problem)
        elif trace.answer:
            self._keep(trace)
        else:
            calling.append(trace)

    def _execute(self, calling: Sequence[Trace]) -> None:
        """Gives each conversation the results of its last calls."""
        real = [trace for trace in calling if not trace.meets_error]
        results = iter(self.backend.results([call for trace in real for call in trace.turns[-1].calls]))
        for trace in calling:
            turn = trace.turns[-1]
            if not trace.meets_error:
                turn.results = [next(results) for _ in turn.calls]
            else:
                error = PASSING_ERRORS[int(trace.row["example_id"], 16) % len(PASSING_ERRORS)]
                turn.results = [ToolResult.failed(error) for _ in turn.calls]
            if failure := next((said.failure for said in turn.results if said.failure), None):
                self._fail(trace, failure)
            elif trace.steps >= self.params.steps:
                self._give_up(trace, _TOO_MANY)

    def _give_up(self, trace: Trace, found: Defect) -> None:
        if self.params.on_failure == "shorten" and trace.shortened():
            self.shortened[found.reason] += 1
            self._keep(trace)
        else:
            self._reject(trace, found)

    def _keep(self, trace: Trace) -> None:
        trace.over = True
        self.counts["kept"][trace.plan.case] += 1
        self.corrected += trace.attempts > 1
        self.rows.keep(trace.finished())

    def _reject(self, trace: Trace, found: Defect) -> None:
        trace.over = True
        self.rows.reject(trace.partly(), *found)

    def _fail(self, trace: Trace, failure: Failure) -> None:
        trace.over = True
        self.rows.fail(trace.partly(), failure)


def _backend(params: ToolUse, teacher: Teacher, workers: int) -> ToolBackend:
    if params.python:
        return PythonFile(params.python, params.seconds, workers)
    return ToolServer(params.http, params.seconds) if params.http else Simulated(teacher)


def _filled(text: str, plan: ConversationPlan) -> str:
    """A sentence of a case with the names of tools and arguments in it, which are plain words."""
    names = [tool.name for tool in plan.needed]
    return text.format(
        tools=" and ".join(names),
        first=names[0] if names else "",
        second=names[-1] if names else "",
        argument=plan.left_out,
    )
