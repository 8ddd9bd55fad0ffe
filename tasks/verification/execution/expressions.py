"""Mathematical answers as trees: written plainly or in LaTeX, read by a grammar of our own that evaluates nothing.

A tree is a tuple whose first part is its kind: ("num", Fraction), ("sym", name), ("const", pi|e|i|oo), ("+", a, b), ("*", a, b),
("/", a, b), ("^", a, b), ("neg", a), ("!", a), ("fn", name, …), ("rel", op, a, b), ("seq", brackets, …) for tuples, intervals, sets
and lists without brackets (brackets ""), ("union", a, b), ("matrix", (row, …)), ("pm", a, b).
"""

import re
import unicodedata
from fractions import Fraction
from typing import Any, Final, TypeAlias

Tree: TypeAlias = tuple[Any, ...]

LONGEST: Final = 2_000
"""Characters of an expression that is read."""
DEEPEST: Final = 40
"""Brackets, roots and fractions within each other."""
FUNCTIONS: Final = frozenset(
    [
        *("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "asin", "acos", "atan"),
        *("sinh", "cosh", "tanh", "exp", "ln", "log", "sqrt", "abs", "floor", "ceil", "gcd", "lcm"),
    ]
)
_LETTERS: Final = frozenset("abcdfghjkmnpqrstuvwxyz")
_RUNS: Final = frozenset(("abc", "xyz", "pqr"))
_GREEK: Final = frozenset(
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
_UNITS: Final = frozenset(("kg", "cm", "mm", "km", "ft", "hr", "ml", "mg", "yd", "kw", "kB", "pt", "qt", "ms"))
"""Runs of letters that are no products."""
_RELATIONS: Final = frozenset(("=", "==", "<", ">", "<=", ">=", "!="))
_CLOSING: Final = {"(": ")])", "[": ")]"}


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


def parse(text: str) -> Tree:
    """The tree of a text that went through `normalised`. Raises UnreadableError."""
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
    parser = _Parser(_tokens(text))
    tree = parser.answer()
    if parser.at < len(parser.tokens):
        raise UnreadableError(f"unexpected {parser.tokens[parser.at][1]!r}")
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
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
        if len(found) > 1 or (only not in ("pi", "oo", "infinity", "Infinity", "inf") and only not in _GREEK):
            raise UnreadableError("words")
    return found


class _Parser:
    """Recursive descent; `at` is the token that comes next."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.at, self.depth, self.bars = tokens, 0, 0, 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        found = self.peek()
        if not found or (wanted is not None and found != wanted):
            raise UnreadableError(f"expected {wanted or 'more'}, found {found!r}")
        self.at += 1
        return found

    def answer(self) -> Tree:
        """A list without brackets, or one relation or value."""
        parts = [self.relation()]
        while self.peek() in (",", ";", "or", "and"):
            while self.peek() in (",", ";", "or", "and"):
                self.at += 1
            parts.append(self.relation())
        return parts[0] if len(parts) == 1 else ("seq", "", *parts)

    def relation(self) -> Tree:
        left = self.united()
        if self.peek() == "\\in":
            self.at += 1
            return self.united()
        chain: list[Tree] = []
        while self.peek() in _RELATIONS:
            op = self.take().replace("==", "=")
            right = self.united()
            chain.append(("rel", op, left, right))
            left = right
        if not chain:
            return left
        return chain[0] if len(chain) == 1 else ("chain", *chain)

    def united(self) -> Tree:
        left = self.sum()
        while self.peek() == "\\cup":
            self.at += 1
            left = ("union", left, self.sum())
        return left

    def sum(self) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnreadableError("nested too deeply")
        left = self.product()
        while (op := self.peek()) in ("+", "-", "\\pm"):
            self.at += 1
            right = self.product()
            left = ("+", left, ("neg", right) if op == "-" else right) if op != "\\pm" else ("pm", left, right)
        self.depth -= 1
        return left

    def product(self) -> Tree:
        left = self.signed()
        divided = False
        while True:
            op = self.peek()
            if op in ("*", "/"):
                self.at += 1
                left = ("*" if op == "*" else "/", left, self.signed())
                divided = op == "/"
            elif self.starts_factor():
                if divided:
                    raise UnreadableError("a/bc has two meanings")
                if self.kind() == "number":
                    raise UnreadableError("two numbers in a row")
                left = self.beside(left, self.power())
            else:
                return left

    def beside(self, left: Tree, right: Tree) -> Tree:
        """Two factors without a sign between; a whole number before a proper fraction is a mixed number."""
        if left[0] == "num" and right[0] == "frac":
            if left[1].denominator == 1 and all(part[0] == "num" for part in right[1:]):
                return ("+", left, ("/", *right[1:]))
            raise UnreadableError("a number before a fraction has two meanings")
        return ("*", left, right)

    def starts_factor(self) -> bool:
        kind, value = self.kind(), self.peek()
        if kind == "word":
            return value not in ("or", "and")
        if kind == "command":
            return value not in ("\\cup", "\\in", "\\pm", "\\end")
        return kind == "number" or value in ("(", "{", "⦃") or (value == "|" and not self.bars)

    def signed(self) -> Tree:
        minus = False
        while self.peek() in ("-", "+"):
            minus ^= self.take() == "-"
        if self.peek() == "\\pm":
            self.at += 1
            return ("pm", ("num", Fraction(0)), self.signed())
        value = self.power()
        return ("neg", value) if minus else value

    def power(self) -> Tree:
        base = self.postfix()
        if self.peek() in ("^", "**"):
            self.at += 1
            self.depth += 1
            if self.depth > DEEPEST:
                raise UnreadableError("nested too deeply")
            exponent = self.signed()
            self.depth -= 1
            return ("^", base, exponent)
        return base

    def postfix(self) -> Tree:
        value = self.atom()
        while self.peek() == "!":
            self.at += 1
            value = ("!", value)
        return value

    def atom(self) -> Tree:
        kind, value = self.kind(), self.take()
        if kind == "number":
            return ("num", number(value))
        if kind == "word":
            return self.word(value)
        if kind == "command":
            return self.command(value[1:])
        if value in ("(", "["):
            return self.bracketed(value)
        if value == "⦃":
            parts = self.items("⦄")
            return ("seq", "{}", *parts)
        if value == "{":
            inner = self.sum()
            self.take("}")
            return inner
        if value == "|":
            self.bars += 1
            inner = self.sum()
            self.bars -= 1
            self.take("|")
            return ("fn", "abs", inner)
        raise UnreadableError(f"unexpected {value!r}")

    def items(self, closing: str) -> list[Tree]:
        parts: list[Tree] = []
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnreadableError("nested too deeply")
        bars, self.bars = self.bars, 0
        while not (self.peek() and self.peek() in closing):
            parts.append(self.relation())
            if self.peek() in (",", ";"):
                self.at += 1
            elif not (self.peek() and self.peek() in closing):
                raise UnreadableError(f"expected {closing}")
        self.depth -= 1
        self.bars = bars
        self.at += 1
        return parts

    def bracketed(self, opening: str) -> Tree:
        parts = self.items(_CLOSING[opening])
        closing = self.tokens[self.at - 1][1]
        if len(parts) == 1 and opening + closing == "()":
            inner = parts[0]
            return (
                ("+", inner, ("num", Fraction(0)))
                if inner[0] == "num" and self.peek() not in ("^", "**", "!")
                else inner
            )
        if not parts:
            raise UnreadableError("empty brackets")
        return ("seq", opening + closing, *parts)

    def word(self, value: str) -> Tree:
        if value in ("oo", "inf", "infinity", "Infinity"):
            return ("const", "oo")
        if value == "pi":
            return ("const", "pi")
        if value in FUNCTIONS:
            return self.function(value)
        if value in ("e", "i"):
            return ("const", value)
        if len(value) == 1:
            return self.symbol(value)
        if value not in _UNITS and ((len(value) == 2 and set(value) <= _LETTERS) or "".join(sorted(value)) in _RUNS):
            tree: Tree = ("sym", value[0])
            for letter in value[1:-1]:
                tree = ("*", tree, ("sym", letter))
            return ("*", tree, self.symbol(value[-1]))
        raise UnreadableError(f"the word {value!r}")

    def symbol(self, name: str) -> Tree:
        if self.peek() != "_":
            return ("sym", name)
        self.at += 1
        if self.peek() == "{":
            self.at += 1
            inside = ""
            while self.peek() != "}":
                inside += self.take()
            self.take("}")
            return ("sym", f"{name}_{inside}")
        return ("sym", f"{name}_{self.take()}")

    def function(self, name: str) -> Tree:
        base: tuple[Tree, ...] = ()
        exponent: Tree | None = None
        if name == "log" and self.peek() == "_":
            self.at += 1
            base = (self.atom(),)
        if self.peek() == "^":
            self.at += 1
            exponent = self.atom()
            if exponent == ("num", Fraction(-1)) or exponent[0] != "num":
                raise UnreadableError("an inverse function or a power")
        if self.peek() == "(":
            self.at += 1
            arguments = self.items(")")
        else:
            arguments = [self.power()]
            if self.starts_factor() and name != "sqrt":
                raise UnreadableError("a function of several factors without brackets")
        tree: Tree = ("fn", name, *arguments, *base)
        return ("^", tree, exponent) if exponent else tree

    def command(self, name: str) -> Tree:
        if name == "frac":
            top, bottom = self.argument(), self.argument()
            return ("frac", top, bottom)
        if name == "sqrt":
            if self.peek() == "[":
                self.at += 1
                degree = self.sum()
                self.take("]")
                return ("^", self.argument(), ("/", ("num", Fraction(1)), degree))
            return ("fn", "sqrt", self.argument() if self.peek() == "{" else self.postfix())
        if name == "binom":
            return ("fn", "binom", self.argument(), self.argument())
        if name == "infty":
            return ("const", "oo")
        if name == "pi":
            return ("const", "pi")
        if name in FUNCTIONS:
            return self.function(name)
        if name in _GREEK:
            return self.symbol(name)
        if name == "begin":
            return self.matrix()
        raise UnreadableError(f"the command {name!r}")

    def argument(self) -> Tree:
        """What stands in braces; or a single digit or letter, as in `\\frac12`."""
        if self.peek() == "{":
            self.at += 1
            inner = self.sum()
            self.take("}")
            return inner
        kind, value = self.kind(), self.peek()
        if kind == "number" and value.isdigit() and len(value) > 1:
            self.tokens[self.at : self.at + 1] = [("number", value[0]), ("number", value[1:])]
        return self.atom()

    def matrix(self) -> Tree:
        self.take("{")
        kind = self.take()
        self.take("}")
        if kind not in ("matrix", "pmatrix", "bmatrix", "vmatrix"):
            raise UnreadableError(f"the environment {kind!r}")
        rows: list[tuple[Tree, ...]] = [()]
        while self.peek() != "\\end":
            rows[-1] += (self.sum(),)
            if self.peek() == "&":
                self.at += 1
            elif self.kind() == "row":
                self.at += 1
                if self.peek() != "\\end":
                    rows.append(())
            elif self.peek() != "\\end":
                raise UnreadableError("a matrix that does not end")
        for wanted in ("\\end", "{", kind, "}"):
            self.take(wanted)
        if len({len(row) for row in rows}) != 1:
            raise UnreadableError("rows of several lengths")
        return ("matrix", tuple(rows))


def number(text: str) -> Fraction:
    """A decimal number, exactly. Its length is bounded by LONGEST."""
    whole, _, part = text.partition(".")
    return Fraction(int((whole or "0") + part), 10 ** len(part))
