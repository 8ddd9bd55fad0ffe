"""Numbers as people write them, with units: exact values, or nothing.

`1,234` is a number with a separator; `1,5` may be a decimal comma or two numbers and is read as neither. Units come from
`units.yaml`, with exact factors. A word that is no unit (`18 eggs`) is a label.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import yaml

SIGNS: Final = "$€£¥₹"
_PLAIN: Final = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)?(?:\.\d+)?", re.ASCII)
_EXPONENT: Final = re.compile(
    r"\s*(?:[eE]([+-]?\d{1,4})|[x*]\s*10\s*(?:\^|\*\*)\s*\(?\{?([+-]?\d{1,4})\}?\)?)(?![\w.])", re.ASCII
)
_SCALE: Final = re.compile(r"\s+(hundred|thousand|million|billion|trillion|dozen)\b", re.IGNORECASE)
_SCALES: Final = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
}
_FRACTION: Final = re.compile(r"(?:(\d{1,9})(?:\s+|\s*-\s*))?(\d{1,15})\s*/\s*(\d{1,15})(?![\d/])", re.ASCII)
_SMALL: Final = {
    word: number
    for number, word in enumerate(
        [
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
            *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
        ]
    )
}
_TENS: Final = {
    word: 10 * n
    for n, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
_LABEL: Final = re.compile(r"[A-Za-z][A-Za-z'’-]*(?: [A-Za-z'’-]+){0,5}")
_PER: Final = re.compile(r"\s{0,9}(?:/|\bper\b|\ban? (?=hour|second|minute|day))\s{0,9}", re.IGNORECASE)
_RAISED: Final = re.compile(r"(.{1,60}?)\s{0,9}\^\s{0,9}\(?\{?([23])\}?\)?$")
_SHORT_SPEEDS: Final = {"mph": "mi/h", "kph": "km/h", "kmh": "km/h", "kmph": "km/h", "fps": "ft/s"}


@dataclass(frozen=True)
class Unit:
    """Powers of dimensions, and the factor to their first units."""

    powers: Mapping[str, int]
    factor: Fraction

    def __hash__(self) -> int:
        return hash((tuple(sorted(self.powers.items())), self.factor))


@dataclass(frozen=True)
class Quantity:
    """A number, its unit where it has one, or the words behind it."""

    value: Fraction
    unit: Unit | None = None
    label: str = ""


def plain(text: str) -> Fraction | None:
    """The value of a bare decimal number, thousands separated by commas or not."""
    found = _PLAIN.fullmatch(text)
    if found is None or not text or not text[-1].isdigit() or len(text) > 1_000:
        return None
    return _decimal(text)


def quantity(text: str) -> Quantity | None:
    """A number with what stands before and behind it; None where `text` is something else. `text` is normalised."""
    text = text.strip().replace(r"\%", "%").replace(r"\$", "$").replace("{,}", ",")
    text = re.sub(r"\^\s*\{?\\circ\}?", "°", text)
    text = re.sub(r"\\(?:text|mathrm|mbox|textbf)\s*\{([^{}]*)\}", r" \1 ", text)
    text = re.sub(r"(?<=\d)\\[, ]|\\[,;: ]", " ", text).strip()
    if text.startswith("$") and text.endswith("$") and len(text) > 2:
        text = text[1:-1].strip()
    minus = text[:1] == "-"
    text = text[1:].lstrip() if minus else text
    sign = text[0] if text[:1] and text[0] in SIGNS else ""
    text = text[len(sign) :].lstrip()
    found = _number(text)
    if found is None:
        return None
    value, rest = found
    value = -value if minus else value
    behind = rest.strip()
    if sign:
        return _money(value, sign, behind)
    if not behind:
        return Quantity(value)
    unit = unit_of(behind)
    if unit is not None:
        return Quantity(value, unit)
    if (
        rest[:1].isspace()
        and _LABEL.fullmatch(behind)
        and behind.split()[0] not in _SCALES
        and len(behind.split()[0]) > 1
    ):
        return Quantity(value, None, behind)
    return None


def _money(value: Fraction, sign: str, behind: str) -> Quantity | None:
    unit = units()[sign]
    behind = re.sub(r"^(?:USD|dollars?|euros?|pounds?)\b", "", behind).strip()
    per = _PER.match(behind)
    if per:
        below = unit_of(behind[per.end() :])
        return Quantity(value, _joined(unit, below, -1) if below else unit)
    return Quantity(value, unit) if not behind or _LABEL.fullmatch(behind) else None


def _number(text: str) -> tuple[Fraction, str] | None:
    """The number that `text` begins with, and the rest."""
    if fraction := _FRACTION.match(text):
        whole, top, bottom = (int(part or 0) for part in fraction.groups())
        return (Fraction(top, bottom) + whole, text[fraction.end() :]) if bottom else None
    found = _PLAIN.match(text)
    if found is None or not found[0] or found[0] in "+-" or len(found[0]) > 1_000:
        return _worded(text)
    rest = text[found.end() :]
    if rest[:1] in (",", ".", "/") and rest[1:2].isdigit():
        return None
    value = _decimal(found[0])
    if power := _EXPONENT.match(rest):
        exponent = int(power[1] or power[2])
        if abs(exponent) > 2_000:
            return None
        value, rest = value * Fraction(10) ** exponent, rest[power.end() :]
    if scale := _SCALE.match(rest):
        value, rest = value * _SCALES[scale[1].lower()], rest[scale.end() :]
    return value, rest


def _decimal(text: str) -> Fraction:
    whole, _, part = text.replace(",", "").partition(".")
    if not part:
        return Fraction(int(whole))
    return Fraction(int(whole + part if whole not in ("", "+", "-") else whole + "0" + part), 10 ** len(part))


def _worded(text: str) -> tuple[Fraction, str] | None:
    """A small number in words: `forty-two`, `three hundred and five`, `a dozen`, `half`."""
    total, current, used = 0, 0, 0
    found = list(re.finditer(r"[A-Za-z]+", text[:120]))
    for number, word in enumerate(found):
        name = word[0].lower()
        if name in _SMALL:
            current += _SMALL[name]
        elif name in _TENS:
            current += _TENS[name]
        elif name == "hundred" and current:
            current *= 100
        elif name in _SCALES and (current or (number == 1 and found[0][0].lower() == "a")):
            total, current = total + (current or 1) * _SCALES[name], 0
        elif (
            name in ("and", "a")
            and number + 1 < len(found)
            and found[number + 1][0].lower() in {*_SMALL, *_TENS, *_SCALES}
        ):
            if name == "a" and number:
                break
            continue
        else:
            break
        used = word.end()
    return (Fraction(total + current), text[used:]) if used else None


def unit_of(text: str) -> Unit | None:
    """The unit that `text` is, compound ones among them: `km/h`, `square feet`, `m^2`, `dollars per hour`."""
    text = _SHORT_SPEEDS.get(text.strip(" .").lower(), text.strip())
    top, *below = _PER.split(text, maxsplit=2)
    found = _power_of(top)
    for part in below:
        under = _power_of(part)
        if found is None or under is None or under.factor == 0:
            return None
        found = _joined(found, under, -1)
    return found


def _power_of(text: str) -> Unit | None:
    text = text.strip()
    power = 1
    if worded := re.match(r"(square|sq\.?|cubic)\s+", text, re.IGNORECASE):
        power, text = (3 if worded[1].lower() == "cubic" else 2), text[worded.end() :]
    elif raised := _RAISED.match(text):
        power, text = int(raised[2]), raised[1]
    elif worded := re.match(r"(.{1,60}?)\s{1,9}(squared|cubed)$", text):
        power, text = (3 if worded[2] == "cubed" else 2), worded[1]
    base = units().get(text) or units().get(text.rstrip(".")) or units().get(text.lower() if len(text) > 2 else text)
    if base is None:
        return None
    return Unit({name: exponent * power for name, exponent in base.powers.items()}, base.factor**power)


def _joined(one: Unit, other: Unit, sign: int) -> Unit:
    powers = dict(one.powers)
    for name, exponent in other.powers.items():
        powers[name] = powers.get(name, 0) + sign * exponent
    return Unit({name: power for name, power in powers.items() if power}, one.factor * other.factor**sign)


@cache
def units() -> Mapping[str, Unit]:
    """Every unit by each of its names."""
    data = yaml.safe_load(Path(__file__).with_name("units.yaml").read_text("utf-8"))
    found: dict[str, Unit] = {}
    for dimension, members in data.items():
        for name, (factor, *names) in members.items():
            unit = Unit(MappingProxyType({dimension: 1} if dimension != "percent" else {}), Fraction(factor))
            found |= dict.fromkeys((str(name), *map(str, names)), unit)
    return MappingProxyType(found)


@cache
def related(powers: tuple[tuple[str, int], ...]) -> frozenset[Fraction]:
    """The factors of all units of a single dimension: what a number without a unit may have been meant in."""
    if len(powers) != 1:
        return frozenset()
    ((name, power),) = powers
    return frozenset(unit.factor**power for unit in units().values() if dict(unit.powers) == {name: 1})
