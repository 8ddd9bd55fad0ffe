"""The program in a response: in fences or bare, with its language."""

import re
from typing import Final, NamedTuple

from tasks.verification.execution.languages import BY_NAME

_FENCE: Final = re.compile(
    r"^(`{3,}+|~{3,}+)[ \t]*+([^\s`{]*+)[^\n]*+\n(.*?)(?:^\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_NO_PROGRAM: Final = {
    "text", "txt", "output", "console", "json", "yaml", "yml", "toml", "ini", "csv", "diff", "markdown", "md",
}  # fmt: skip
_SIGNS: Final = (
    ("java", re.compile(r"^[ \t]*(?:public |final |abstract )*class \w+[^:{]{0,300}\{", re.MULTILINE)),
    ("rust", re.compile(r"^[ \t]*(?:pub )?fn \w.*\{", re.MULTILINE)),
    ("go", re.compile(r"^package \w+", re.MULTILINE)),
    (
        "cpp",
        re.compile(
            r"^[ \t]*#include\s*<(?:iostream|vector|string|map|algorithm|bits/stdc\+\+\.h)>|\bstd::", re.MULTILINE
        ),
    ),
    ("c", re.compile(r"^[ \t]*#include\s*<\w+\.h>", re.MULTILINE)),
    ("bash", re.compile(r"\A#!.*\b(?:ba|z)?sh\b")),
    (
        "javascript",
        re.compile(
            r"^[ \t]*(?:const|let|var) \w+ ?=|^[ \t]*(?:async )?function\*? ?\w*\(|=>|console\.log\(", re.MULTILINE
        ),
    ),
    (
        "python",
        re.compile(r"^(?:def \w+\(.*|class \w.*:|import \w+|from \w[\w.]* import .+|@\w.*|print\(.*)$", re.MULTILINE),
    ),
)
"""What only one language looks like, the stricter ones first."""


class FoundProgram(NamedTuple):
    """A program as it stands in a response."""

    text: str
    language: str
    """As `languages` calls it; a fence's own word for a language that is not run here."""
    bare: bool
    """The whole response is taken for the program."""


def find(response: str, language: str = "") -> FoundProgram | None:
    """The program that a response is or holds, or None. Blocks of the first block's language are one program; blocks of output,
    data or mark-up are none. `language` is what a program is in where neither a fence nor its text says."""
    blocks = [(match[2].lower(), match[3]) for match in _FENCE.finditer(response)]
    if not blocks:
        guessed = guess(response) or language
        starts = guessed and _SIGNS_BY_NAME.get(guessed, _SIGNS[-1][1]).match(response.lstrip())
        return FoundProgram(response, guessed, True) if guessed and (starts or language) else None
    named = [(_name(word) or guess(text) or language, text) for word, text in blocks if word not in _NO_PROGRAM]
    spoken = [(name, text) for name, text in named if name]
    if not spoken:
        return None
    first = spoken[0][0]
    return FoundProgram("\n".join(text for name, text in spoken if name == first), first, False)


def _name(word: str) -> str:
    known = BY_NAME.get(word)
    return known.name if known else word


def guess(text: str) -> str:
    """The language that a text looks like; empty where it looks like none."""
    return next((name for name, sign in _SIGNS if sign.search(text)), "")


_SIGNS_BY_NAME: Final = dict(_SIGNS)
