"""The program that `symbolic` starts: it answers questions about pairs of trees with SymPy, one JSON line each.

It is given trees, never text to evaluate; LaTeX that our own grammar cannot read goes to math-verify's grammar, which evaluates
nothing either. Each question has a deadline by a timer of this process, and all of them a limit of memory. "equal" is said where
it is proved: an exact normal form or a minimal polynomial; "different", where a proof or an evaluation with a bounded error
separates the two; None otherwise.
"""

import json
import resource
import signal
import sys
from typing import Any

import sympy
from sympy import Interval, Poly, S, Symbol, Union, cancel, fraction, minimal_polynomial, together
from sympy.core.evalf import PrecisionExhausted

MOST_BITS = 120_000
MARGIN = sympy.Rational(1, 10**25)
POINTS = (sympy.Rational(7, 3), sympy.Rational(11, 13), sympy.Rational(5), sympy.Rational(1, 7))
CONSTANTS = {"pi": S.Pi, "e": S.Exp1, "i": S.ImaginaryUnit, "oo": S.Infinity}
FUNCTIONS: dict[str, Any] = {
    **{
        name: getattr(sympy, name)
        for name in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "exp", "sqrt")
    },
    **{"arc" + name: getattr(sympy, "a" + name) for name in ("sin", "cos", "tan")},
    **{"a" + name: getattr(sympy, "a" + name) for name in ("sin", "cos", "tan")},
    **{"abs": sympy.Abs, "ln": sympy.log, "floor": sympy.floor, "ceil": sympy.ceiling, "binom": sympy.binomial},
    **{"gcd": sympy.gcd, "lcm": sympy.lcm},
}
OPEN_LOG = sympy.Function("log_of_some_base")


class OutOfTimeError(Exception):
    """The deadline of a question has passed."""


class UnknownError(ValueError):
    """The tree cannot be built within the limits."""


def built(tree: list[Any]) -> Any:
    """The SymPy expression of a tree."""
    kind = tree[0]
    if kind == "num":
        return sympy.Rational(*map(int, tree[1].split("/")))
    if kind == "sym":
        return Symbol(tree[1])
    if kind == "const":
        return CONSTANTS[tree[1]]
    if kind == "fn" and tree[1] == "log":
        parts = [built(part) for part in tree[2:]]
        return sympy.log(*parts) if len(parts) == 2 else OPEN_LOG(*parts)
    if kind == "fn":
        return FUNCTIONS[tree[1]](*(built(part) for part in tree[2:]))
    return operated(kind, [built(part) for part in tree[1:]])


def operated(kind: str, parts: list[Any]) -> Any:
    """The value of an operation on parts that are built."""
    if kind == "neg":
        return -parts[0]
    if kind == "+":
        return parts[0] + parts[1]
    if kind == "*":
        return parts[0] * parts[1]
    if kind in ("/", "frac"):
        if parts[1] == 0:
            raise UnknownError("division by zero")
        return parts[0] / parts[1]
    if kind == "^":
        return power(*parts)
    if kind == "!":
        if parts[0].is_number and parts[0] > 6_000:
            raise UnknownError("large")
        return sympy.factorial(parts[0])
    raise UnknownError(kind)


def power(base: Any, exponent: Any) -> Any:
    """A power, unless it has too many digits or terms."""
    if exponent.is_Rational and base.is_number and base not in (0, 1, -1):
        bits = 64 if not base.is_Rational else max(base.p.bit_length(), base.q.bit_length())
        if abs(exponent) * bits > MOST_BITS:
            raise UnknownError("large")
    if exponent.is_Rational and abs(exponent) > 60 and not base.is_number and not base.is_Symbol:
        raise UnknownError("large")
    return base**exponent


def zero(difference: Any) -> bool | None:
    """Whether an expression is zero, wherever it has a value."""
    if difference == 0:
        return True
    if difference.has(S.Infinity, S.NegativeInfinity, S.NaN, S.ComplexInfinity):
        return None
    symbols = sorted(difference.free_symbols, key=str)
    if difference.has(OPEN_LOG):
        return True if sympy.expand(difference) == 0 else None
    if not symbols:
        return constant_zero(difference)
    if difference.is_rational_function(*symbols):
        top = fraction(together(difference))[0]
        expanded = sympy.expand(top)
        if not (expanded.free_symbols or expanded.is_Rational):
            return constant_zero(expanded)
        return polynomial_zero(expanded, symbols)
    if sympy.simplify(difference) == 0:
        return True
    return False if separated(difference, symbols) else None


def polynomial_zero(expanded: Any, symbols: list[Any]) -> bool | None:
    """Whether a polynomial is zero: each of its coefficients is."""
    if expanded == 0:
        return True
    found = [zero(one) if not one.is_Rational else one == 0 for one in Poly(expanded, *symbols).coeffs()]
    return False if False in found else True if all(found) else None


def constant_zero(number: Any) -> bool | None:
    """Whether a number without symbols is zero."""
    if number.is_Rational:
        return bool(number == 0)
    if value_apart(number):
        return False
    if number.is_algebraic:
        unknown = Symbol("unknown")
        return bool(minimal_polynomial(number, unknown) == unknown)
    if sympy.expand(number) == 0 or sympy.simplify(number) == 0:
        return True
    return None


def value_apart(number: Any) -> bool:
    """Whether a number is surely not zero: its value is larger than what SymPy's error bounds leave open."""
    try:
        value = number.evalf(30, maxn=400, strict=True)
    except (PrecisionExhausted, ValueError, TypeError, NotImplementedError):
        return False
    parts = [abs(part) for part in value.as_real_imag()]
    return all(part.is_Float or part.is_Rational for part in parts) and any(part > MARGIN for part in parts)


def separated(difference: Any, symbols: list[Any]) -> bool:
    """Whether it is surely not zero at a point where every symbol is a positive number and all is real."""
    for shift in range(len(POINTS)):
        at = {symbol: POINTS[(index + shift) % len(POINTS)] + index for index, symbol in enumerate(symbols)}
        value = difference.subs(at)
        if value.is_real and value.is_finite and value_apart(value):
            return True
    return False


def equation(one: list[Any], other: list[Any]) -> bool | None:
    """Whether two equations (or two inequalities of the same kind) have the same solutions."""
    left, right = (built(tree[2]) - built(tree[3]) for tree in (one, other))
    if not left.free_symbols or not right.free_symbols:
        return None
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    bottoms = [fraction(together(side))[1] for side in (left, right)]
    if all(side.is_polynomial(*symbols) for side in (left, right)) or not any(b.free_symbols for b in bottoms):
        tops = [fraction(together(side))[0] for side in (left, right)]
        if all(side.is_polynomial(*symbols) for side in tops):
            return polynomials(tops[0], tops[1], symbols)
    for sign in (1, -1):
        if zero(left - sign * right):
            return True
    ratio = sympy.simplify(left / right)
    if ratio.is_number and ratio != 0 and ratio.is_finite:
        return True
    if one[2] == other[2] and one[2][0] == "sym":
        value, wanted = built(one[3]), built(other[3])
        if Symbol(one[2][1]) not in value.free_symbols | wanted.free_symbols:
            return zero(value - wanted)
    return None


def polynomials(left: Any, right: Any, symbols: list[Any]) -> bool | None:
    """Whether two polynomials are zero at the same real points."""
    try:
        one, other = (Poly(side, *symbols, domain="QQ") for side in (left, right))
    except sympy.PolynomialError:
        return True if zero(left - right) or zero(left + right) else None
    if one.monic() == other.monic() or one.sqf_part().monic() == other.sqf_part().monic():
        return True
    if one.total_degree() == other.total_degree() == 1:
        return False
    if len(symbols) == 1:
        return same_roots(one, other)
    for point in POINTS:
        for kept in symbols:
            at = {symbol: point + index for index, symbol in enumerate(symbols) if symbol != kept}
            cut = [Poly(side.as_expr().subs(at), kept, domain="QQ") for side in (one, other)]
            if any(side.is_zero for side in cut):
                continue
            if same_roots(*cut) is False:
                return False
    return None


def same_roots(one: Any, other: Any) -> bool | None:
    """Whether two polynomials in one variable have the same real roots; None where only complex ones tell them apart."""
    one, other = one.sqf_part(), other.sqf_part()
    shared = one.gcd(other)
    beside = [side.quo(shared) for side in (one, other)]
    if any(side.degree() > 0 and side.count_roots() for side in beside):
        return False
    return True if all(side.degree() <= 0 for side in beside) else None


def relation(one: list[Any], other: list[Any]) -> bool | None:
    """Whether two equations or inequalities have the same solutions."""
    if one[1] == other[1] == "=":
        return equation(one, other)
    if "=" in (one[1], other[1]) or "!=" in (one[1], other[1]):
        return equation(one, other) if one[1] == other[1] else None
    return inequality(one, other)


def inequality(one: list[Any], other: list[Any]) -> bool | None:
    """Whether two inequalities have the same solutions."""
    sides, strict = [], []
    for tree in (one, other):
        side = built(tree[2]) - built(tree[3])
        sides.append(side if tree[1][0] == "<" else -side)
        strict.append(len(tree[1]) == 1)
    symbols = sides[0].free_symbols | sides[1].free_symbols
    if not (sides[0].free_symbols and sides[1].free_symbols):
        return None
    ratio = cancel(sides[0] / sides[1])
    if ratio.is_Rational and ratio > 0:
        return strict[0] == strict[1]
    if len(symbols) == 1:
        return same_sets(solutions(one), solutions(other))
    linear = all(side.is_polynomial(*symbols) and Poly(side, *symbols).total_degree() == 1 for side in sides)
    return False if linear else None


def solutions(tree: list[Any]) -> Any:
    """The real numbers that a tree stands for: of an inequality, an interval, a union, or several inequalities in a chain."""
    if tree[0] == "union":
        return Union(solutions(tree[1]), solutions(tree[2]))
    if tree[0] == "chain":
        return sympy.Intersection(*(solutions(part) for part in tree[1:]))
    if tree[0] == "seq" and len(tree) == 4 and tree[1][:1] in "([" and tree[1]:
        return Interval(built(tree[2]), built(tree[3]), tree[1][0] == "(", tree[1][1] == ")")
    if tree[0] == "seq" and tree[1] == "{}":
        return sympy.FiniteSet(*(built(part) for part in tree[2:]))
    if tree[0] == "rel" and tree[1] in ("<", ">", "<=", ">="):
        made = {"<": sympy.Lt, ">": sympy.Gt, "<=": sympy.Le, ">=": sympy.Ge}[tree[1]]
        inequality = made(built(tree[2]), built(tree[3]))
        symbols = list(inequality.free_symbols)
        if len(symbols) == 1:
            real = Symbol("x", real=True)
            return sympy.solve_univariate_inequality(inequality.subs(symbols[0], real), real, relational=False)
    raise UnknownError(tree[0])


def same_sets(one: Any, other: Any) -> bool | None:
    """Whether two sets of real numbers are the same."""
    if one == other:
        return True
    empty = sympy.SymmetricDifference(one, other).is_empty
    if empty is None:
        empty = Union(one - other, other - one).is_empty
    return empty if empty is None else bool(empty)


def latex(one: str, other: str) -> bool | None:
    """Two LaTeX texts that our own grammar cannot read, by math-verify's."""
    from math_verify import LatexExtractionConfig, parse

    found = []
    for text in (one, other):
        given = text if "$" in text or "boxed" in text else f"${text}$"
        read = parse(given, [LatexExtractionConfig()], fallback_mode="no_fallback", parsing_timeout=None)
        if not read or not isinstance(read[0], sympy.Expr):
            return None
        found.append(read[0].doit())
    return zero(found[0] - found[1])


def scalar(one: list[Any], other: list[Any]) -> bool | None:
    """Whether two values are the same."""
    left, right = built(one), built(other)
    infinite = [side in (S.Infinity, S.NegativeInfinity) for side in (left, right)]
    if any(infinite):
        if all(infinite):
            return bool(left == right)
        finite = right if infinite[0] else left
        return False if finite.is_number and finite.is_finite else None
    if left == right:
        return True
    return zero(left - right)


QUESTIONS: dict[str, Any] = {
    "scalar": scalar,
    "relation": relation,
    "sets": lambda one, other: same_sets(solutions(one), solutions(other)),
    "latex": latex,
}


def answer(question: dict[str, Any]) -> bool | None:
    """The answer to one question: true, false, or None where it is not known."""
    if question["kind"] == "latex":
        import math_verify  # noqa: F401  its import is not part of the deadline
    signal.setitimer(signal.ITIMER_PROF, question["seconds"])
    try:
        found = QUESTIONS[question["kind"]](question["one"], question["other"])
        return found if found is None else bool(found)
    except OutOfTimeError:
        raise
    except Exception:  # whatever SymPy raises means that it could not tell
        return None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def out_of_time(*_: Any) -> None:
    """The handler of this process's timer."""
    raise OutOfTimeError


def main() -> None:
    """Answer questions until there are no more."""
    memory = 1 << 30
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGPROF, out_of_time)
    for line in sys.stdin:
        try:
            found = answer(json.loads(line))
        except OutOfTimeError:
            found = None
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
