"""Reasoning that a model writes before its answer: parted from the answer, and put in front of it where a server sends it apart.

Only a block at the very beginning is reasoning: an answer may speak of `<think>` as of anything else. All of it takes time
linear in the text.
"""

import re
from typing import Final

_NAMES: Final = ("think", "thinking", "reasoning", "thought", "seed:think")
BLOCKS: Final = {
    **{f"<{name}>": f"</{name}>" for name in _NAMES},
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|channel|>analysis<|message|>": "<|end|>",
}
"""Opening → closing mark: DeepSeek, Qwen and many others; Mistral, Kimi, Sky-T1, Command A, gpt-oss."""

MOST_BLOCKS: Final = 50
"""Blocks one after the other that count as reasoning. Each costs a look at all that follows it."""

_BEFORE_ANSWER: Final = (
    "<|start|>assistant",
    "<|channel|>final<|message|>",
    "<|begin_of_solution|>",
    "<|START_RESPONSE|>",
)
_AFTER_ANSWER: Final = ("<|return|>", "<|end|>", "<|end_of_solution|>", "<|END_RESPONSE|>")
"""Marks around the answer of the models that mark their reasoning so."""

_FIRST_CLOSING: Final = re.compile(
    "|".join(re.escape(mark) for mark in BLOCKS.values() if mark != "<|end|>"), re.IGNORECASE
)
_OPENING: Final = re.compile("|".join(map(re.escape, BLOCKS)), re.IGNORECASE)
_CLOSINGS: Final = {opening: re.compile(re.escape(mark), re.IGNORECASE) for opening, mark in BLOCKS.items()}


def split(text: str) -> tuple[str, str]:
    """The reasoning at the beginning of an answer, and the answer itself, both without blanks around them.

    A block that is never closed is all reasoning. A closing mark alone ends what began in the prompt, unless it stands inside a
    sentence, in quotes or in code, where the answer speaks of it.
    """
    rest, thoughts = text.strip(), []
    for _ in range(MOST_BLOCKS):
        if (opening := next((mark for mark in BLOCKS if _begins(rest, mark)), None)) is None:
            break
        closing = _CLOSINGS[opening].search(rest, len(opening))
        end = closing.span() if closing else (len(rest), len(rest))
        thoughts.append(rest[len(opening) : end[0]].strip())
        rest = _without_marks(rest[end[1] :])
    if not thoughts and (closing := _FIRST_CLOSING.search(rest)) and _ends_what_the_prompt_began(rest, closing):
        thoughts.append(rest[: closing.start()].strip())
        rest = _without_marks(rest[closing.end() :])
    return "\n\n".join(filter(None, thoughts)), rest


def joined(reasoning: str, answer: str) -> str:
    """An answer with the reasoning that came beside it as its leading block, as `split` takes it apart again."""
    if not reasoning.strip():
        return answer
    free = (name for name in _NAMES if not _CLOSINGS[f"<{name}>"].search(reasoning))
    name = next(free, "think")
    kept = _CLOSINGS[f"<{name}>"].sub(f"</ {name}>", reasoning)
    return f"<{name}>\n{kept}\n</{name}>\n\n{answer}"


def _begins(text: str, mark: str) -> bool:
    return text[: len(mark)].lower() == mark.lower()


def _without_marks(text: str) -> str:
    text = text.strip()
    for mark in _BEFORE_ANSWER:
        text = text.removeprefix(mark).lstrip()
    for mark in _AFTER_ANSWER:
        text = text.removesuffix(mark).rstrip()
    return text


def _ends_what_the_prompt_began(text: str, closing: re.Match[str]) -> bool:
    before, after = text[: closing.start()], text[closing.end() :]
    if text.startswith(("{", "[{")) or not after.strip() or _OPENING.search(before) or before.count("```") % 2:
        return False
    alone = before.rstrip(" \t").endswith("\n") or after.lstrip(" \t").startswith(("\n", "\r"))
    glued = not before[-1:].isspace() and before[-1:] not in "`'\"(“‘" and (after[0].isalnum() or after[0] in "{[*#")
    return alone or glued or not before.strip()
