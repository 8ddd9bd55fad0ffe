"""LLaMA-Factory: ShareGPT rows and the dataset_info.json that names every column of them.

What its converter (0.9.5) does decides here: turns alternate between user or observation and assistant or function_call, one
observation a turn; function_call is JSON of calls, with words beside it before `<tool_call>`; reasoning stands in `<think>`.
"""

import json
from typing import Any, Final

from tasks.release.formats.conversation import RefusedError, RowTurns, Turn, TurnCall, to_json
from tasks.release.formats.target import (
    DATA,
    Build,
    Objective,
    Settings,
    Target,
    losing,
    none_masked,
    pretrain,
)  # fmt: skip

_TAGS: Final = ("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "{{idx}}")
"""Text that its formatters read as marks of their own."""
_BETWEEN: Final = "\n</tool_response>\n<tool_response>\n"
"""What its own converter of OpenAI's messages puts between the results of parallel calls."""
_ASKS: Final = ("human", "observation")
_STAGES: Final[dict[Objective, str]] = {
    "sft": "sft", "completion": "sft", "preference": "dpo", "kto": "kto", "reward": "rm", "pretrain": "pt",
}  # fmt: skip


def _plain(said: Turn) -> str:
    text = said.content or ""
    if "<" in text or "{{" in text:
        for tag in _TAGS:
            if tag in text:
                raise RefusedError(
                    "tags_in_text", f"{tag} in a turn of the {said.role}: LLaMA-Factory reads it as its own"
                )
    return text


def _answer(said: Turn) -> dict[str, Any]:
    thought = ""
    if said.reasoning:
        if "<think>" in said.reasoning or "</think>" in said.reasoning:
            raise RefusedError("tags_in_text", "<think> in the reasoning")
        thought = f"<think>\n{said.reasoning}\n</think>\n\n"
    text = _plain(said)
    if not said.calls:
        return {"from": "gpt", "value": thought + text}
    calls = [{"id": one.id, "name": one.name, "arguments": one.value} for one in said.calls]
    written = to_json(calls).decode("utf-8").replace("<", "\\u003c")
    return {
        "from": "function_call",
        "value": thought + (f"{text}<tool_call>{written}</tool_call>" if text else written),
    }


def _turns(row: RowTurns, said: list[Turn]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    waiting: list[TurnCall] = []
    for message in said:
        more = {"name": message.name} if message.name else {}
        if message.role == "assistant":
            made.append({**_answer(message), **more})
            waiting = [*message.calls]
        elif message.role == "user":
            made.append({"from": "human", "value": _plain(message), **more})
        elif message.role == "tool":
            text = _plain(message)
            answered = waiting.pop(0) if waiting else None
            if answered is None or message.call_id != answered.id:
                raise RefusedError("results_out_of_order", "results of calls are matched by their order")
            if message.name and message.name != answered.name:
                raise RefusedError("name", f"{message.name} answers a call of {answered.name}")
            if made[-1]["from"] == "observation":
                made[-1]["value"] += _BETWEEN + text
                made[-1]["tool_call_id"] += " " + message.call_id
                row.notes.append(
                    "results of parallel calls stand in one turn, as LLaMA-Factory's own converter puts them"
                )
            else:
                made.append({"from": "observation", "value": text, "tool_call_id": message.call_id})
        else:
            raise RefusedError("role", f"{message.role} after the first turn")
    for number, turn in enumerate(made):
        if (turn["from"] in _ASKS) == bool(number % 2):
            raise RefusedError("turns_do_not_alternate", f"turn {number + 1} is {turn['from']}")
    return made


def _shared(row: RowTurns, *last: Turn) -> dict[str, Any]:
    said = row.context
    system = said[0].content if said and said[0].role == "system" else None
    made = _turns(row, [*said[1 if system is not None else 0 :], *last])
    if len(made) % 2 == bool(last):
        raise RefusedError("turns_do_not_alternate", "the last turn before the answer is not the user's")
    return {"conversations": made, "system": system or "", "tools": row.tools, "example_id": row.id}


def sft(row: RowTurns) -> list[dict[str, Any]]:
    """`conversations`, `system`, `tools`."""
    none_masked(row, "LLaMA-Factory")
    return [_shared(row, row.response)]


def completion(row: RowTurns) -> list[dict[str, Any]]:
    """The same rows; `mask_history: true` learns the last turn alone."""
    return [_shared(row, row.response)]


def preference(row: RowTurns) -> list[dict[str, Any]]:
    """`conversations` up to the answer, `chosen` and `rejected`."""
    worse = losing(row)
    return [{**_shared(row), "chosen": _answer(row.response), "rejected": _answer(worse)}]


def kto(row: RowTurns) -> list[dict[str, Any]]:
    """`conversations` with an answer, and `label`. An answer without words is the mark of a bad one there, so it is refused."""
    made = []
    for answer, good in row.labelled:
        if not answer.content and not answer.calls:
            raise RefusedError("empty_answer", "KTO's converter takes an empty answer for a mark")
        made.append({**_shared(row, answer), "label": good})
    return made


def _info(objective: Objective) -> dict[str, Any]:
    if objective == "pretrain":
        return {"file_name": DATA, "columns": {"prompt": "text"}}
    columns = {"messages": "conversations", "system": "system", "tools": "tools"}
    more: dict[str, Any] = {}
    if objective in ("preference", "reward"):
        columns |= {"chosen": "chosen", "rejected": "rejected"}
        more = {"ranking": True}
    if objective == "kto":
        columns |= {"kto_tag": "label"}
    return {"file_name": DATA, "formatting": "sharegpt", **more, "columns": columns}


def _beside(objective: Objective, settings: Settings) -> dict[str, str]:
    own = ["mask_history: true"] if objective == "completion" else []
    config = [
        "# llamafactory-cli train train.yaml, in this folder",
        "model_name_or_path: MODEL    # name a model, and the template that it was trained with",
        "template: qwen",
        f"stage: {_STAGES[objective]}",
        "do_train: true",
        "finetuning_type: lora",
        f"dataset: {settings.dataset}",
        "dataset_dir: .",
        f"cutoff_len: {settings.max_tokens}",
        *own,
        "output_dir: trained",
    ]
    info = json.dumps({settings.dataset: _info(objective)}, indent=2)
    return {"dataset_info.json": info + "\n", "train.yaml": "\n".join(config) + "\n"}


_BUILDS: Final[dict[Objective, Build]] = {
    "sft": sft,
    "completion": completion,
    "preference": preference,
    "kto": kto,
    "reward": preference,
    "pretrain": pretrain,
}
TARGET: Final = Target("llamafactory", "LLaMA-Factory", _BUILDS, _beside)
