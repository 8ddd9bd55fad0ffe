"""What a conversation shall show: which tools are needed, how its request is asked for, and the rule that it must meet."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tasks.generation.from_topics.tool_use.params import CaseName
from tasks.generation.from_topics.tool_use.tool import Tool, ToolCall, properties_of, scalars
from tasks.text.words import content_words

_PLAIN_NAME: Final = re.compile(r"\w{1,40}")


@dataclass(frozen=True)
class ConversationPlan:
    """What one conversation is to be."""

    case: CaseName
    needed: tuple[Tool, ...]
    """The tools that the request is about."""
    offered: tuple[Tool, ...]
    """The tools that the conversation may call, in the order in which they are listed."""
    left_out: str = ""
    """The argument that the request leaves out."""


@dataclass
class Said:
    """What a rule looks at: the calls of each turn of the assistant, and what they gave back."""

    request: str
    turns: list[list[ToolCall]] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    """The texts of all results but those of the turn that is judged."""
    answer: str = ""
    """The last answer; empty while the assistant calls."""

    @property
    def calls(self) -> list[ToolCall]:
        """All calls, in order."""
        return [call for turn in self.turns for call in turn]


Rule = Callable[[ConversationPlan, Said], str]
"""What a conversation lacks of its case, the turn just made included; empty where nothing is wrong with it."""


@dataclass(frozen=True)
class ConversationCase:
    """One kind of conversation."""

    plan: str
    """What is said to the writer of the request; `{tools}` and `{argument}` are filled in."""
    guidance: str
    """What is said to the assistant. It is not in the row."""
    rule: Rule
    difficulty: str
    needs: int = 1
    """Tools that the request is about; `parallel` may have two."""
    calls: tuple[int, ...] = (1,)
    """The fewest calls of each of the first turns: so many the schema of the turn asks for. Small models answer otherwise, or write
    nothing at all, where a call is needed."""


def _only_needed(plan: ConversationPlan, said: Said) -> str:
    wrong = next((call.tool.name for call in said.calls if call.tool not in plan.needed), "")
    return f"{wrong} is not the tool that the request needs" if wrong else ""


def _single(plan: ConversationPlan, said: Said) -> str:
    if len(said.calls) > 1:
        return "one call is enough"
    return _only_needed(plan, said) or ("" if said.calls else "nothing was called; a tool is needed")


def _parallel(plan: ConversationPlan, said: Said) -> str:
    if wrong := _only_needed(plan, said):
        return wrong
    if not said.turns:
        return "nothing was called; tools are needed"
    if len({call.key for call in said.turns[0]}) < 2:
        return "the calls do not need each other; make all of them in the first turn"
    return (
        ""
        if {call.tool.name for call in said.calls} >= {tool.name for tool in plan.needed}
        else "a tool was not called"
    )


def _nested(plan: ConversationPlan, said: Said) -> str:
    if wrong := _only_needed(plan, said):
        return wrong
    if not said.turns:
        return "nothing was called; tools are needed"
    if len({call.tool.name for call in said.turns[0]}) > 1:
        return "the second tool needs the result of the first; call the first alone"
    if len(said.turns) == 1:
        return "the second tool was not called" if said.answer else ""
    known = {_plain(value) for text in said.results for value in scalars(_data(text))}
    taken = {_plain(value) for turn in said.turns[1:] for call in turn for value in scalars(call.arguments)} & known
    new = [value for value in taken if value not in said.request.lower()]
    return "" if new else "no argument of the later call is taken from the result before it"


def _nothing_called(_plan: ConversationPlan, said: Said) -> str:
    return "no tool is needed; answer without a call" if said.calls else ""


def _asks_back(plan: ConversationPlan, said: Said) -> str:
    if said.calls:
        return f"the user did not say {plan.left_out}; ask for it instead of calling"
    if "?" not in said.answer:
        return f"the answer does not ask for {plan.left_out}"
    schema = plan.needed[0].parameters["properties"][plan.left_out]
    described = f"{plan.left_out.replace('_', ' ')} {schema.get('description', '')}"
    sought = {word.removesuffix("s") for word in content_words(described)}
    return (
        ""
        if sought & {word.removesuffix("s") for word in content_words(said.answer)}
        else f"it asks for something else than {plan.left_out}"
    )


def _recovers(plan: ConversationPlan, said: Said) -> str:
    if wrong := _only_needed(plan, said):
        return wrong
    if not said.calls:
        return "nothing was called; a tool is needed"
    if said.answer and len(said.turns) < 2:
        return "the call failed for a while; make it again"
    return "" if len({call.key for call in said.calls}) == 1 else "make the same call again, and no other"


def _plain(value: Any) -> str:
    return value.strip().lower() if isinstance(value, str) else json.dumps(value)


def _data(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


CASES: Final[dict[CaseName, ConversationCase]] = {
    "single": ConversationCase(
        "You want one thing, for which {tools} must be called once.",
        "One call of one tool is needed, then the answer.",
        _single, "easy",
    ),
    "parallel": ConversationCase(
        "You want two things at once that do not depend on each other, for which {tools} must be called twice with "
        "different values, for instance for two cities, two people or two days.",
        "Several calls are needed that do not need each other: make all of them in your first turn. Then answer on all of them.",
        _parallel, "medium", calls=(2,),
    ),
    "nested": ConversationCase(
        "You want something for which first {first} must be called, and then {second} with a value that only the result "
        "of {first} tells. The message does not hold that value, nor an identifier.",
        "First call {first} alone. Then call {second} with a value from its result, exactly as it stands there. Then answer.",
        _nested, "hard", needs=2, calls=(1, 1),
    ),
    "no_tool": ConversationCase(
        "The message asks one question about the subject below, or for a short text on it, which everybody can answer from common "
        "knowledge in two sentences. It needs no tool and no current facts.",
        "No tool is needed. Answer from what everybody knows, in two or three sentences.",
        _nothing_called, "easy", needs=0, calls=(),
    ),
    "wrong_tool": ConversationCase(
        "You want one thing, for which {tools} must be called once. Other tools look as if they could help and cannot.",
        "One call is needed. Look at the descriptions: tools that sound alike do different things.",
        _single, "medium",
    ),
    "missing_argument": ConversationCase(
        "You want one thing, for which {tools} is needed, but forget to say the {argument}: no value for it, not even a "
        "vague one, is in the message.",
        "The user did not say the {argument}, which is required. Call nothing; answer with one short question that asks for it.",
        _asks_back, "medium", calls=(),
    ),
    "error": ConversationCase(
        "You want one thing, for which {tools} must be called once.",
        "One call is needed. If the result is an error that may pass, make the same call once more. Then answer.",
        _recovers, "medium", calls=(1, 1),
    ),
}  # fmt: skip


PASSING_ERRORS: Final = (
    "503 Service Unavailable: try again in a moment",
    "timeout: no answer within 10 seconds",
    "429 Too Many Requests: retry after 1 second",
    "502 Bad Gateway",
    "the connection was reset; try again",
    "temporary failure: the service is restarting",
)
"""What a tool says in the case `error` before it works."""


_IDENTIFIER: Final = re.compile(r"(?:^|_)(?:ids?|identifier|uuid|key|token)$|[a-z]I[dD]s?$")


class Links:
    """Which tool can take what another returns, by the names of both; any other tool where the first does not say."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._takers = [tool for tool in tools if tool.required]
        self._by_argument: dict[str, list[Tool]] = {}
        for tool in self._takers:
            for name in tool.required:
                self._by_argument.setdefault(name, []).append(tool)
        self._given = {tool.name: properties_of(tool.returns) - set(tool.required) for tool in tools}
        self.firsts = [tool for tool in tools if self.seconds(tool)]
        """The tools whose result another can take."""

    def seconds(self, first: Tool) -> list[Tool]:
        """The tools that can take a result of `first`."""
        if first.returns is None:
            return [tool for tool in self._takers if tool.name != first.name]
        found = {
            tool.name: tool for name in sorted(self._given[first.name]) for tool in self._by_argument.get(name, ())
        }
        found.pop(first.name, None)
        return list(found.values())

    def needs_identifier(self, tool: Tool) -> bool:
        """Whether a required argument is an identifier that another tool gives: people do not know a contact's number."""
        return any(
            _IDENTIFIER.search(name)
            and any(name in given for other, given in self._given.items() if other != tool.name)
            for name in tool.required
        )


class Planner:
    """Draws what conversations are to be."""

    def __init__(self, tools: Sequence[Tool], offered: int) -> None:
        self._tools, self._offered = tools, offered
        self._links = Links(tools)
        self._asking = [tool for tool in tools if _can_be_left_out(tool)]
        with_arguments = [tool for tool in tools if tool.parameters.get("properties")] or list(tools)
        self._alone = [tool for tool in with_arguments if not self._links.needs_identifier(tool)] or with_arguments
        """Those that somebody can ask for who knows no identifier."""
        self._words = {
            tool.name: frozenset(content_words(f"{tool.name.replace('_', ' ')} {tool.description}")) for tool in tools
        }

    def possible(self, case: CaseName) -> bool:
        """Whether these tools allow the case."""
        enough = {
            "nested": bool(self._links.firsts),
            "missing_argument": bool(self._asking),
            "wrong_tool": len(self._tools) > 1,
        }
        return enough.get(case, True)

    def plan(self, case: CaseName, rng: Random) -> ConversationPlan:
        """One conversation of a case."""
        left_out = ""
        if case == "nested":
            first = rng.choice(self._links.firsts)
            needed: tuple[Tool, ...] = (first, rng.choice(self._links.seconds(first)))
        elif case == "missing_argument":
            needed = (rng.choice(self._asking),)
            left_out = rng.choice(_can_be_left_out(needed[0]))
        else:
            two = case == "parallel" and len(self._alone) > 1 and rng.random() < 0.5
            needed = tuple(rng.sample(self._alone, 0 if case == "no_tool" else 1 + two))
        others = [tool for tool in self._tools if tool not in needed]
        rng.shuffle(others)
        if case == "wrong_tool":  # those that sound most alike
            own = self._words[needed[0].name]
            others.sort(key=lambda tool: -len(own & self._words[tool.name]))
        offered = [*needed, *others[: max(0, self._offered - len(needed))]]
        rng.shuffle(offered)
        return ConversationPlan(case, tuple(needed), tuple(offered), left_out)


def _can_be_left_out(tool: Tool) -> list[str]:
    """The required arguments that somebody must be asked for: no choices, nothing known, and named in plain words."""
    known = tool.parameters.get("properties", {})
    open_ones = [name for name in tool.required if not {"enum", "const", "default"} & known[name].keys()]
    return [name for name in open_ones if _PLAIN_NAME.fullmatch(name)]
