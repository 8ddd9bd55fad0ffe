"""How mathematics is written: signs of all scripts in their plain form, LaTeX's commands for signs, and the cut into tokens."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 2_000
"""Characters of an expression that is read."""
GREEK: Final = frozenset(
    [
        *("alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "mu", "nu", "rho", "sigma"),
        *("tau", "phi", "varphi", "psi", "omega", "kappa", "eta", "zeta", "Delta", "Omega"),
    ]
)
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ", "0123456789+-()n")
_SIGNS: Final = str.maketrans(
    {
        **dict.fromkeys("−–—‒﹣－", "-"),
        **dict.fromkeys("×⋅·∙∗", "*"),
        "÷": "/",
        "⁄": "/",
        "∕": "/",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "∞": r"\infty ",
        "π": r"\pi ",
        "∪": r"\cup ",
        "∈": r"\in ",
        "±": r"\pm ",
        "√": r"\sqrt ",
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    }
)
_LATEX: Final = (
    (
        re.compile(
            r"\\(?:left|right|big|Big|bigg|Bigg|displaystyle|mathrm|mathbf|operatorname|limits|ensuremath)(?![a-zA-Z])"
        ),
        "",
    ),
    (re.compile(r"\\[,;:!> ]|\\q?quad(?![a-zA-Z])|~"), " "),
    (re.compile(r"\\[dtc]frac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\\(?:cdot|times|ast)(?![a-zA-Z])"), "*"),
    (re.compile(r"\\div(?![a-zA-Z])"), "/"),
    (re.compile(r"\\leq?(?:slant)?(?![a-zA-Z])"), "<="),
    (re.compile(r"\\geq?(?:slant)?(?![a-zA-Z])"), ">="),
    (re.compile(r"\\lt(?![a-zA-Z])"), "<"),
    (re.compile(r"\\gt(?![a-zA-Z])"), ">"),
    (re.compile(r"\\neq?(?![a-zA-Z])"), "!="),
    (re.compile(r"\\\{"), "⦃"),
    (re.compile(r"\\\}"), "⦄"),
    (re.compile(r"\\l?vert(?![a-zA-Z])|\\rvert(?![a-zA-Z])"), "|"),
)
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<command>\\[a-zA-Z]+)|(?P<row>\\\\)|(?P<word>[A-Za-z]+)"
    r"|(?P<op><=|>=|!=|\*\*|==|[-+*/^!=<>(){}\[\]|,;&_⦃⦄]))"
)
_MIXED: Final = re.compile(r"(?<![\w.,/^])(\d+)[ ]+(\d+)/(\d+)(?![\w.])")
_SEPARATED: Final = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d)")


class UnreadableError(ValueError):
    """The text is no expression of this grammar, or has more than one meaning."""


def normalised(text: str) -> str:
    """`text` with digits, minus signs and operators of all scripts in their plain form, superscripts as powers."""
    text = re.sub(r"(?<=\d)(?=[¼½¾⅐-⅞])", " ", text)
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ]+", lambda found: "^(" + found[0].translate(_SUPERSCRIPTS) + ")", text)
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    return text.strip() if text.isascii() else "".join(map(_plain_digit, text)).strip()


def _plain_digit(sign: str) -> str:
    return str(unicodedata.decimal(sign)) if not sign.isascii() and sign.isdecimal() else sign


def tokens(text: str) -> list[tuple[str, str]]:
    """(kind, text) of each number, word, command and sign of a text that went through `normalised`, LaTeX and plain written alike.

    Raises UnreadableError where something is no sign of mathematics, where it is longer than LONGEST, and for words alone.
    """
    return _cut(_plain(text))


def _plain(text: str) -> str:
    """LaTeX's sizes of brackets and blanks left out, its commands for signs replaced, mixed numbers as sums."""
    if len(text) > LONGEST:
        raise UnreadableError("too long")
    latex = "\\" in text or "$" in text
    text = text.replace(r"\$", "").replace("$", "").replace("{,}", "").replace(r"\(", "(").replace(r"\)", ")")
    for pattern, plain in _LATEX:
        text = pattern.sub(plain, text)
    if _SEPARATED.search(text):
        if re.search(r"[(\[{⦃]", text):
            raise UnreadableError("a comma between digits has two meanings")
        text = _SEPARATED.sub(lambda found: found[0].replace(",", ""), text)
    text = _MIXED.sub(lambda found: f"({found[1]}+{found[2]}/{found[3]})", text)
    if not latex and text[:1] == "{" and text[-1:] == "}":
        text = "⦃" + text[1:-1] + "⦄"
    return text


def _cut(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise UnreadableError(f"unexpected {text[at : at + 1]!r}")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        at = match.end()
    if not found:
        raise UnreadableError("empty")
    if sum(kind != "word" for kind, _ in found) == 0 and (len(found) > 1 or len(found[0][1]) > 1):
        only = found[0][1]
        if len(found) > 1 or (only not in ("pi", "oo", "infinity", "Infinity", "inf") and only not in GREEK):
            raise UnreadableError("words")
    return found
