"""Every regular expression of the product takes time that grows no faster than n log n, whatever texts hold.

A pattern is run over texts made from itself: samples of its parts, repeated and combined, which is what makes a matcher go back
and forth; and over whitespace, brackets and marks. It is run as the code runs it: from one place, or from every place.
"""

import ast
import importlib
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

try:
    from re import _constants as sre
    from re import _parser as parser
except ImportError:  # pragma: no cover
    pytest.skip("Python keeps its parser of patterns elsewhere", allow_module_level=True)

from tests.sources import FILES, HOUSE, module_of, nodes, text, where


def room_of(path: Path) -> str:
    """A stage's or a library's folder under tasks, and the other folders as a whole."""
    parts = path.relative_to(HOUSE).parts
    return f"tasks/{parts[1]}" if parts[0] == "tasks" else parts[0]


ROOMS = sorted(set(map(room_of, FILES)))
SMALL, MIDDLE, LARGE = 1_000, 10_000, 100_000
GROWTH = 25.0
"""Ten times the text may take as many times as long: n log n is 12.4, and a busy machine needs room."""
LONG = os.environ.get("TORTURE") == "long"
TRIED = 40 if LONG else 12
"""Texts made from a pattern that it is run over; `make torture` tries more."""
PATIENCE = 60.0 if LONG else 2.0
"""Seconds of processor time after which no further text is tried on a pattern."""
COMMON = (" ", "\n", "\n ", "x", "x ", "a.", "(", "[", "<", '"', "\\", "`", "*", "-", "=", "1", "#")

OURS = {"tasks.text.prompt_injection_batch._CLASS"}
"""Read our own patterns and no text of others."""

Pattern = re.Pattern[Any]


def patterns(room: str) -> Iterator[tuple[str, Pattern, frozenset[str]]]:
    """Where each pattern of a room stands, the pattern, and the methods it is called by."""
    for path in FILES:
        if room_of(path) != room:
            continue
        source = text(path)
        if "re.compile(" in source:
            name = module_of(path)
            for variable, value in vars(importlib.import_module(name)).items():
                for pattern in compiled(value):
                    yield f"{name}.{variable}", pattern, methods(variable, source)
        for node in nodes(path):
            if isinstance(node, ast.Call) and (found := inline(node)):
                yield f"{where(path)}:{node.lineno}", *found


def compiled(value: Any) -> Iterator[Pattern]:
    """The patterns in a module's variable, also those in lists, tuples and dicts."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            yield from compiled(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from compiled(item)


def methods(variable: str, source: str) -> frozenset[str]:
    """Those that its own module, or another one if it is no private name, calls; `search` for what is called by no name."""
    texts = [source] if variable.startswith("_") else list(map(text, FILES))
    called = {
        m
        for text in texts
        for m in re.findall(rf"\b{variable}\.(search|match|fullmatch|sub|split|finditer|findall)\b", text)
    }
    return frozenset(called) or frozenset({"search"})


def inline(node: ast.Call) -> tuple[Pattern, frozenset[str]] | None:
    """The pattern in a call like re.sub("…", …)."""
    function = node.func
    if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re"):
        return None
    if function.attr not in ("search", "match", "fullmatch", "sub", "split", "finditer", "findall") or not node.args:
        return None
    first = node.args[0]
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str | bytes)):
        return None
    return re.compile(first.value), frozenset({function.attr})


def texts(pattern: Pattern) -> list[str]:
    """Short texts to be repeated, each with what stands before the repetitions."""
    parts: list[str] = []
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = parser.parse(source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)
    sample(tree, parts)
    pieces = list(dict.fromkeys(part for part in parts if part))
    pieces.sort(key=len)
    return pieces[: TRIED // 2]


def sample(tree: Any, parts: list[str]) -> str:
    """A text that a part of a pattern matches, more or less; it and those of its own parts are put into `parts`."""
    made = ""
    for kind, value in tree:
        before = made
        made += _sample_of(kind, value, parts)
        if made != before:
            parts.append(made)
    return made


def _sample_of(kind: Any, value: Any, parts: list[str]) -> str:
    if kind is sre.LITERAL:
        return chr(value)
    if kind in (sre.NOT_LITERAL, sre.ANY):
        return "a" if value != ord("a") else "b"
    if kind is sre.IN:
        return _of_class(value)
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, getattr(sre, "POSSESSIVE_REPEAT", None)):
        inside = sample(value[2], parts)
        parts.append(inside)
        return inside * max(1, min(value[0], 3))
    if kind is sre.SUBPATTERN:
        return sample(value[3], parts)
    if kind is getattr(sre, "ATOMIC_GROUP", None):
        return sample(value, parts)
    if kind is sre.BRANCH:
        return next(sample(branch, parts) for branch in value[1])
    if kind in (sre.ASSERT, sre.ASSERT_NOT):
        sample(value[1], parts)
    return ""


def _of_class(items: Any) -> str:
    kinds = {sre.CATEGORY_SPACE: " ", sre.CATEGORY_DIGIT: "1", sre.CATEGORY_WORD: "a", sre.CATEGORY_NOT_SPACE: "a"}
    negated = any(kind is sre.NEGATE for kind, _ in items)
    if negated:
        taken = {value for kind, value in items if kind is sre.LITERAL}
        return next(chr(code) for code in (97, 32, 49, 46, 10) if code not in taken)
    for kind, value in items:
        if kind is sre.LITERAL:
            return chr(value)
        if kind is sre.RANGE:
            return chr(value[0])
        if kind is sre.CATEGORY:
            return kinds.get(value, "a")
    return "a"


def attacks(pattern: Pattern) -> list[tuple[str, str]]:
    """Pairs of what stands first and what is repeated behind it."""
    pieces = texts(pattern)
    singles = [("", piece) for piece in dict.fromkeys([*pieces, *COMMON])]
    longest = pieces[-8 if LONG else -4 :]
    behind = [(piece, one) for piece in longest for one in (" ", "\n", "a", pieces[0])] if pieces else []
    return list(dict.fromkeys([*singles, *behind]))


def seconds(pattern: Pattern, method: str, head: str, piece: str, size: int) -> float:
    text: Any = (head + piece * (size // len(piece) + 1))[:size] + "\x00"
    if isinstance(pattern.pattern, bytes):
        text = text.encode("latin-1", "replace")
    run: Callable[[], Any] = {
        "match": lambda: pattern.match(text),
        "fullmatch": lambda: pattern.fullmatch(text),
        "search": lambda: pattern.search(text),
    }.get(method, lambda: sum(1 for _ in pattern.finditer(text)))
    began = time.process_time()
    run()
    return time.process_time() - began


def grows(pattern: Pattern, method: str, head: str, piece: str) -> str:
    """Empty if time grows no faster than it may; otherwise by how much."""
    middle = seconds(pattern, method, head, piece, MIDDLE)
    if middle < 0.001:
        return ""
    small = min(seconds(pattern, method, head, piece, SMALL) for _ in range(3))
    if middle / max(small, 0.00002) > GROWTH and middle > 0.05:
        return f"{middle / small:.0f} times from {SMALL:,} to {MIDDLE:,}"
    large = seconds(pattern, method, head, piece, LARGE)
    if large / middle > GROWTH:
        large = min(large, seconds(pattern, method, head, piece, LARGE))
        middle = max(middle, seconds(pattern, method, head, piece, MIDDLE))
    return f"{large / middle:.0f} times from {MIDDLE:,} to {LARGE:,}" if large / middle > GROWTH else ""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("room", ROOMS)
def test_time_grows_no_faster_than_n_log_n(room: str) -> None:
    slow, seen = [], set()
    for place, pattern, called in patterns(room):
        for method in called:
            if (pattern, method) in seen or place in OURS:
                continue
            seen.add((pattern, method))
            until = time.process_time() + PATIENCE
            for head, piece in attacks(pattern):
                if time.process_time() > until:
                    break
                if by := grows(pattern, method, head, piece):
                    slow.append(f"{place}.{method}: {by} on {head!r} + {piece!r} again and again")
                    break
    assert slow == []
    assert len(seen) > 30 or room != "tasks/text"


@pytest.mark.parametrize(
    "bad", [r"(?:^|\n)\s*USER:", r"\[[^\]]*\]", r"\s+$", r"<!--.*?-->", r"(?P<ticks>`+)(?!`).+?(?P=ticks)"]
)
def test_patterns_that_take_quadratic_time_are_found(bad: str) -> None:
    pattern = re.compile(bad, re.DOTALL)
    assert any(
        grows(pattern, "search", head, piece) or grows(pattern, "sub", head, piece) for head, piece in attacks(pattern)
    )
