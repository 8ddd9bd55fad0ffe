"""TRL: one folder for each of its trainers, with the script that trains on it."""

from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from tasks.release.formats import chat
from tasks.release.formats.target import DATA, Build, Objective, Settings, Target, pretrain

SCRIPT: Final = Path(__file__).with_name("trl_train.py.txt")
_COLUMNS: Final[dict[Objective, dict[str, str]]] = {
    "sft": {"messages": "turns", "tools": "text"},
    "completion": {"prompt": "turns", "completion": "turns", "tools": "text"},
    "preference": {"prompt": "turns", "chosen": "turns", "rejected": "turns", "tools": "text"},
    "kto": {"prompt": "turns", "completion": "turns", "label": 'Value("bool")', "tools": "text"},
    "reward": {"prompt": "turns", "chosen": "turns", "rejected": "turns", "tools": "text"},
    "rl": {"prompt": "turns", "reference": "text", "verifier": "text", "tests": "text"},
    "pretrain": {"text": "text"},
}
_TRAINERS: Final[dict[Objective, tuple[str, str]]] = {
    "sft": ("SFT", "assistant_only_loss=True, "),
    "completion": ("SFT", "completion_only_loss=True, "),
    "preference": ("DPO", ""),
    "kto": ("KTO", ""),
    "reward": ("Reward", ""),
    "rl": ("GRPO", ""),
    "pretrain": ("SFT", ""),
}
"""Trainer, and settings that it needs; TRL finds turns of the assistant by `{% generation %}`, which it adds to known templates."""
_REWARD: Final = Path(__file__).with_name("trl_reward.py.txt")


class ModelLoading(NamedTuple):
    """How train.py gets its model: the parts of the script that differ from library to library."""

    title: str
    first: str
    """Lines before every other import."""
    imports: str
    load: str
    """Lines before the trainer is made."""
    model: str
    tokenizer: str


def _by_transformers(objective: Objective) -> ModelLoading:
    rewards = objective == "reward"
    auto = "AutoModelForSequenceClassification" if rewards else "AutoModelForCausalLM"
    labels = ", num_labels=1" if rewards else ""
    return ModelLoading(
        title="TRL",
        first="",
        imports=f"from transformers import {auto}, AutoTokenizer\n",
        load="",
        model=f"{auto}.from_pretrained(given.model{labels})",
        tokenizer="AutoTokenizer.from_pretrained(given.model)",
    )


def script(objective: Objective, settings: Settings, loading: ModelLoading | None = None) -> str:
    """train.py: reads the rows with their types stated, so that no object of one row takes on another's keys, and trains. Without
    `loading`, transformers loads the model."""
    trainer, own = _TRAINERS[objective]
    columns = {**_COLUMNS[objective], "example_id": "text"}
    rl = objective == "rl"
    length = f"max_completion_length={settings.max_tokens}" if rl else f"max_length={settings.max_tokens}"
    return Template(SCRIPT.read_text("utf-8")).substitute(
        data=DATA,
        trainer=trainer,
        settings=own + length,
        features=", ".join(f'"{name}": {kind}' for name, kind in columns.items()),
        reward=_REWARD.read_text("utf-8") if rl else "",
        rewards="reward_funcs=reward, " if rl else "",
        **(loading or _by_transformers(objective))._asdict(),
    )


def _beside(objective: Objective, settings: Settings) -> dict[str, str]:
    return {"train.py": script(objective, settings)}


BUILDS: Final[dict[Objective, Build]] = {
    "sft": chat.sft("TRL"),
    "completion": chat.completion,
    "preference": chat.preference,
    "kto": chat.kto,
    "reward": chat.preference,
    "rl": chat.rl,
    "pretrain": pretrain,
}
TARGET: Final = Target("trl", "TRL", BUILDS, _beside)
