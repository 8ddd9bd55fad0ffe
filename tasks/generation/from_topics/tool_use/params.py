"""Settings of conversations that call tools."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator, model_validator

from tasks.core.params import CONTENT
from tasks.core.redaction import has_credentials
from tasks.generation.method import MethodParams

CaseName = Literal["single", "parallel", "nested", "no_tool", "wrong_tool", "missing_argument", "error"]
Share = Annotated[float, Field(ge=0)]


class ToolUse(MethodParams):
    """Conversations in which an assistant calls tools, each call validated and executed."""

    method: Literal["tool_use"] = "tool_use"

    rows: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Conversations to begin; those that fail are rejected with their reason."""
    tools: tuple[dict[str, Any], ...] = ()
    """Tools as OpenAI, Anthropic or MCP write them: `name`, `description` and `parameters` (a JSON Schema); `returns`, where
    given, is the schema of what a simulated tool answers."""
    tools_file: Annotated[Path | None, CONTENT] = None
    """A JSON or YAML file with tools: such a list, what an MCP server says to `tools/list`, or an OpenAPI 3 document."""
    python: Annotated[Path | None, CONTENT] = None
    """A Python file with a function for each tool; calls are executed by it in the sandbox."""
    http: str = ""
    """Address of a server that executes the calls: operations of an OpenAPI document where they are, other tools as
    POST to ADDRESS/NAME. Empty, and `python` too: the teacher plays the tools."""
    http_methods: Annotated[tuple[Literal["get", "post", "put", "patch", "delete"], ...], Field(min_length=1)] = (
        "get",
    )
    """Operations of an OpenAPI document that become tools. What a model calls is really done: only reading by default."""
    seconds: Annotated[float, Field(gt=0, le=600)] = 10.0
    """Seconds that a call of a Python function or a server may take."""
    offered: Annotated[int, Field(ge=1, le=50)] = 4
    """Tools that a conversation may call, the needed ones among them."""
    steps: Annotated[int, Field(ge=2, le=20)] = 6
    """Turns of the assistant at most, corrected ones included."""
    corrections: Annotated[int, Field(ge=0, le=5)] = 1
    """How often a wrong turn is asked for again in one conversation, with what was wrong. Wrong turns are not in the row."""
    on_failure: Literal["shorten", "drop"] = "shorten"
    """What becomes of a conversation whose calls were right and whose last answer is not: it ends at its last call, which is
    then the response, or it is rejected."""
    cases: Annotated[dict[CaseName, Share], Field(min_length=1)] = dict.fromkeys(get_args(CaseName), 1.0)
    """How much of each case, in proportion."""
    personas: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "somebody in a hurry who writes from a phone",
        "a patient older person who writes whole sentences",
        "a manager who plans the week of a team",
        "a student who does this for the first time",
        "an engineer who is used to exact wording",
        "a parent who organises a family",
        "a traveller in a foreign city",
        "the owner of a small shop",
        "an assistant who writes on behalf of somebody else",
        "a curious person who likes to explain why they ask",
    )
    """Who writes the requests; each conversation gets one."""
    system: str = ""
    """System prompt of the rows; empty: none."""
    seed: int = 1
    """Another number draws other tools and cases."""
    licence: str = "CC0-1.0"
    """The licence that the rows carry; yours to choose, within what your tools and your model's vendor allow."""

    @field_validator("http")
    @classmethod
    def _an_address(cls, address: str) -> str:
        if address and not address.startswith(("http://", "https://")):
            raise ValueError("an address begins with http:// or https://")
        if has_credentials(address) or "?" in address or "#" in address:
            raise ValueError(
                "give the address alone, without password, query or fragment; it is written down with the recipe"
            )
        return address.rstrip("/")

    @model_validator(mode="after")
    def _one_backend(self) -> "ToolUse":
        if self.python and self.http:
            raise ValueError("name either a Python file or a server that executes the calls")
        if not sum(self.cases.values()):
            raise ValueError("one case at least needs a share above 0")
        return self
