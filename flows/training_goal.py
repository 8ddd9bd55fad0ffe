"""What a recipe's rows are to train, held against what its methods, verifiers and datasets can make before money is spent."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from tasks.core.errors import BadInput
from tasks.core.params import Params

_MakesPairs = Callable[[Any], bool]
PAIRS: Final[dict[str, _MakesPairs]] = {
    "preferences": lambda _entry: True,
    "corrections": lambda entry: entry.pair,
    "behaviours": lambda entry: entry.wrong == "pair",
    "self_play": lambda entry: entry.preferences,
}
"""Methods that make rows with a losing response, by which of their settings."""
CHECKED: Final = ("mathematics", "code", "sql", "regular_expressions")
"""Verifiers that rewards can ask."""
OWN_CHECK: Final = ("mathematics", "code")
"""Methods whose rows name the verifier that they were checked with."""


class Trains(Params):
    """What the rows are made for."""

    trainer: Literal["trl", "llamafactory", "axolotl", "unsloth", "openai", "torchtune"] = "trl"
    """The trainer, as `export --for` names it."""
    objective: Literal["sft", "completion", "preference", "kto", "reward", "rl", "pretrain"] = "sft"
    """What is trained, as `export --objective` names it (docs/formats.md)."""
    max_tokens: Annotated[int, Field(ge=1)] = 4096
    """Tokens of a row at most: where the trainer cuts rows off."""


def check_goal(goal: Trains, generate: Sequence[Any], verify: Sequence[Any], imports: bool, name: str) -> None:
    """BadInput for a recipe, found under `name`, of whose rows none could train `goal`: with these entries under `generate` and
    `verify`, and with or without imported rows."""
    from tasks.release.formats.catalogue import BY_NAME

    try:
        BY_NAME[goal.trainer].build_for(goal.objective)
    except BadInput as error:
        raise BadInput(f"{name}: trains: {error}") from error
    if imports:
        return  # an imported row can be of any kind
    pairs = any(PAIRS[entry.method](entry) for entry in generate if entry.method in PAIRS)
    if goal.objective in ("preference", "reward") and not pairs:
        raise BadInput(
            f"{name}: trains: {goal.objective} needs rows with a losing response, and nothing in the recipe makes them; add "
            "`- method: preferences` under `generate`, or `datasets` that have pairs"
        )
    if goal.objective == "kto" and not pairs:
        raise BadInput(
            f"{name}: trains: kto needs pairs or scores, and nothing in the recipe makes them; add `- method: preferences` under "
            "`generate`, or `datasets` that have them"
        )
    checked = any(entry.verifier in CHECKED for entry in verify)
    if goal.objective == "rl" and not checked and not any(entry.method in OWN_CHECK for entry in generate):
        raise BadInput(
            f"{name}: trains: rl needs answers that a verifier can compute; add one of {', '.join(CHECKED)} under `verify`"
        )
