"""Which texts may hold an entity that presidio's patterns find: a condition that every match of the pattern fulfils.

A text that it turns away cannot hold one; tests hold both against each other.
"""

from collections.abc import Mapping
from typing import Final

from tasks.filters.personal_data import written_out

MIN_PHONE_DIGITS: Final = 4
"""The fewest that `phonenumbers` takes for a number in any of presidio's countries: to it 1640 is a German pager."""
PHONE_MARKS: Final = (
    "[-xX\u2010-\u2015\u2212\u30fc\uff0d-\uff0f \u00a0\u00ad\u200b\u2060\u3000()"
    "\uff08\uff09\uff3b\uff3d.\\[\\]/~\u2053\u223c\uff5e]"
)
"""What `phonenumbers` allows between the digits of a number, at most four at a time."""
PHONE_GAP: Final = (
    f"(?:{PHONE_MARKS}"
    "|[+\uff0b\t,;:=#\uff03\uff0e"  # before and inside an extension
    "aeinostxAEINOSTX\u0130\u0131\u017f\u0301\u00f3\u00d3\uff25\uff29\uff2e\uff34\uff38\uff45\uff49\uff4e\uff54\uff58"
    "\u0414\u041e\u0411\u0434\u043e\u0431])"
)
"""What may stand beside digits in a number or in its extension."""


def phone_number(digits: int) -> str:
    """RE2 pattern of a stretch that may be a number and has at least so many digits, those of its extension counted."""
    return rf"\p{{Nd}}(?:{PHONE_GAP}*\p{{Nd}}){{{digits - 1}}}"


_LETTER: Final = r"[A-Za-z\x{130}\x{131}\x{17f}\x{212a}]"
"""What [A-Z] matches where case is ignored: four characters more than one would think."""
PREFILTERS: Final[Mapping[str, str]] = {
    "EMAIL_ADDRESS": rf"\S@\S+\.\S|{written_out.PREFILTER}",
    "PHONE_NUMBER": phone_number(MIN_PHONE_DIGITS),
    "CREDIT_CARD": r"\p{Nd}(?:[- ]?\p{Nd}){12}",
    "IBAN_CODE": rf"{_LETTER}{{2}}[0-9]{{2}}(?:[ -]?(?:{_LETTER}|[0-9]){{4}}){{2}}",
    "US_SSN": r"[0-9]{3}[- .]?[0-9]{2}[- .]?[0-9]{4}",
    "URL": r"[A-Za-z0-9.\-\x{131}\x{130}\x{17f}\x{212a}]\.",
    "CRYPTO": rf"(?:{_LETTER}|[0-9]){{26}}",
    "DATE_TIME": r"\p{Nd}",
    "MAC_ADDRESS": r"[0-9A-Fa-f]{2}[:-]|[0-9A-Fa-f]{4}\.",
    "MEDICAL_LICENSE": r"\p{Nd}{7}",
    "UK_NHS": r"\p{Nd}{3}[- ]?\p{Nd}{3}[- ]?\p{Nd}{4}",
    "US_BANK_NUMBER": r"[0-9]{8}",
    "US_DRIVER_LICENSE": r"[0-9]",
    "US_ITIN": r"9\p{Nd}{2}",
    "US_PASSPORT": r"[0-9]{8}",
    "UUID": r"[0-9A-Fa-f]{8}-",
    "IP_ADDRESS": r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|::|(?:[0-9A-Fa-f]{1,4}:){6}",
}
"""Entity → RE2 pattern that stands in every text in which presidio's pattern matches."""
