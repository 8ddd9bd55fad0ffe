"""Which new tasks and answers are refused by rule: the published heuristics of Self-Instruct and Alpaca.

Instructions: Wang et al. 2022 (bootstrap_instructions.py) and Taori et al. 2023 (Alpaca, generate_instruction.py). Instances: Wang
et al. 2022 (prepare_for_finetuning.py). Added are refusals, markers of the prompt, placeholders, tasks that do not say what they
are about or speak of an input which was not written, and labels that are none of a task's answers.
"""

import re
import string
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from tasks.generation.from_seed_tasks.self_instruct.params import SelfInstruct
from tasks.teachers.prompts import defects
from tasks.teachers.prompts.defects import Defect

REASONS: Final = {
    "not_novel": "as like a task there is as ROUGE-L allows, or more; detail: how much, and its id",
    "not_for_text": "a language model cannot see or make what the task speaks of; detail: the word",
    "write_a_program": "begins with 'Write a program', which models put before tasks of any kind",
    "odd_beginning": "begins with punctuation or a letter outside ASCII; detail: the character",
    "vague": "leaves open what it is about, and no input can say it; detail: the phrase",
    "missing_input": "the task speaks of an input, and none was written; detail: the phrase",
    "label_not_named": "a label stands in the task only as part of another phrase, so it is none of its answers; detail: the label",
    "label_disputed": "the teacher gives the input another label than it was written for; detail: both",
}
_SPEAKS_OF_INPUT: Final = re.compile(
    r"\b(?:the|this|these|each of the)\s+(?:following|given|provided|below|above)\b|"
    r"(?:^|[.!?:]\s+)given (?:a|an|the|this|these|two|some)\b",
    re.IGNORECASE,
)
"""Not "a given number", which is any: all thirteen such rows among 5,000 of Alpaca were whole without an input."""
_VAGUE: Final = re.compile(
    r"\[[a-z][^\]\n]{1,40}\]|\b(?:a|an|one|any|some)\s+(?:specific|certain|particular|random)\s+(?:topic|subject|concept|person|event|"
    r"product|book|movie|city|country|place|word|problem|field|issue|theme)\b(?!\s*:)|\bsomething\s+(?:interesting|new|fun|useful)\b",
    re.IGNORECASE,
)
"""Phrases of a template that was not filled in."""
_OWN_INPUT: Final = re.compile(
    r"[:\n]\s*\S|[\"“'‘][^\"”'’]{3,}[\"”'’]|(?<!\d)\d+(?!\d|[\s-]+(?:words?|sentences?|paragraphs?|lines?|characters?|points?)\b)",
    re.IGNORECASE,
)
"""What an instruction may hold of an input; a number that limits the answer is none."""
_OPTION_ENDS: Final = re.compile(r"\s*(?:$|(?:or|and|if|when|for|means|depending)\b|[^\w\s])", re.IGNORECASE)
_NOTHING: Final = re.compile(
    r"[<\[(]?(?:no ?input|none|n/?a|empty|not (?:applicable|needed|required))[>\])]?\.?", re.IGNORECASE
)
_PLACEHOLDER: Final = re.compile(
    r"\s*[\[<{(][A-Za-z][A-Za-z' _-]{2,60}[\]>})]\.?\s*|(?:insert|your|the|enter|paste)\b.{0,60}\bhere[.\])]*|"
    r"please (?:provide|enter|insert|paste|give|share|supply)\b[^.\n]{0,80}\.?",
    re.IGNORECASE,
)


def without_word_for_nothing(given: str) -> str:
    """An input as the teacher wrote it; empty where it is a word for none."""
    return "" if _NOTHING.fullmatch(given) else given


def instruction_defect(instruction: str, params: SelfInstruct) -> Defect | None:
    """Why a new instruction cannot be used; None if it can."""
    count = len(instruction.split())
    if count < params.least_words:
        return Defect("too_short", f"instruction: {count} words")
    if count > params.most_words:
        return Defect("too_long", f"instruction: {count} words")
    if found := _any_of(params.refused_words).search(instruction):
        return Defect("not_for_text", found[0].lower())
    if instruction.startswith("Write a program"):
        return Defect("write_a_program", "")
    first = instruction[0]
    if first in string.punctuation or (params.latin_only and not first.isascii()):
        return Defect("odd_beginning", first)
    if vague := _VAGUE.search(instruction):
        return Defect("vague", vague[0].lower())
    if phrase := defects.refusal(instruction):
        return Defect("refusal", phrase)
    if marker := defects.copied_marker(instruction):
        return Defect("copied_marker", marker)
    return None


def label_defect(instruction: str, labels: Sequence[str]) -> Defect | None:
    """Why labels are no answers to a task, such as "sports" to "a news item, a sports report or a travel update"; None where they
    are, or where the task names none."""
    for label in labels:
        named = [found.end() for found in re.finditer(rf"\b{re.escape(label)}\b", instruction, re.IGNORECASE)]
        if named and not any(_OPTION_ENDS.match(instruction, end) for end in named):
            return Defect("label_not_named", label)
    return None


def instance_defect(instruction: str, given: str, output: str) -> Defect | None:
    """Why an input (empty: none) and its answer cannot be used; None if they can."""
    if not output:
        return Defect("malformed_answer", "the answer is empty")
    if given == output:
        return Defect("echo", "the answer is the input")
    for name, text in (("input", given), ("answer", output)):
        if text.endswith(":"):
            return Defect("malformed_answer", f"the {name} ends with a colon")
        if _PLACEHOLDER.fullmatch(text):
            return Defect("malformed_answer", f"the {name} is a placeholder: {text[:40]}")
    if not given and (phrase := input_spoken_of(instruction)):
        return Defect("missing_input", phrase)
    if open_end := defects.unfinished(output):
        return Defect("malformed_answer", open_end)
    return defects.text_defect(given) or defects.text_defect(output, f"{instruction}\n{given}")


def input_spoken_of(instruction: str) -> str | None:
    """The phrase with which an instruction speaks of an input that it does not hold; None if there is none."""
    found = _SPEAKS_OF_INPUT.search(instruction)
    return found[0].lower() if found and not _OWN_INPUT.search(instruction, found.end()) else None


@lru_cache(maxsize=8)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of these words or phrases; never matches where there are none."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b" if words else r"(?!)", re.IGNORECASE)
