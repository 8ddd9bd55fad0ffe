"""The final answer of a solution, and how it was found: after `####`, in \\boxed{}, after "the answer is", or on the last line."""

import re
from typing import Final, NamedTuple

TAIL: Final = 4_000
"""Characters at the end of a long text that are looked at."""
_HASHES: Final = re.compile(r"####[ \t]*([^\n]+)")
_BOXED: Final = re.compile(r"\\(?:f?boxed)\s*\{")
_SAID: Final = re.compile(
    r"\b(?:final\s+answer|answer|result)\s*(?:\([^()\n]{0,30}\)\s*)?"
    r"(?:is|was|would be|(?<=the answer )=|:)\s*:?\s*(?:\*\*\s*)?([^\n]+)",
    re.IGNORECASE,
)
_END: Final = re.compile(r"[.!?](?:\s|\*|$)")
_LAST_EQUAL: Final = re.compile(r"=\s*([^=<>\n]+)$")
_RESULT: Final = re.compile(
    r"=\s*([-−]?[$€£]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?%)?)(?=[\s.,;]+[a-zA-Z]|[.,;]?\s*$)", re.ASCII
)
_LAST_NUMBER: Final = re.compile(
    r"(?<![\w.,])[-−]?[$€£]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?(?:\s?%)?(?![\d])(?!,\d)", re.ASCII
)
_SEVERAL_NAMED: Final = re.compile(
    r"[A-Za-z] ?= ?[^=,;]{1,30}(?:(?:, and|, or|,|;| and| or) [A-Za-z] ?= ?[^=,;]{1,30}){1,5}"
)
"""`x = 2, y = -1` or `y = -8 or y = -1`: the last of them is not the answer."""
_QUANTITY: Final = re.compile(
    r"(?P<number>[-−+]?[$€£]?\d[\d,]*(?:\.\d+)?(?:/\d+)?(?:\s?%)?)(?:\s[a-zA-Z/²³]+){0,2}", re.ASCII
)
_BEFORE_QUANTITY: Final = re.compile(r"(?<![<>≤≥!~≈])=|\bis\b")
_OPENING: Final = re.compile(r"^(?:so|thus|hence|therefore|finally|and)\b,?\s*", re.IGNORECASE)


GUESSED: Final = ("last result of the last line", "last number of the last line")
"""The weak ways: another number may have been meant."""


class Found(NamedTuple):
    """A final answer and how it was found."""

    answer: str
    how: str


def marked(text: str) -> Found | None:
    """The answer that a text marks as its answer; None where it marks none."""
    tail = text[-TAIL:]
    if found := _last(_HASHES, tail):
        return Found(found[1].strip(), "####")
    if boxed := _boxed(tail):
        return Found(boxed, "boxed")
    if found := _last(_SAID, tail):
        said = _sentence(found[1].strip())
        if said:
            return Found(said, "answer is")
    return None


def final(text: str) -> Found | None:
    """The marked answer, or else the last number, boxed or not, of the last line."""
    if found := marked(text):
        return found
    lines = [line.strip() for line in text[-TAIL:].splitlines() if line.strip()]
    if not lines:
        return None
    line = lines[-1]
    if len(line) <= 40 and not _LAST_EQUAL.search(line) and len(line.split()) <= 3:
        return Found(_sentence(line) or line, "last line")
    if _SEVERAL_NAMED.fullmatch(line.rstrip(".")):
        return Found(line.rstrip("."), "last line")
    last = _LAST_EQUAL.search(line.rstrip("."))
    reason = re.search(r"\b(?:because|since|as)\b", line)
    if last and not reason and len(last[1].split()) <= 4 and not re.fullmatch(r"[A-Za-z]", last[1].strip()):
        return Found(last[1].strip(), "last line")
    if results := _RESULT.findall(line):
        return Found(results[-1], GUESSED[0])
    numbers = _LAST_NUMBER.findall(line)
    return Found(numbers[-1].replace(" ", ""), GUESSED[1]) if numbers else None


def stripped(text: str) -> str:
    """An answer without what only dresses it: dollars of LaTeX, bold, a full stop, quotation marks."""
    text = text.strip()
    for _ in range(4):
        before = text
        text = text.strip().strip('*`“”"').strip()
        if len(text) > 1 and text[-1] == "." and not text.endswith("..."):
            text = text[:-1]
        for opening, closing in ((r"\(", r"\)"), (r"\[", r"\]"), ("$$", "$$"), ("$", "$")):
            inside = text[len(opening) : len(text) - len(closing)]
            if (
                len(text) > len(opening + closing)
                and text.startswith(opening)
                and text.endswith(closing)
                and "$" not in inside
            ):
                text = inside
        if found := re.fullmatch(r"\\(?:text|mathrm|textbf|mathbf)\s*\{([^{}]*)\}", text):
            text = found[1]
        if text == before:
            break
    return text


def quantity(text: str) -> str:
    """The quantity in which an answer ends that was written as an equation or a sentence: `520` of `net = 500 × 1.04 = 520`,
    `$45` of `The cost is $45`. Any other answer as it stands."""
    text = stripped(text)
    if found := re.fullmatch(r"\{([^{},:]*)\}", text):
        text = found[1].strip()
    if (mark := _last(_BEFORE_QUANTITY, text)) and not _SEVERAL_NAMED.fullmatch(text):
        end = stripped(text[mark.end() :])
        return end if _QUANTITY.fullmatch(end) else text
    return text


def without_unit(answer: str) -> str:
    """The number of a quantity: `180` of `180 km`. Any other answer as it stands."""
    found = _QUANTITY.fullmatch(answer)
    return found["number"] if found else answer


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    last = None
    for last in pattern.finditer(text):  # noqa: B007
        pass
    return last


def _boxed(text: str) -> str | None:
    opening = _last(_BOXED, text)
    if opening is None:
        return None
    depth = 1
    for at in range(opening.end(), len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if not depth:
            return text[opening.end() : at].strip()
    return None


def _sentence(text: str) -> str:
    """The first sentence, without the stop that ends it."""
    end = _END.search(text)
    return (text[: end.start()] if end else text).strip().strip("*").strip()
