"""Finds code in a text: cleaning must not change it, and rules for prose must not judge it."""

import re
from collections.abc import Callable
from typing import Final

_LINE: Final = (
    r"[ \t]*(?:>>>|\.\.\.|\$|In \[\d+\]:)[ \t][^\n]*$"  # a prompt
    r"|(?: {4}|\t)[ \t]*\S[^\n]*$"  # indented
)
_LINES: Final = re.compile(rf"\n(?:{_LINE})", re.MULTILINE)
"""Begins with a newline character, which is found ten times as fast as the beginning of a line."""
_CODE: Final = re.compile(
    r"(?P<fence>^[ \t]*(?P<tick>`{3,}+|~{3,}+)[^\n]*+\n.*?(?:^[ \t]*(?P=tick)[ \t]*$|\Z))"  # fenced, closed or cut off
    r"|(?P<inline>(?<!`)(?P<mark>`++)[^\n]{1,2000}?(?<!`)(?P=mark)(?!`))"
    rf"|^(?:{_LINE})",
    re.DOTALL | re.MULTILINE,
)
_CODE_LINE: Final = re.compile(
    r"^\s*(?:def |class |import |from \w+ import|return\b|if .*:$|for .*:$|while .*:$|else:|try:|except\b|"
    r"#include|public |private |var |let |const |function\b|SELECT\b|INSERT\b|</?\w+[^>]*>|[}\])];?$|.*[;{]$|//|/\*|\w+ = .+)",
)
_HALF: Final = 0.5


def code_spans(text: str) -> list[tuple[int, int]]:
    """Characters [start, end) of `text` that are code: fences, `inline`, prompts (>>>, $) and indented lines; in order."""
    if "`" in text or "~~~" in text:
        return [match.span() for match in _CODE.finditer(text)]
    return [(match.start(), match.end() - 1) for match in _LINES.finditer("\n" + text)]


def is_code_heavy(text: str) -> bool:
    """True if code makes up at least half of the characters or of the lines of `text`."""
    inside = sum(end - start for start, end in code_spans(text))
    lines = [line for line in text.splitlines() if line.strip()]
    looks = sum(_CODE_LINE.match(line) is not None for line in lines)
    return inside >= _HALF * max(len(text), 1) or (len(lines) > 2 and looks >= _HALF * len(lines))


def outside_code(repair: Callable[[str], str]) -> Callable[[str], str]:
    """A function that applies `repair` to the prose between code and leaves the code as it is."""

    def rule(text: str) -> str:
        parts, at = [], 0
        for start, end in code_spans(text):
            parts += [repair(text[at:start]), text[start:end]]
            at = end
        return "".join([*parts, repair(text[at:])])

    return rule
