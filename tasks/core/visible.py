"""Makes hidden characters of a text visible, before it is shown: also those that control a terminal or reverse the line."""

import re
import unicodedata
from typing import Final

HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Characters that cannot be seen (tags and variation selectors beyond the first plane carry whole sentences unseen), that turn
the direction of the text around them, or that a terminal takes for a command."""


def visible(text: str) -> str:
    """`text` with every hidden character written as its name or number, so that a reader sees what a model will."""
    return HIDDEN.sub(lambda match: f"⟨{_name(match.group())}⟩", text.replace("\r\n", "\n"))


def _name(character: str) -> str:
    number = f"U+{ord(character):04X}"
    return unicodedata.name(character, number).lower() if ord(character) > 0xFF else number
