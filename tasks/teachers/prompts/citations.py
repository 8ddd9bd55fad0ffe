"""Finds citation numbers in an answer, and removes them."""

import re
from typing import Final, NamedTuple

_CODE: Final = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_CITED: Final = re.compile(
    r"(?P<name>[\w.]{0,63}\w)?(?P<mark>[ \t]{0,4}\[(?P<numbers>\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\])(?![\w(])", re.ASCII
)


class Citation(NamedTuple):
    """A citation: characters [start, end) of the answer, the blank before it included, and the passages it names."""

    start: int
    end: int
    numbers: tuple[int, ...]


def citations(answer: str, material: str) -> list[Citation]:
    """The citations in `answer`, in order.

    A bracket is not one inside code, nor where it indexes a name (argv[1]) or lists values ([1, 2]) that stand just so
    in `material`, the passages the answer was written from.
    """
    code = [match.span() for match in _CODE.finditer(answer)]
    return [
        Citation(*match.span("mark"), tuple(int(n) for n in re.findall(r"\d+", match["numbers"])))
        for match in _CITED.finditer(answer)
        if not any(start <= match.start("mark") < end for start, end in code) and not _is_value(match, material)
    ]


def without_citations(answer: str, material: str) -> str:
    """`answer` without its citations and the blanks before them."""
    pieces, last = [], 0
    for citation in citations(answer, material):
        pieces.append(answer[last : citation.start])
        last = citation.end
    return "".join([*pieces, answer[last:]]).strip()


def _is_value(match: re.Match[str], material: str) -> bool:
    name, mark = match["name"], match["mark"]
    if name and mark.startswith("["):
        return not name.isalpha() or name + mark in material
    return not match["numbers"].isdigit() and mark.strip() in material
