"""Questions with choices, as exams and benchmarks keep them: a list, an object by letters, or columns side by side. The choices
stand behind the question; an answer that is a number or a letter becomes the text of the choice it means."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from string import ascii_uppercase
from typing import Any, Final, NamedTuple

from tasks.imports.example import Conventions, Record, UnusableError
from tasks.imports.values import accepted, empty, scalar, unpacked

LISTS: Final = ("choices", "options", "answer_choices", "answer_options", "multiple_choice", "endings")
"""Columns that hold choices."""
ANSWERS: Final = (
    "response", "output", "completion", "answer", "answerkey", "answer_key", "correct_answer", "correct_option",
    "correct_choice", "right_answer", "correct", "gold", "target", "answers", "answer_index", "answer_idx", "correct_index",
    "correct_idx", "gold_index", "label", "cop", "solution",
)  # fmt: skip
"""Columns that say which choice is right; the first that holds something decides."""
_COLUMN: Final = re.compile(r"(options?|opt|op|choices?|ending|sol|candidate|)[ _-]?([a-j]|\d{1,2})", re.IGNORECASE)
_LETTER: Final = re.compile(r"(?:(?:option|choice|answer)\s+)?[(\[]?([A-Za-z]|\d{1,2})[)\].:]?", re.IGNORECASE)
_LETTER_AND_TEXT: Final = re.compile(r"[(\[]?([A-Za-z])[)\].:]+\s*(.+)", re.DOTALL)


class Choices(NamedTuple):
    """The choices of one question, in order."""

    labels: tuple[str, ...]
    texts: tuple[str, ...]
    labelled: bool
    """Whether the source gave the labels; otherwise they are letters in order."""

    def listed(self) -> str:
        """The choices as lines."""
        return "\n".join(f"{label}. {words}" for label, words in zip(self.labels, self.texts, strict=True))


@lru_cache(1024)
def choice_columns(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Columns that hold one choice each, in order: option_a, option_b …; A, B, C, D; ending0, ending1 …"""
    families: dict[str, dict[str, str]] = {}
    for name in columns:
        if found := _COLUMN.fullmatch(name.strip()):
            families.setdefault(found[1].lower(), {})[found[2].lower()] = name
    for family in families.values():
        for first in ("a", "0", "1"):
            following = (str(int(first) + n) if first.isdigit() else chr(ord(first) + n) for n in range(len(family)))
            found_columns = tuple(family[mark] for mark in following if mark in family)
            if len(found_columns) == len(family) > 1:
                return found_columns
    return ()


def choices_of(record: Record, lists: Sequence[str], columns: Sequence[str]) -> Choices | None:
    """The choices of a record, in the columns `lists` or in `columns`, one choice each; None if it has none."""
    value = next((found for name in lists if not empty(found := unpacked(record.get(name)))), None)
    if isinstance(value, str | None) and columns:
        pairs = [(name, record.get(name)) for name in columns]
        marks = [str(found[2]).upper() for name, _ in pairs if (found := _COLUMN.fullmatch(name.strip()))]
        return _choices(
            [(mark, text) for mark, (_, text) in zip(marks, pairs, strict=True) if not empty(text)], lists or columns
        )
    if isinstance(value, dict):
        texts, labels = value.get("text", value.get("texts")), value.get("label", value.get("labels"))
        pairs = (
            list(zip(labels, texts, strict=True))
            if isinstance(texts, list) and isinstance(labels, list)
            else list(value.items())
        )
        return _choices([(str(label), words) for label, words in pairs if not empty(words)], lists)
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        names = ("text", "content", "value", "option", "choice", "answer")
        found_pairs = [
            (
                one.get("label", one.get("key", one.get("id"))),
                next((one[n] for n in names if not empty(one.get(n))), None),
            )
            for one in value
        ]
        given = all(label is not None for label, _ in found_pairs)
        return _choices([(str(label) if given else None, words) for label, words in found_pairs], lists)
    return _choices([(None, words) for words in value], lists) if isinstance(value, list) else None


def _choices(pairs: Sequence[tuple[str | None, Any]], names: Sequence[str]) -> Choices | None:
    if not pairs:
        return None
    texts = tuple(scalar(words, names[0]) if words is not None else "" for _, words in pairs)
    written = [found for words in texts if (found := _LETTER_AND_TEXT.fullmatch(words))]
    if len(written) == len(pairs) and [found[1].upper() for found in written] == [*ascii_uppercase[: len(pairs)]]:
        return Choices(tuple(found[1].upper() for found in written), tuple(found[2].strip() for found in written), True)
    labelled = all(label is not None for label, _ in pairs)
    labels = tuple(str(label) for label, _ in pairs) if labelled else tuple(ascii_uppercase[: len(pairs)])
    if len(labels) != len(texts):
        raise UnusableError("malformed_record", f"{names[0]} holds {len(texts)} choices, more than there are letters")
    return Choices(labels, texts, labelled)


def right_answer(record: Record, names: Sequence[str], choices: Choices, conventions: Conventions) -> str:
    """The text of the right choice; of several, each on a line. What is no number, letter or choice is an answer of its own.
    Raises UnusableError for a number or a letter that means none of them."""
    value = next((found for name in names if not empty(found := record.get(name))), None)
    if value is None:
        return ""
    several = value if isinstance(value, list | tuple) else (value,)
    if isinstance(value, dict):
        several = accepted(value, names[0])[:1]
    return "\n".join(dict.fromkeys(_one(answer, choices, conventions) for answer in several))


def _one(answer: Any, choices: Choices, conventions: Conventions) -> str:
    said = scalar(answer, "the answer").strip()
    if isinstance(answer, float) and answer.is_integer():
        answer, said = int(answer), str(int(answer))
    same = next((words for words in choices.texts if words.strip().casefold() == said.casefold()), None)
    if same is not None and (conventions.texts_first or not (isinstance(answer, int) or said.isdigit())):
        return same
    found = _LETTER.fullmatch(said)
    if found:
        position = _position(found[1], choices, conventions)
        if position is not None:
            return choices.texts[position]
        if same is None:
            raise UnusableError(
                "malformed_record", f"the answer {said[:20]!r} is none of its {len(choices.texts)} choices"
            )
    if same is not None:
        return same
    named = _LETTER_AND_TEXT.fullmatch(said)
    position = _position(named[1], choices, conventions) if named else None
    if named and position is not None and named[2].strip().casefold() == choices.texts[position].strip().casefold():
        return choices.texts[position]
    return said


def _position(mark: str, choices: Choices, conventions: Conventions) -> int | None:
    """Which choice a letter or a number means, from 0: by the source's own labels, by the alphabet, or counted."""
    labels = [label.strip("().: ").casefold() for label in choices.labels]
    if mark.casefold() in labels:
        return labels.index(mark.casefold())
    at = int(mark) - conventions.first_choice if mark.isdigit() else ascii_uppercase.find(mark.upper())
    return at if 0 <= at < len(choices.texts) else None


def first_choice_of(answers: Iterable[tuple[Any, Choices]]) -> int:
    """0 or 1: from which number on a file counts its choices. 1 where no answer is 0 and one is the number of its choices."""
    highest = False
    for answer, choices in answers:
        said = str(answer).strip().removesuffix(".0")
        if not isinstance(answer, bool) and said.isdigit() and not (choices.labelled and said in choices.labels):
            if said == "0":
                return 0
            highest = highest or int(said) == len(choices.texts)
    return int(highest)


def are_texts(answers: Iterable[tuple[Any, Choices]]) -> bool:
    """Whether every answer is written as one of its choices is."""
    found = [isinstance(answer, str) and answer.strip() in map(str.strip, choices.texts) for answer, choices in answers]
    return bool(found) and all(found)
