"""The exact value of a tree of numbers, as a fraction; nothing here rounds, and nothing is computed that would not end soon."""

from fractions import Fraction
from math import comb, factorial, gcd, isqrt, lcm
from typing import Final

from tasks.verification.execution.expressions import Tree

MOST_BITS: Final = 120_000
"""Bits of a numerator or denominator: 36,000 decimal digits, of which a sum takes milliseconds."""
MOST_FACTORIAL: Final = 6_000


class NotRationalError(ValueError):
    """The tree holds a symbol, a constant or a function whose value is no fraction; symbolic algebra may know more."""


class UndefinedError(ValueError):
    """The tree has no value: a division by zero."""


class TooLargeError(ValueError):
    """The value has more digits than are computed."""


def value(tree: Tree) -> Fraction:
    """The value of `tree`. Raises NotRationalError, UndefinedError or TooLargeError."""
    kind = tree[0]
    if kind == "num":
        return _bounded(tree[1])
    if kind == "neg":
        return -value(tree[1])
    if kind in ("+", "*", "/", "frac"):
        return _bounded(_combined(kind, value(tree[1]), value(tree[2])))
    if kind == "^":
        return _power(value(tree[1]), value(tree[2]))
    if kind == "!":
        return Fraction(_factorial(value(tree[1])))
    if kind == "fn":
        return _function(tree[1], [value(part) for part in tree[2:]])
    raise NotRationalError(str(kind))


def _combined(kind: str, left: Fraction, right: Fraction) -> Fraction:
    if kind == "+":
        return left + right
    if kind == "*":
        return left * right
    if not right:
        raise UndefinedError("division by zero")
    return left / right


def _bounded(number: Fraction) -> Fraction:
    if number.numerator.bit_length() > MOST_BITS or number.denominator.bit_length() > MOST_BITS:
        raise TooLargeError("too many digits")
    return number


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if base in (0, 1, -1):
        if not base:
            if exponent <= 0:
                raise UndefinedError("zero to a power that is not positive")
            return base
        if base == 1:
            return base
    if exponent.denominator != 1:
        return _root(base, exponent)
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base == -1:
        return base if exponent.numerator % 2 else Fraction(1)
    if abs(exponent.numerator) * bits > MOST_BITS:
        raise TooLargeError("too large a power")
    return base**exponent.numerator


def _root(base: Fraction, exponent: Fraction) -> Fraction:
    """A square root that is a fraction; other roots are for symbolic algebra."""
    if exponent.denominator != 2 or base < 0:
        raise NotRationalError("a root")
    top, bottom = isqrt(base.numerator), isqrt(base.denominator)
    if top * top != base.numerator or bottom * bottom != base.denominator:
        raise NotRationalError("a root")
    return _power(Fraction(top, bottom), Fraction(exponent.numerator))


def _factorial(number: Fraction) -> int:
    if number.denominator != 1 or number < 0:
        raise NotRationalError("a factorial")
    if number > MOST_FACTORIAL:
        raise TooLargeError("too large a factorial")
    return factorial(number.numerator)


def _function(name: str, parts: list[Fraction]) -> Fraction:
    if name == "abs" and len(parts) == 1:
        return abs(parts[0])
    if name == "sqrt" and len(parts) == 1:
        return _power(parts[0], Fraction(1, 2))
    whole = [part.numerator for part in parts if part.denominator == 1]
    if name in ("floor", "ceil") and len(parts) == 1:
        down = parts[0].numerator // parts[0].denominator
        return Fraction(down if name == "floor" else -((-parts[0].numerator) // parts[0].denominator))
    if len(whole) == len(parts) and name in ("gcd", "lcm"):
        return Fraction(gcd(*whole) if name == "gcd" else lcm(*whole))
    if len(whole) == len(parts) == 2 and name == "binom" and 0 <= whole[1] <= whole[0] <= MOST_FACTORIAL:
        return Fraction(comb(*whole))
    raise NotRationalError(name)
