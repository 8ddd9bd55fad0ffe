"""Regular expressions built part by part from what they shall match, with strings that they match and refuse."""

import json
import re
from dataclasses import dataclass
from random import Random
from typing import Final

from tasks.generation.from_topics.procedural.problem import SolvedProblem

_DIGITS, _UPPER, _LOWER = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_CLASSES: Final = {
    "digit": (r"\d", _DIGITS),
    "uppercase letter": ("[A-Z]", _UPPER),
    "lowercase letter": ("[a-z]", _LOWER),
    "lowercase hexadecimal digit": ("[0-9a-f]", _DIGITS + "abcdef"),
    "vowel": ("[aeiou]", "aeiou"),
}
_MARKS: Final = {
    "a hyphen": "-",
    "a dot": ".",
    "a slash": "/",
    "an underscore": "_",
    "a colon": ":",
    "a plus sign": "+",
}
_WORDS: Final = ("zero", "one", "two", "three", "four", "five", "six")


@dataclass(frozen=True)
class PatternPart:
    """One part of a pattern: how it is said, how it is written, and the characters of a string that fits."""

    said: str
    pattern: str
    letters: str
    least: int
    most: int


def draw(rng: Random, level: str) -> SolvedProblem:
    """One run (easy), two runs with a mark between (medium), three runs, one of them optional (hard)."""
    runs = {"easy": 1, "medium": 2, "hard": 3}[level]
    parts: list[PatternPart] = []
    for number in range(runs):
        if number:
            parts.append(_mark(rng))
        parts.append(_run(rng))
    if level == "easy":
        parts.append(_mark(rng))
        rng.shuffle(parts)
    pattern = f"^{''.join(part.pattern for part in parts)}$"
    good = _distinct(rng, parts)
    bad = [text for text in _broken(rng, good) if not re.fullmatch(pattern[1:-1], text, re.ASCII)]
    said = ", followed by ".join(part.said for part in parts)
    asked = rng.choice(
        (
            f"Write a regular expression that matches exactly {said}, and nothing else.",
            f"Give me a regex for strings that consist of {said}.",
            f"Which regular expression matches a whole string made of {said}?",
        )
    )
    explained = "\n".join(f"- `{part.pattern}` matches {part.said}." for part in parts)
    answer = f"```\n{pattern}\n```\n\n{explained}\n- `^` and `$` tie the pattern to the whole string.\n\nIt matches `{good[0]}`"
    answer += f" and does not match `{bad[0]}`."
    beyond = [text for text in _beyond(rng, parts) if not re.fullmatch(pattern[1:-1], text, re.ASCII)]
    tests = json.dumps({"matches": good, "rejects": list(dict.fromkeys([*bad, *beyond]))})
    return SolvedProblem(asked, (), answer, pattern, level, "regular_expression", "code", tests)


def _run(rng: Random) -> PatternPart:
    name = rng.choice(sorted(_CLASSES))
    pattern, letters = _CLASSES[name]
    least = rng.randint(1, 4)
    most = least + rng.choice((0, 0, 1, 2))
    if least == most:
        said = f"one {name}" if least == 1 else f"{_WORDS[least]} {name}s"
        return PatternPart(said, pattern if least == 1 else f"{pattern}{{{least}}}", letters, least, most)
    return PatternPart(
        f"{_WORDS[least]} to {_WORDS[most]} {name}s", f"{pattern}{{{least},{most}}}", letters, least, most
    )


def _mark(rng: Random) -> PatternPart:
    said = rng.choice(sorted(_MARKS))
    mark = _MARKS[said]
    written = f"\\{mark}" if mark in ".+" else mark
    if rng.random() < 0.25:
        return PatternPart(f"an optional {said.split(' ', 1)[1]}", f"{written}?", mark, 0, 1)
    return PatternPart(said, written, mark, 1, 1)


def _distinct(rng: Random, parts: list[PatternPart]) -> list[str]:
    drawn = ("".join("".join(rng.choices(p.letters, k=rng.randint(p.least, p.most))) for p in parts) for _ in range(12))
    return list(dict.fromkeys(drawn))[:4]


def _broken(rng: Random, good: list[str]) -> list[str]:
    """Strings that are nearly right: one character less, more, or another."""
    found = []
    for text in good:
        at = rng.randrange(len(text))
        found += [text[:at] + text[at + 1 :], text + rng.choice("x#7"), text[:at] + rng.choice("#X é") + text[at + 1 :]]
    return list(dict.fromkeys(text for text in found if text))


def _beyond(rng: Random, parts: list[PatternPart]) -> list[str]:
    """Strings in which one run has a character less than its least, or more than its most."""
    found = []
    for at, part in enumerate(parts):
        for count in (part.least - 1, part.most + 1):
            counts = [count if n == at else p.most for n, p in enumerate(parts)]
            if count >= 0:
                found.append("".join("".join(rng.choices(p.letters, k=k)) for p, k in zip(parts, counts, strict=True)))
    return [text for text in found if text]
