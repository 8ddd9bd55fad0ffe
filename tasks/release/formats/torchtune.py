"""torchtune: conversations of words only, since its messages drop calls of tools, names and reasoning without a word."""

from typing import Any, Final

from tasks.release.formats.conversation import RefusedError, RowTurns, Turn
from tasks.release.formats.target import (
    DATA,
    Build,
    Objective,
    Settings,
    Target,
    losing,
    none_masked,
    plain_only,
    pretrain,
)  # fmt: skip


def _words(said: list[Turn], tools: str) -> list[dict[str, str]]:
    """Turns that its `validate_messages` accepts: system first, then user and assistant in turn."""
    plain_only(said, tools, "torchtune")
    roles = [message.role for message in said]
    talk = roles[1:] if roles[0] == "system" else roles
    if any(role != ("user", "assistant")[number % 2] for number, role in enumerate(talk)):
        raise RefusedError("turns_do_not_alternate", " ".join(talk)[:80])
    return [{"role": message.role, "content": message.content or ""} for message in said]


def sft(row: RowTurns) -> list[dict[str, Any]]:
    """Roles and words, under `messages`."""
    none_masked(row, "torchtune")
    return [{"messages": _words(row.messages, row.tools), "example_id": row.id}]


def completion(row: RowTurns) -> list[dict[str, Any]]:
    """`input` and `output`: one turn of the user."""
    said = _words(row.messages, row.tools)
    if len(said) != 2:
        raise RefusedError("turns", "torchtune's instruct_dataset reads one question and one answer")
    return [{"input": said[0]["content"], "output": said[1]["content"], "example_id": row.id}]


def preference(row: RowTurns) -> list[dict[str, Any]]:
    """`chosen` and `rejected`, each the whole conversation."""
    worse = losing(row)
    return [
        {
            "chosen": _words(row.messages, row.tools),
            "rejected": _words([*row.context, worse], row.tools),
            "example_id": row.id,
        }
    ]


_COMPONENTS: Final[dict[Objective, list[str]]] = {
    "sft": [
        "_component_: torchtune.datasets.chat_dataset",
        "conversation_column: messages",
        "conversation_style: openai",
    ],
    "completion": ["_component_: torchtune.datasets.instruct_dataset"],
    "preference": ["_component_: torchtune.datasets.preference_dataset"],
    "pretrain": ["_component_: torchtune.datasets.text_completion_dataset", "column: text"],
}


def _beside(objective: Objective, settings: Settings) -> dict[str, str]:
    lines = [
        "# The part of a torchtune recipe's config that reads these rows: tune run RECIPE --config …, in this folder",
        "dataset:",
        *(f"  {line}" for line in _COMPONENTS[objective]),
        "  source: json",
        f"  data_files: {DATA}",
        "  split: train",
        "tokenizer:",
        f"  max_seq_len: {settings.max_tokens}",
    ]
    return {"dataset.yaml": "\n".join(lines) + "\n"}


_BUILDS: Final[dict[Objective, Build]] = {
    "sft": sft,
    "completion": completion,
    "preference": preference,
    "pretrain": pretrain,
}
TARGET: Final = Target("torchtune", "torchtune", _BUILDS, _beside)
