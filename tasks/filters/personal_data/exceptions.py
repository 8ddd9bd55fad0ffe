"""What looks like personal data and is none: addresses reserved for examples, numbers in code, ISBNs, versions, addresses in links.

Detection (`pii.find`) reports them; the filter lets them be, because redacting them would damage technical text.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Final

from tasks.text.code import code_spans

_RESERVED: Final = re.compile(
    r"(?:.*\.)?(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost|local)", re.IGNORECASE
)
"""RFC 2606 and RFC 6762."""
_NOBODY: Final = re.compile(
    r"(?:git|noreply|no-reply|donotreply|user|username|you|your[._-]?name|name|someone|email|x+|abc)", re.IGNORECASE
)
_LINK: Final = re.compile(r"(?:https?://|www\.|doi:|10\.\d{4,9}/)[^\s<>\"]*\Z")
_CATALOGUED: Final = re.compile(
    r"\b(?:isbn|issn|doi|arxiv|pmid|oclc|bug|issue|pep|rfc)\b(?:-1[03])?[^\w\n]{0,4}(?:1[03][^\w\n]{1,3})?\Z",
    re.IGNORECASE,
)
_VERSION: Final = re.compile(
    r"\b(?:v|ver|version|release|released|build|firmware|python|since)\b[^\w\n]{0,3}\Z|\bv\Z", re.IGNORECASE
)
_ADDRESS: Final = re.compile(r"\b(?:ip|ipv4|address|host|server|from|ping|at)\b", re.IGNORECASE)
_SMALL: Final = 32
"""Of a million random addresses 240 have four parts below 32; of four-part version numbers nearly all have."""
_PHONE: Final = re.compile(
    r"\b(?:phone|tel|telephone|call|cell|cellphone|mobile|fax|whatsapp|contact|reach|dial|sms|text)\b", re.IGNORECASE
)
_RANGE: Final = re.compile(r"\W*\d{3,4}(?:/\d{1,4})?\s*[-–—/]\s*\d{3,4}(?:/\d{1,4})?\W*")
_FEWEST: Final = 7
"""Digits. Shorter ones are years, prices and section numbers: to `phonenumbers` 1640 is a valid German pager."""
_BASE_NUMBER: Final = re.compile(r"[^\W\d_]{2,}|[#;,]")
"""Where the extension of a phone number begins."""
_DECIMAL: Final = re.compile(r"\d+[.,]\d+")
_DATE: Final = re.compile(
    r"(?:[12]\d{3}[-/. ][01]?\d[-/. ][0-3]?\d|[0-3]?\d[-/. ][01]?\d[-/. ][12]\d{3})(?:[ T]\d{1,2})?"
)
_COUNTING: Final = re.compile(r"\d(?:\D{1,3}\d){6,}")

_BEFORE: Final = 60


def innocent(text: str, span: Mapping[str, Any]) -> bool:
    """True if the characters [start, end) of `text`, found to be `entity`, are nobody's personal data."""
    value, before = text[span["start"] : span["end"]], text[max(0, span["start"] - _BEFORE) : span["start"]]
    match span["entity"]:
        case "EMAIL_ADDRESS":
            name, _, domain = value.rpartition("@")
            return bool(_RESERVED.fullmatch(domain) or _NOBODY.fullmatch(name))
        case "IP_ADDRESS":
            return not _public(value) or _is_version(value, before) or _in_code(text, span)
        case "PHONE_NUMBER":
            return _no_phone(value, before) or _is_reference(text, span, before)
        case "CREDIT_CARD" | "US_SSN":
            return _is_reference(text, span, before)
    return False


def _public(address: str) -> bool:
    """Whether an address can belong to anybody: loopback, private, reserved and documentation ranges cannot."""
    try:
        return ipaddress.ip_interface(address).is_global
    except ValueError:
        return False


def _is_version(address: str, before: str) -> bool:
    """1.7.7.3 and §15.12.2.7: four small numbers, or any four after a word that announces a version."""
    small = all(part.isdigit() and int(part) < _SMALL for part in address.split("."))
    return bool(_VERSION.search(before)) or (small and not _ADDRESS.search(before))


def _no_phone(value: str, before: str) -> bool:
    """Too short, a bare number, a range of years, a date, a decimal, counting; but a short one only, if a word before it says
    that it is a phone's."""
    if sum(sign.isdigit() for sign in _BASE_NUMBER.split(value, 1)[0]) < _FEWEST:
        return True
    if _PHONE.search(before) or value.startswith("+"):
        return False
    return value.isdigit() or any(shape.fullmatch(value) for shape in (_RANGE, _DATE, _DECIMAL, _COUNTING))


def _is_reference(text: str, span: Mapping[str, Any], before: str) -> bool:
    """A number in a link, a catalogue, a decimal fraction or code."""
    after = text[span["end"] : span["end"] + 2]
    fraction = re.search(r"\d[.,]\Z", before) or re.match(r"\.\d", after)
    return bool(_LINK.search(before) or _CATALOGUED.search(before) or fraction) or _in_code(text, span)


def _in_code(text: str, span: Mapping[str, Any]) -> bool:
    return any(start <= span["start"] and span["end"] <= end for start, end in code_spans(text))
