"""Two readings of answers compared: exact arithmetic first, symbolic algebra where there are letters or roots."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, Literal

from tasks.verification.execution import exact_numbers, quantities, symbolic
from tasks.verification.execution.expressions import Tree
from tasks.verification.execution.quantities import Quantity, Unit
from tasks.verification.execution.readings import Meaning, closed_apart, readings

Comparison = Literal["equal", "different", "unverifiable"]

MOST_PARTS: Final = 50
"""Elements of a set or matrix that are compared."""


def compared(ones: Sequence[Meaning], others: Sequence[Meaning]) -> Comparison:
    """Equal where the usual readings of both are; different where all readings of both are; unverifiable otherwise."""
    first = _pair(ones[0], others[0])
    if first == "equal":
        return "equal" if ones[0].sure and others[0].sure else "unverifiable"
    found = {_pair(one, other) for one in ones for other in others}
    return "different" if found == {"different"} else "unverifiable"


def _pair(one: Meaning, other: Meaning) -> Comparison:
    kinds = {one.kind, other.kind}
    if "approximate" in kinds:
        return "unverifiable"
    if one.kind == "choice" or other.kind == "choice":
        return _choices(one, other)
    if kinds == {"quantity"}:
        return quantities_compared(one.value, other.value)
    if kinds <= {"quantity", "tree"}:
        return _trees_with_units(_as_tree(one), _as_tree(other))
    if kinds == {"time"}:
        return _times(one.value, other.value)
    if kinds == {"date"}:
        return _dates(one.value, other.value)
    if kinds == {"ratio"}:
        return "equal" if one.value == other.value else "different"
    if kinds == {"word"}:
        return _words(one.value, other.value)
    if kinds == {"text"} and one.value == other.value:
        return "equal"
    if "latex" in kinds and kinds <= {"latex", "quantity", "tree"}:
        return _latex(one, other)
    return "different" if kinds in ({"word", "quantity"}, {"date", "quantity"}, {"time", "ratio"}) else "unverifiable"


def _words(one: str, other: str) -> Comparison:
    if one == other:
        return "equal"
    return "different" if closed_apart(one, other) else "unverifiable"


def _choices(one: Meaning, other: Meaning) -> Comparison:
    if one.kind == other.kind:
        (letter, said), (wanted, meant) = one.value, other.value
        if letter != wanted:
            return "different"
        agree = not said or not meant or compared(readings(said), readings(meant)) == "equal"
        return "equal" if agree else "unverifiable"
    choice, text = (one, other) if one.kind == "choice" else (other, one)
    said = choice.value[1]
    return _pair(readings(said)[0], text) if said else "unverifiable"


def _times(one: tuple[int, int, int, bool], other: tuple[int, int, int, bool]) -> Comparison:
    if one[3] and other[3]:
        return "equal" if one[:3] == other[:3] else "different"
    same = (one[0] % 12, *one[1:3]) == (other[0] % 12, *other[1:3])
    return ("equal" if one[3] == other[3] and one[0] == other[0] else "unverifiable") if same else "different"


def _dates(one: tuple[int, int, int], other: tuple[int, int, int]) -> Comparison:
    if one[1:] != other[1:]:
        return "different"
    if one[0] and other[0]:
        return "equal" if one[0] == other[0] else "different"
    return "equal" if one[0] == other[0] else "unverifiable"


def quantities_compared(one: Quantity, other: Quantity) -> Comparison:
    """Two numbers with units, labels or neither. A unit on one side only: see docs/verification.md."""
    if one.unit is None and other.unit is None:
        if one.value != other.value:
            return "different"
        return "equal" if not one.label or not other.label or _same_label(one.label, other.label) else "unverifiable"
    if one.unit is not None and other.unit is not None:
        return _with_units(one, one.unit, other, other.unit)
    with_unit, bare = (one, other) if one.unit is not None else (other, one)
    assert with_unit.unit is not None
    return _one_unit(with_unit.value, with_unit.unit, bare)


def _with_units(one: Quantity, unit: Unit, other: Quantity, wanted: Unit) -> Comparison:
    if dict(unit.powers) == dict(wanted.powers):
        return "equal" if one.value * unit.factor == other.value * wanted.factor else "different"
    kinds = {*unit.powers, *wanted.powers}
    if kinds == {"temperature_celsius", "temperature_fahrenheit"}:
        celsius, fahrenheit = (one, other) if "temperature_celsius" in unit.powers else (other, one)
        return "equal" if celsius.value * Fraction(9, 5) + 32 == fahrenheit.value else "different"
    if kinds == {"time", "calendar"}:
        return "unverifiable"  # a month has no fixed length
    return "different"


def _one_unit(value: Fraction, unit: Unit, bare: Quantity) -> Comparison:
    if bare.label:
        return "unverifiable" if bare.value == value else "different"
    money = {*unit.powers} <= {"dollars", "euros", "sterling", "yen", "rupees"} and unit.factor == 1 and unit.powers
    if money and value == bare.value:
        return "equal"
    if not unit.powers:  # percent
        if value * unit.factor == bare.value:
            return "equal"
        return "unverifiable" if value == bare.value else "different"
    if len(unit.powers) > 1:
        return "unverifiable"
    meant = {value * unit.factor / factor for factor in quantities.related(tuple(sorted(unit.powers.items())))}
    return "unverifiable" if bare.value in meant or bare.value == value else "different"


def _same_label(one: str, other: str) -> bool:
    singular = [text.lower().rstrip(".").removesuffix("s") for text in (one, other)]
    return singular[0] == singular[1]


def _as_tree(reading: Meaning) -> Tree:
    if reading.kind == "tree":
        tree: Tree = reading.value
        return tree
    amount: Quantity = reading.value
    if amount.unit is not None and not amount.unit.powers:
        return ("num", amount.value * amount.unit.factor)
    if amount.unit is not None:
        return ("with_unit", ("num", amount.value), amount.unit)
    return ("with_unit", ("num", amount.value), amount.label) if amount.label else ("num", amount.value)


def _trees_with_units(one: Tree, other: Tree) -> Comparison:
    """Trees of which either may carry a unit: a Unit, or the words behind it."""
    sides = [(side[1], side[2]) if side[0] == "with_unit" else (side, None) for side in (one, other)]
    units = [quantities.unit_of(unit) if isinstance(unit, str) else unit for _, unit in sides]
    if units[0] is None and units[1] is None:
        return trees_compared(sides[0][0], sides[1][0])
    if units[0] is not None and units[1] is not None:
        if dict(units[0].powers) != dict(units[1].powers):
            return "unverifiable" if "temperature" in str((units[0].powers, units[1].powers)) else "different"
        scaled = [("*", side[0], ("num", unit.factor)) for side, unit in zip(sides, units, strict=True) if unit]
        return trees_compared(scaled[0], scaled[1])
    return "unverifiable"


def trees_compared(one: Tree, other: Tree) -> Comparison:
    """Two trees of `expressions`."""
    one, other = _value_of(one), _value_of(other)
    kinds = {_shape(one), _shape(other)}
    if kinds == {"scalar"}:
        return _scalars(one, other)
    if kinds == {"relation"}:
        return _said(symbolic.same("relation", one, other))
    if kinds == {"matrix"}:
        return _matrices(one, other)
    if kinds == {"seq"}:
        return _sequences(one, other)
    if kinds in ({"union"}, {"union", "seq"}, {"relation", "seq"}, {"relation", "union"}, {"chain", "seq"}, {"chain"}):
        return _said(symbolic.same("sets", one, other))
    if kinds == {"scalar", "seq"}:
        parts = one[2:] if one[0] == "seq" else other[2:]
        return "different" if len(parts) > 1 else "unverifiable"
    return "unverifiable"


def _value_of(tree: Tree) -> Tree:
    """A value with ± as the set of both."""
    if tree[0] == "pm":
        return ("seq", "{}", ("+", tree[1], tree[2]), ("+", tree[1], ("neg", tree[2])))
    return tree


def _shape(tree: Tree) -> str:
    kind = tree[0]
    if kind == "rel":
        return "relation"
    return kind if kind in ("seq", "union", "matrix", "chain") else "scalar"


def _scalars(one: Tree, other: Tree) -> Comparison:
    try:
        return "equal" if exact_numbers.value(one) == exact_numbers.value(other) else "different"
    except exact_numbers.UndefinedError:
        return "unverifiable"
    except exact_numbers.TooLargeError:
        return "equal" if one == other else "unverifiable"
    except exact_numbers.NotRationalError:
        pass
    for side in (one, other):
        try:
            exact_numbers.value(side)
        except exact_numbers.NotRationalError:
            continue
        except ValueError:
            return "unverifiable"
    return _said(symbolic.same("scalar", one, other))


def _said(same: bool | None) -> Comparison:
    return "unverifiable" if same is None else "equal" if same else "different"


def _all(found: Iterable[Comparison]) -> Comparison:
    """Of parts in order: one that differs decides."""
    seen: set[Comparison] = set()
    for one in found:
        if one == "different":
            return "different"
        seen.add(one)
    return "unverifiable" if "unverifiable" in seen else "equal"


def _matrices(one: Tree, other: Tree) -> Comparison:
    rows, wanted = one[1], other[1]
    if len(rows) != len(wanted) or len(rows[0]) != len(wanted[0]):
        return "different"
    pairs = [(a, b) for left, right in zip(rows, wanted, strict=True) for a, b in zip(left, right, strict=True)]
    return _all(trees_compared(a, b) for a, b in pairs[:MOST_PARTS]) if len(pairs) <= MOST_PARTS else "unverifiable"


def _sequences(one: Tree, other: Tree) -> Comparison:
    if max(len(one), len(other)) > MOST_PARTS:
        return "unverifiable"
    brackets = {one[1], other[1]}
    if brackets == {"{}"}:
        return _sets(one[2:], other[2:])
    if brackets == {""}:
        if all(part[0] == "rel" for part in (*one[2:], *other[2:])):
            return _sets(one[2:], other[2:])
        found = _all(map(trees_compared, one[2:], other[2:])) if len(one) == len(other) else "different"
        return found if found != "different" or _sets(one[2:], other[2:]) == "different" else "unverifiable"
    if brackets == {"", "{}"}:
        return _sets(one[2:], other[2:])
    if len(brackets) == 1:
        return _all(map(trees_compared, one[2:], other[2:])) if len(one) == len(other) else "different"
    if "" in brackets:
        return "unverifiable" if _sets(one[2:], other[2:]) != "different" else "different"
    return "different"


def _sets(ones: Sequence[Tree], others: Sequence[Tree]) -> Comparison:
    """Without regard to order and repetition."""
    table = [[trees_compared(one, other) for other in others] for one in ones]
    lines = [*table, *(list(column) for column in zip(*table, strict=True))]
    if any(all(cell == "different" for cell in line) for line in lines):
        return "different"
    return "equal" if all("equal" in line for line in lines) else "unverifiable"


def _latex(one: Meaning, other: Meaning) -> Comparison:
    texts = [reading.value if reading.kind == "latex" else _written(reading) for reading in (one, other)]
    if any(text is None or "log" in text or len(text) > 500 for text in texts):
        return "unverifiable"
    return _said(symbolic.same("latex", texts[0], texts[1]))


def _written(reading: Meaning) -> str | None:
    """A number as LaTeX; other trees are not written back."""
    tree = _as_tree(reading)
    try:
        value = exact_numbers.value(tree) if tree[0] != "with_unit" else None
    except ValueError:
        return None
    return None if value is None else f"\\frac{{{value.numerator}}}{{{value.denominator}}}"
