"""Unsloth: TRL's trainers on a faster model, so the same rows; the script loads the model Unsloth's way."""

from typing import Final

from tasks.release.formats import trl
from tasks.release.formats.target import Objective, Settings, Target


def script(objective: Objective, settings: Settings) -> str:
    """train.py as TRL's, with Unsloth imported first and its model and adapters in the place of transformers'."""
    load = (
        f"    model, tokenizer = FastLanguageModel.from_pretrained(given.model, max_seq_length={settings.max_tokens})\n"
        "    model = FastLanguageModel.get_peft_model(model, r=16, lora_alpha=16)\n"
    )
    return trl.script(
        objective,
        settings,
        trl.ModelLoading(
            title="Unsloth",
            first="from unsloth import FastLanguageModel  # before trl, which it changes\n\n",
            imports="",
            load=load,
            model="model",
            tokenizer="tokenizer",
        ),
    )


def _beside(objective: Objective, settings: Settings) -> dict[str, str]:
    return {"train.py": script(objective, settings)}


_REWARD_MODELS: Final = "reward"
"""FastLanguageModel loads models that write, so reward models are left to TRL."""
TARGET: Final = Target(
    "unsloth", "Unsloth", {name: build for name, build in trl.BUILDS.items() if name != _REWARD_MODELS}, _beside
)
