"""What a target is: a trainer, what it trains, the rows it reads for each, and the files it needs beside them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from tasks.core.errors import BadInput
from tasks.release.formats.conversation import RefusedError, RowTurns, Turn

Objective = Literal["sft", "completion", "preference", "kto", "reward", "rl", "pretrain"]
"""sft: every answer that is not masked is learnt. completion: the response alone is. preference: the response over the losing one.
kto: answers with whether each is good. reward: as preference, for a model of rewards. rl: prompts, with what checks an answer.
pretrain: text without roles."""
OBJECTIVES: Final[tuple[Objective, ...]] = get_args(Objective)
DATA: Final = "train.jsonl"
"""The file of rows in an export's folder."""


@dataclass(frozen=True)
class Settings:
    """What the files beside the rows name."""

    dataset: str
    """In letters, digits, - and _."""
    max_tokens: int = 4096
    """Tokens of a row at most: longer ones are cut off by the trainer."""


Build = Callable[[RowTurns], list[dict[str, Any]]]
"""The rows of the file for one row of the release; raises RefusedError where the target cannot hold it."""
Beside = Callable[[Objective, Settings], dict[str, str]]
"""The files beside the rows, text by name."""


@dataclass(frozen=True)
class Target:
    """A trainer."""

    name: str
    title: str
    builds: Mapping[Objective, Build]
    """What it reads files of rows for, and how these rows are made."""
    beside: Beside

    def build_for(self, objective: Objective) -> Build:
        """Raises BadInput where the trainer reads no files for `objective`."""
        if objective not in self.builds:
            raise BadInput(
                f"{self.title} reads no files of rows for {objective}; it reads them for {', '.join(self.builds)}"
            )
        return self.builds[objective]


def plain_only(said: list[Turn], tools: str, target: str) -> None:
    """Refuse tools, calls, results of tools, reasoning and names, none of which `target` shows the model."""
    if tools:
        raise RefusedError("tools", f"{target} shows the model no tools")
    for message in said:
        if message.calls or message.role == "tool":
            raise RefusedError("tool_calls", f"{target} shows the model no calls of tools")
        if message.reasoning:
            raise RefusedError("reasoning", f"{target} shows the model no reasoning")
        if message.name:
            raise RefusedError("name", f"{target} shows the model no names of speakers")


def none_masked(row: RowTurns, target: str) -> None:
    """Refuse turns of the assistant that must not be learnt."""
    if any(message.masked and message.role == "assistant" for message in row.context):
        raise RefusedError(
            "masked_turns", f"{target} cannot leave out single turns; `completion` learns the response alone"
        )


def losing(row: RowTurns) -> Turn:
    """The losing response; rows without one are refused."""
    if row.rejected is None:
        raise RefusedError("no_pair", "the row has no losing response")
    return row.rejected


def document(row: RowTurns) -> str:
    """A row as plain text: what each turn says, a blank line between. Calls, tools and reasoning have no such form."""
    plain_only(row.messages, row.tools, "plain text")
    if any(message.masked for message in row.context):
        raise RefusedError("masked_turns", "plain text is learnt as a whole")
    text = "\n\n".join(message.content for message in row.messages if message.content)
    if not text:
        raise RefusedError("empty")
    return text


def pretrain(row: RowTurns) -> list[dict[str, Any]]:
    """The row as plain text, under `text`."""
    return [{"text": document(row), "example_id": row.id}]
