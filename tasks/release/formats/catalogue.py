"""Every target: the table of contents."""

from typing import Final

from tasks.release.formats import axolotl, llamafactory, openai, torchtune, trl, unsloth
from tasks.release.formats.target import Target

TARGETS: Final[tuple[Target, ...]] = (
    trl.TARGET,
    llamafactory.TARGET,
    axolotl.TARGET,
    unsloth.TARGET,
    openai.TARGET,
    torchtune.TARGET,
)
BY_NAME: Final = {target.name: target for target in TARGETS}
