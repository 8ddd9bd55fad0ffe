"""Finds code in a text: cleaning must not change it, and rules for prose must not judge it."""

import re
from collections.abc import Callable
from itertools import pairwise
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
    r"^\s*+(?:def |class |import |from \w+ import|return\b|if .*:$|for .*:$|while .*:$|else:|try:|except\b|"
    r"#include|public |private |var |let |const |function\b|SELECT\b|INSERT\b|</?\w+[^>]*>|[}\])];?$|.*[;{]$|//|/\*|\w+ = .+)",
)
_HALF: Final = 0.5
_CODE_SIGNS: Final = re.compile(
    r"[=;{}]|\w\(|->|::|&&|\|\||^[ \t]*(?:[A-Z]{4,6} |//|import |from |sudo |git |curl )", re.MULTILINE
)
"""One of which stands in every text with lines that `_UNFENCED` matches; few texts of prose hold one."""
_LONGEST: Final = 400
"""Characters; a longer line is a paragraph of prose."""
_UNFENCED: Final = re.compile(
    r"\s*+(?:(?:async )?def \w+\(|class \w+.*[:{]$|import [\w.*]+(?: as \w+)?;?$|from [\w.]+ import |@\w+(?:\(.*\))?$"
    r"|(?:public|private|protected|static|const|let|var|val|final|int|char|float|double|void|bool|auto|String)\b.*[;{=(]"
    r"|(?:if|for|while|switch|elif|else if|catch|with)\b.*[:{]$|(?:if|for|while|switch) ?\(.*[;{)]$|(?:else|try|finally):$"
    r"|return\b.*[;)\]}\"'\w]$|(?:func|fn|function|package|namespace|struct|enum|interface|using)\b.*[{;(]$"
    r"|[$@]?[A-Za-z_][\w.\[\]'\"$]*(?:, ?[A-Za-z_]\w*)*(?: ?: ?\w+)? ?(?:[-+*/%|&^.:]|//|<<|>>)?=(?![=>]) ?\S"
    r"|[\w.]+\(.*\);?$|[}\])]+[;,]?$|.*[)\]}\"'];$|\"[^\"\n]+\" ?: ?\S|[a-z-]+ ?: ?[^;{}\n]+;$|//|/\*|\*/|\#(?:include|define|!)"
    r"|(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|WHERE|FROM|JOIN|VALUES|ORDER BY|GROUP BY)\b.*[=*;(,\w]$"
    r"|(?:sudo|pip|npm|git|curl|wget|docker|apt|apt-get|echo|export|grep|sed|awk) .*(?:-\w|[|$/=])"
    r"|.*(?:[\w)\]]\.\w+\(|=>|[A-Za-z_>]::\w|&&|\|\||[!=]==?|\w\+=|\{$))"
)
"""A line that is code though nothing says so: a statement, a call, SQL, a command; prose with such an expression in it counts."""


def code_spans(text: str) -> list[tuple[int, int]]:
    """Characters [start, end) of `text` that are code: fences, `inline`, prompts (>>>, $) and indented lines; in order."""
    if "`" in text or "~~~" in text:
        return [match.span() for match in _CODE.finditer(text)]
    return [(match.start(), match.end() - 1) for match in _LINES.finditer("\n" + text)]


def unfenced_code(text: str) -> list[tuple[int, int]]:
    """Characters [start, end) of the lines of `text` that look like code without any mark of it; in order. Empty and indented
    lines between or behind them belong to them."""
    if not _CODE_SIGNS.search(text):
        return []
    spans: list[tuple[int, int]] = []
    at, near = 0, -1  # near: the end of the last span and of the empty lines behind it
    for line in text.splitlines(keepends=True):
        end, bare = at + len(line), line.rstrip()
        if not bare:
            near = end if near == at else near
        elif (len(bare) <= _LONGEST and _UNFENCED.match(bare)) or (spans and spans[-1][1] == at and line[0] in " \t"):
            start = spans.pop()[0] if near == at else at
            spans.append((start, end))
            near = end
        at = end
    return spans


def is_code_heavy(text: str) -> bool:
    """True if code makes up at least half of the characters or of the lines of `text`."""
    inside = sum(end - start for start, end in code_spans(text))
    lines = [line for line in text.splitlines() if line.strip()]
    looks = sum(_CODE_LINE.match(line) is not None for line in lines)
    return inside >= _HALF * max(len(text), 1) or (len(lines) > 2 and looks >= _HALF * len(lines))


def all_code(text: str) -> list[tuple[int, int]]:
    """Characters [start, end) of `text` that are marked as code or look like it; in order, none inside another."""
    spans = sorted([*code_spans(text), *unfenced_code(text)])
    if all(left[1] <= right[0] for left, right in pairwise(spans)):
        return spans
    joined = spans[:1]
    for start, end in spans[1:]:
        if start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def outside_code(
    repair: Callable[[str], str], spans: Callable[[str], list[tuple[int, int]]] = all_code
) -> Callable[[str], str]:
    """A function that applies `repair` to the prose between what `spans` says is code and leaves the code as it is."""

    def rule(text: str) -> str:
        parts, at = [], 0
        for start, end in spans(text):
            parts += [repair(text[at:start]), text[start:end]]
            at = end
        return "".join([*parts, repair(text[at:])])

    return rule
