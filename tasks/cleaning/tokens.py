"""What templates leave behind: special tokens, Alpaca's frame around an instruction and its words for "nothing", a next turn
that nobody asked for."""

import re
from typing import Final

from tasks.text.code import outside_code

ABOUT: Final = (
    r"(?i)\b(?:chat ?templates?|special tokens?|chatml|tokeni[sz](?:ers?|ation)|prompt (?:formats?|templates?)|fine-?tun\w+|"
    r"llama|instruction[- ]tuning|chat models?|language models?|llms?|gpt-?\d?|alpaca|few-?shot|"
    r"training (?:data|records?|examples?)|data ?sets?|dialogues?|transcripts?|conversations?)\b"
)
"""Rows that are about such things keep them."""
SUSPECT: Final = (
    r"<\||<｜|<start_of_turn>|<end_of_turn>|INST\]|SYS>>|</?s>|<[be]os>|^\s*###|\n###? ?(?:Instruction|Human|User|Input)"
    r"|Below is an instruction|(?i:<no ?(?:in|out)put>|\n[ \t]*\W?(?:no input|n/a|not applicable)[^\n]{0,12}$)"
)

_TOKEN: Final = re.compile(
    r"<\|(?:im_start|start_header_id)\|>[ \t]*(?:system|user|assistant|tool)?(?:<\|end_header_id\|>)?\n*"
    r"|<\|[a-z][a-z0-9_]{1,30}\|>|<｜[^｜<>\n]{1,30}｜>|<start_of_turn>(?:user|model)?\n?|<end_of_turn>|\[/?INST\]|<</?SYS>>"
    r"|\A\s*<(?:s|bos)>|<(?:/s|eos)>\s*\Z|\A\s*###\s*(?:Response|Answer|Output|Assistant)\s*:[ \t]*\n?"
)
_RUN_ON: Final = (
    (
        re.compile(r"\n[ \t]*###? ?(?:Instruction|Human|User)[ \t]*:"),
        re.compile(r"\n[ \t]*###? ?(?:Response|Assistant|Answer)[ \t]*:"),
    ),
    (re.compile(r"\n[ \t]*<\|im_start\|>[ \t]*user"), re.compile(r"<\|im_start\|>[ \t]*assistant")),
    (re.compile(r"\n[ \t]*\[INST\]"), re.compile(r"\[/INST\]")),
)
"""A model that did not stop: it goes on by asking itself the next question, and answers it."""
_FRAME: Final = re.compile(
    r"\A\s*+(?:Below is an instruction that describes a task[^\n]*+\n\s*+)?###? ?Instruction\s*+:"
)
"""Where Stanford Alpaca's two prompts begin (Taori et al. 2023, `PROMPT_DICT` of train.py), up to what is asked."""
_GIVEN: Final = re.compile(r"(?<!\s)[^\S\n]*+\n\s*+###? ?Input\s*+:")
_ANSWERED: Final = re.compile(r"\s*+###? ?Response\s*+:?")
"""The frame's last line."""
_NOTHING: Final = re.compile(r"<no ?(?:in|out)put>[ \t]*\n*", re.IGNORECASE)
_NO_INPUT: Final = re.compile(
    r"(?<=[^\s:])[ \t]*\n[ \t]*\n\s*[(<\[]?(?:no input(?: (?:required|needed|necessary|provided))?|n/a|not applicable)"
    r"[)>\]]?\.?\s*\Z",
    re.IGNORECASE,
)
"""How Self-Instruct and Alpaca wrote that an instruction needs no input; after a heading ("Input:") it stays."""


_SPOKEN_OF: Final = re.compile(
    r"\b(?:is|the|as|like|with|sign|token|tokens|uses?|and|or|of|by|means?|called) <[|｜][^\n<>]*[|｜]>"
)
"""A token that a sentence speaks of; those that a template left stand at the ends of turns."""
_TAIL: Final = 100
"""Characters at the end in which such words stand."""


def chat_tokens(text: str, column: str) -> str:
    """`text` without the marks of a template; an instruction is taken out of its frame, a response ends where it ends."""
    if column in ("response", "rejected"):
        text = _ended(text)
    elif column == "instruction":
        if "Instruction" in text[:300] and (frame := _FRAME.match(text)):
            text = _out_of_frame(text[frame.end() :].rstrip())
        nothing = _NO_INPUT.search(text, max(0, len(text) - _TAIL))
        text = text[: nothing.start()] if nothing else text
    text = _NOTHING.sub("", text)
    if _SPOKEN_OF.search(text):
        return text
    return outside_code(lambda prose: _TOKEN.sub("", prose))(text)


def _out_of_frame(text: str) -> str:
    """What is asked and, behind it, what is given, of a frame from the colon of its instruction on."""
    head, line_end, last = text.rpartition("\n")
    if line_end and _ANSWERED.fullmatch(last):
        text = head.rstrip()
    given = _GIVEN.search(text)
    parts = (text[: given.start()], text[given.end() :]) if given else (text,)
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _ended(text: str) -> str:
    """`text` up to the first turn behind it that is answered; all of it where nothing would be left."""
    for asks, answers in _RUN_ON:
        turn = asks.search(text)
        if turn and answers.search(text, turn.end()) and text[: turn.start()].strip():
            text = text[: turn.start()].rstrip()
    return text
