"""Mathematical answers as trees: written plainly or in LaTeX, read by a grammar of our own that evaluates nothing.

A tree is a tuple whose first part is its kind: ("num", Fraction), ("sym", name), ("const", pi|e|i|oo), ("+", a, b), ("*", a, b),
("/", a, b), ("^", a, b), ("neg", a), ("!", a), ("fn", name, …), ("rel", op, a, b), ("seq", brackets, …) for tuples, intervals, sets
and lists without brackets (brackets ""), ("union", a, b), ("matrix", (row, …)), ("pm", a, b).
"""

from fractions import Fraction
from typing import Any, Final, TypeAlias

from tasks.verification.execution.notation import GREEK, UnreadableError, tokens

Tree: TypeAlias = tuple[Any, ...]

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
_UNITS: Final = frozenset(("kg", "cm", "mm", "km", "ft", "hr", "ml", "mg", "yd", "kw", "kB", "pt", "qt", "ms"))
"""Runs of letters that are no products."""
_RELATIONS: Final = frozenset(("=", "==", "<", ">", "<=", ">=", "!="))
_CLOSING: Final = {"(": ")])", "[": ")]"}


def parse(text: str) -> Tree:
    """The tree of a text that went through `normalised`. Raises UnreadableError."""
    parser = _Parser(tokens(text))
    tree = parser.answer()
    if parser.at < len(parser.tokens):
        raise UnreadableError(f"unexpected {parser.tokens[parser.at][1]!r}")
    return tree


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
        if name in GREEK:
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
    """A decimal number, exactly. Its length is bounded by `notation.LONGEST`."""
    whole, _, part = text.partition(".")
    return Fraction(int((whole or "0") + part), 10 ** len(part))
