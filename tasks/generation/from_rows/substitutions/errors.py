"""Typing errors and carelessness, at a given rate of words: the request stays readable, and says what it said.

Neighbours on the keyboard, letters exchanged, left out or doubled are the four errors of Damerau (1964) as typists make them; the
first letter of a word is nearly always right.
"""

from collections.abc import Callable
from random import Random
from typing import Final

from tasks.generation.from_rows.substitutions.protected import FreeWord, free_words, replaced
from tasks.text.kept_meaning import meaning_change
from tasks.text.words import STOPWORDS, words

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS: Final = {
    letter: "".join(
        row[max(at - 1, 0) : at] + row[at + 1 : at + 2] for row in _ROWS for at in [row.find(letter)] if at >= 0
    )
    for letter in "".join(_ROWS)
}
_LEAST_LETTERS: Final = 4


def typos(text: str, rate: float, rng: Random) -> str:
    """`text` with an error in `rate` of its words, in one at least where there is one that may have it."""
    able = [
        free
        for free in free_words(text)
        if len(free.word) >= _LEAST_LETTERS and free.word.isascii() and free.word.isalpha() and not free.word.isupper()
    ]
    rng.shuffle(able)
    wanted, changes = max(round(rate * len(words(text))), 1), dict[FreeWord, str]()
    for free in able:
        if len(changes) == wanted:
            break
        wrong = _mistyped(free.word, rng)
        if (
            wrong.lower() != free.word.lower()
            and wrong.lower() not in STOPWORDS
            and not meaning_change(free.word, wrong)
        ):
            changes[free] = wrong
    return replaced(text, changes)


def _mistyped(word: str, rng: Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    match rng.choice(("neighbour", "exchanged", "left out", "doubled")):
        case "neighbour":
            near = _NEIGHBOURS.get(word[at].lower(), "")
            return word[:at] + (rng.choice(near) if near else "") + word[at + 1 :]
        case "exchanged":
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case "left out":
            return word[:at] + word[at + 1 :]
        case _:
            return word[: at + 1] + word[at:]


def noise(text: str, rng: Random) -> str:
    """`text` written carelessly: one or two of lower case, no mark at the end, no commas, a doubled blank."""
    kinds: list[Callable[[str, Random], str]] = [_lower, _unfinished, _without_commas, _doubled_blank]
    rng.shuffle(kinds)
    wanted = rng.choice((1, 2))
    for change in kinds:
        changed = change(text, rng)
        wanted -= changed != text
        text = changed
        if not wanted:
            break
    return text


def _lower(text: str, _rng: Random) -> str:
    return replaced(text, {free: free.word.lower() for free in free_words(text)})


def _unfinished(text: str, _rng: Random) -> str:
    return text.rstrip(".?!") if text.endswith((".", "?", "!")) and len(text.rstrip(".?!")) == len(text) - 1 else text


def _without_commas(text: str, _rng: Random) -> str:
    able = free_words(text)
    commas = {FreeWord(",", free.end, free.end + 1): "" for free in able if text[free.end : free.end + 2] == ", "}
    return replaced(text, commas)


def _doubled_blank(text: str, rng: Random) -> str:
    blanks = [free for free in free_words(text) if text[free.end : free.end + 1] == " "]
    if not blanks:
        return text
    at = rng.choice(blanks).end
    return f"{text[:at]} {text[at:]}"
