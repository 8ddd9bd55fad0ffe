"""axolotl: messages for its strategy `chat_template`, simpler rows for its others, and the part of a config that reads them.

Arguments of calls and tools are JSON text: it makes objects of them itself, and text comes through the loader unchanged.
"""

from typing import Any, Final

from tasks.release.formats import chat
from tasks.release.formats.conversation import RefusedError, RowTurns, Turn
from tasks.release.formats.target import (
    DATA,
    Build,
    Objective,
    Settings,
    Target,
    losing,
    plain_only,
    pretrain,
)  # fmt: skip

SHORTEST: Final = 16
"""Characters of an answer of a pair: axolotl cuts it from the rendered text where its words stand first, and short ones may stand
in the template's own text."""


def _learnt(row: RowTurns, last_only: bool) -> list[dict[str, Any]]:
    said = []
    for message in row.messages:
        made = chat.message(message, "text")
        if message.role == "assistant":
            made["train"] = not message.masked and (message is row.response or not last_only)
        said.append(made)
    return [{"messages": said, "tools": row.tools or None, "example_id": row.id}]


def sft(row: RowTurns) -> list[dict[str, Any]]:
    """`messages`, each of the assistant's with `train`."""
    return _learnt(row, last_only=False)


def completion(row: RowTurns) -> list[dict[str, Any]]:
    """The same, only the response with `train: true`."""
    return _learnt(row, last_only=True)


def _words(said: list[Turn]) -> list[dict[str, str]]:
    if any(message.role not in chat.ROLES for message in said):
        raise RefusedError("role")
    return [{"role": message.role, "content": message.content or ""} for message in said]


def preference(row: RowTurns) -> list[dict[str, Any]]:
    """`messages`, `chosen` and `rejected` for `chat_template.default`, which reads roles and words only."""
    pair = (row.response, losing(row))
    plain_only([*row.context, *pair], row.tools, "axolotl's strategy for pairs")
    for answer in pair:
        text = answer.content or ""
        if text != text.strip():
            raise RefusedError(
                "space_around_answer", "axolotl looks for the answer in rendered text, which templates trim"
            )
        if len(text) < SHORTEST:
            raise RefusedError("short_answer", "axolotl may find it in the template's own text")
    chosen, rejected = _words(list(pair))
    return [{"messages": _words(row.context), "chosen": chosen, "rejected": rejected, "example_id": row.id}]


def kto(row: RowTurns) -> list[dict[str, Any]]:
    """`completion`, the conversation with the answer, and `label`, for `chatml.argilla_chat`: ChatML always."""
    made = []
    for answer, good in row.labelled:
        plain_only([*row.context, answer], row.tools, "axolotl's strategy for KTO")
        made.append({"completion": _words([*row.context, answer]), "label": good, "example_id": row.id})
    row.notes.append("axolotl renders KTO rows as ChatML, whatever template the model has")
    return made


def reward(row: RowTurns) -> list[dict[str, Any]]:
    """`system`, `input`, `chosen` and `rejected` for `bradley_terry.chat_template`: one turn of the user."""
    pair = (row.response, losing(row))
    plain_only([*row.context, *pair], row.tools, "axolotl's strategy for reward models")
    said = row.context
    system = (said[0].content or "") if said[0].role == "system" else ""
    asked = said[1:] if system else said
    if [message.role for message in asked] != ["user"]:
        raise RefusedError("turns", "axolotl's strategy for reward models reads one turn of the user")
    if not system:
        row.notes.append("axolotl gives rows without system text an empty system turn in reward models")
    made = {
        "system": system,
        "input": asked[0].content or "",
        "chosen": pair[0].content or "",
        "rejected": pair[1].content or "",
    }
    return [{**made, "example_id": row.id}]


_TYPES: Final[dict[Objective, list[str]]] = {
    "sft": ["type: chat_template", "message_field_training: train"],
    "completion": ["type: chat_template", "message_field_training: train"],
    "preference": ["type: chat_template.default"],
    "kto": ["type: chatml.argilla_chat"],
    "reward": ["type: bradley_terry.chat_template"],
    "pretrain": ["type: completion", "field: text"],
}
_TOP: Final[dict[Objective, list[str]]] = {
    "preference": ["rl: dpo"],
    "kto": ["rl: kto", "remove_unused_columns: false"],
    "reward": ["reward_model: true", "num_labels: 1"],
}


def _beside(objective: Objective, settings: Settings) -> dict[str, str]:
    head, *more = _TYPES[objective]
    lines = [
        "# axolotl train axolotl.yaml, in this folder",
        "base_model: MODEL    # name a model",
        "chat_template: tokenizer_default",
        *_TOP.get(objective, []),
        "datasets:",
        f"  - path: ./{DATA}",
        "    ds_type: json",
        f"    {head}",
        *(f"    {line}" for line in more),
        f"sequence_len: {settings.max_tokens}",
        "micro_batch_size: 1",
        "gradient_accumulation_steps: 8",
        "num_epochs: 1",
        "learning_rate: 0.0002",
        "adapter: lora",
        "lora_r: 16",
        "lora_alpha: 16",
        "lora_target_linear: true",
        "output_dir: ./trained",
    ]
    return {"axolotl.yaml": "\n".join(lines) + "\n"}


_BUILDS: Final[dict[Objective, Build]] = {
    "sft": sft,
    "completion": completion,
    "preference": preference,
    "kto": kto,
    "reward": reward,
    "pretrain": pretrain,
}
TARGET: Final = Target("axolotl", "axolotl", _BUILDS, _beside)
