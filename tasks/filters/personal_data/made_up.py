"""Made-up values that take the place of personal data and are nobody's: what is reserved for examples, or fails its checksum.

One value has one replacement, in every row; two values of a row never share one.
"""

import hashlib
from collections.abc import Collection
from typing import Final

_FIRST: Final = [
    "Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gia", "Hugo", "Ida", "Jon", "Kai", "Lea", "Max", "Nia", "Otto", "Pia", "Quin",
    "Ray", "Sia", "Tom", "Uma", "Vic", "Wes", "Zoe",
]  # fmt: skip
_LAST: Final = [
    "Ash", "Birch", "Clay", "Dale", "Elm", "Fern", "Glen", "Heath", "Ivy", "Lake", "Marsh", "North", "Oak", "Pine", "Reed",
    "Stone", "Thorn", "Vale", "West", "Wood",
]  # fmt: skip
_TOWNS: Final = (
    "Ashby", "Birchham", "Claydon Vale", "Elmstead Bay", "Fernholm", "Northlake", "Oakhaven", "Pinefield", "Stonebury",
)  # fmt: skip
_FIRMS: Final = (
    "Ashby Works", "Birch & Clay", "Elm Partners", "Fern Supply", "Northlake Goods", "Oak and Sons", "Vale Services",
)  # fmt: skip
_MANY: Final = 100_000


def made_up(entity: str, value: str, taken: Collection[str] = ()) -> str | None:
    """A value of this kind in place of `value`, none of `taken`; None for kinds of which nothing can be made up."""
    start = int.from_bytes(
        hashlib.sha256(f"{entity} {''.join(filter(str.isalnum, value)).casefold()}".encode()).digest()[:4]
    )
    for number in range(start, start + _MANY):
        found = _numbered(entity, value, number)
        if found is None or found not in taken:
            return found
    return None


def _numbered(entity: str, value: str, number: int) -> str | None:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST) % len(_LAST)]
    match entity:
        case "PERSON":
            return f"{first} {last}"
        case "EMAIL_ADDRESS":
            return f"{first}.{last}@example.org".lower()
        case "PHONE_NUMBER":  # NANPA keeps 555-0100 to 555-0199 for fiction, Ofcom 01632 960000 to 960999
            american = f"{201 + number // 100 % 700}-555-01{number % 100:02}"
            british = f"+44 1632 960{number % 1000:03}"
            return british if value.startswith("+44") else f"+1 {american}" if value.startswith("+") else american
        case "IP_ADDRESS":  # RFC 5737 and RFC 3849
            net = ("192.0.2", "198.51.100", "203.0.113")[number // 254 % 3]
            return f"2001:db8::{number % 65536:x}" if ":" in value else f"{net}.{1 + number % 254}"
        case "CREDIT_CARD":
            return f"4000 0000 0000 {number % 1000:03}{_wrong_digit(f'400000000000{number % 1000:03}')}"
        case "IBAN_CODE":  # check digits that no bank gives
            return f"XX00 0000 0000 {number % 10000:04}"
        case "US_SSN":  # no number begins so
            return f"000-00-{number % 10000:04}"
        case "MAC_ADDRESS":  # RFC 7042
            return f"00:00:5E:00:53:{number % 256:02X}"
        case "URL":
            return f"https://example.org/{number % _MANY}"
        case "LOCATION":
            return _TOWNS[number % len(_TOWNS)]
        case "ORGANIZATION":
            return _FIRMS[number % len(_FIRMS)]
    return None


def _wrong_digit(digits: str) -> int:
    """A last digit that is not the one which Luhn's checksum asks for behind `digits`."""
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits), start=1)]
    return (11 - sum(number % 10 + number // 10 for number in doubled)) % 10
