"""What chat templates leave behind: special tokens, Alpaca's frame around an instruction, a next turn that nobody asked for."""

import re
from typing import Final

from tasks.text.code import outside_code

ABOUT: Final = re.compile(
    r"(?i)\b(?:chat ?templates?|special tokens?|chatml|tokeni[sz](?:ers?|ation)|prompt (?:formats?|templates?)|fine-?tun\w+|"
    r"llama|instruction[- ]tuning)\b"
)
"""Rows that are about such things keep them."""
SUSPECT: Final = (
    r"<\||<｜|<start_of_turn>|<end_of_turn>|INST\]|SYS>>|</?s>|<[be]os>|^\s*###|\n###? ?(?:Instruction|Human|User|Input)"
    r"|Below is an instruction"
)

_TOKEN: Final = re.compile(
    r"<\|(?:im_start|start_header_id)\|>[ \t]*(?:system|user|assistant|tool)?(?:<\|end_header_id\|>)?\n*"
    r"|<\|[a-z][a-z0-9_]{1,30}\|>|<｜[^｜<>\n]{1,30}｜>|<start_of_turn>(?:user|model)?\n?|<end_of_turn>|\[/?INST\]|<</?SYS>>"
    r"|\A\s*<(?:s|bos)>|<(?:/s|eos)>\s*\Z|\A\s*###\s*(?:Response|Answer|Output|Assistant)\s*:[ \t]*\n?"
)
_RUN_ON: Final = re.compile(
    r"(?<=\S)\s*\n\s*(?:###? ?(?:Instruction|Human|User|Question|Input)\s*:|<\|im_start\|>\s*user|\[INST\]).*\Z",
    re.DOTALL,
)
"""A model that did not stop: it goes on by asking itself the next question."""
_FRAME: Final = re.compile(
    r"\A\s*(?:Below is an instruction that describes a task[^\n]*\n+)?\s*###? ?Instruction\s*:\s*(?P<asked>.*?)"
    r"(?:\n\s*###? ?Input\s*:\s*(?P<given>.*?))?\s*(?:\n\s*###? ?Response\s*:?\s*)?\Z",
    re.DOTALL,
)
"""Stanford Alpaca's two prompts (Taori et al. 2023, `PROMPT_DICT` of train.py)."""


def chat_tokens(text: str, column: str) -> str:
    """`text` without the marks of a chat template; an instruction is taken out of its frame, a response ends where it ends."""
    if column in ("response", "rejected"):
        text = _RUN_ON.sub("", text)
    elif column == "instruction" and (frame := _FRAME.match(text)):
        text = "\n\n".join(part for part in (frame["asked"], frame["given"]) if part)
    return outside_code(lambda prose: _TOKEN.sub("", prose))(text)
