"""What looks like personal data and is none: addresses and numbers reserved for examples and fiction, public resolvers, subnet
masks, sums, numbers in code and calls, ISBNs, versions, addresses in links.

Detection (`pii.find`) reports them; the filter lets them be, because redacting them would damage technical text.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Final

from tasks.filters.personal_data.written_out import plain
from tasks.text.code import code_spans, unfenced_code

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
_RESOLVERS: Final = frozenset(map(ipaddress.ip_address, (
    "8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "1.1.1.2", "1.0.0.2", "1.1.1.3", "1.0.0.3", "9.9.9.9", "9.9.9.10", "9.9.9.11",
    "149.112.112.112", "208.67.222.222", "208.67.220.220", "4.2.2.1", "4.2.2.2", "4.2.2.3", "4.2.2.4", "64.6.64.6",
    "64.6.65.6", "94.140.14.14", "94.140.15.15", "76.76.2.0", "76.76.10.0", "77.88.8.8", "77.88.8.1", "8.26.56.26",
    "8.20.247.20", "185.228.168.9", "185.228.169.9", "114.114.114.114", "223.5.5.5", "223.6.6.6", "119.29.29.29",
    "180.76.76.76", "1.2.3.4", "198.41.0.4", "170.247.170.2", "192.33.4.12", "199.7.91.13", "192.203.230.10", "192.5.5.241",
    "192.112.36.4", "198.97.190.53", "192.36.148.17", "192.58.128.30", "193.0.14.129", "199.7.83.42", "202.12.27.33",
    "2001:4860:4860::8888", "2001:4860:4860::8844", "2606:4700:4700::1111", "2606:4700:4700::1001", "2620:fe::fe",
    "2620:fe::9", "2620:119:35::35", "2620:119:53::53",
)))  # fmt: skip
"""Name servers that everybody may ask, and the thirteen of the root zone (IANA); 1.2.3.4 stands for any address."""
_FICTION: Final = re.compile(
    r"1?(?:\d{3})?55501\d\d"  # NANPA
    r"|(?:44|0)(?:1632960|2079460|1(?:1[3-8]|21|31|41|51|61)4960|1914980|2890180|2920180|7700900|8081570|9098790|"  # Ofcom
    r"3069990)\d{3}"
    r"|(?:61|0)(?:[2378](?:5550|7010)\d{4}|491570\d{3})"  # ACMA
    r"|(?:49|0)(?:3023125|6990009|4066969|2214710|8999998)\d{3}"  # Bundesnetzagentur
    r"|(?:33|0)(?:19900|26191|35301|46571|53649|63998)\d{4}"  # Arcep
    r"|1?8(?:00|33|44|55|66|77|88)\d{7}"  # toll-free: a service's, no person's
)
"""Telephone numbers that the authorities keep for films and examples."""
_PHONE: Final = re.compile(
    r"\b(?:phone|tel|telephone|call|cell|cellphone|mobile|fax|whatsapp|contact|reach|dial|sms|text)\b", re.IGNORECASE
)
_RANGE: Final = re.compile(r"\W*\d{3,4}(?:/\d{1,4})?\s*[-–—/]\s*\d{3,4}(?:/\d{1,4})?\W*")
FEWEST_DIGITS: Final = 7
"""Of a telephone number, without its extension. Shorter ones are years, prices and section numbers: to `phonenumbers` 1640 is a
valid German pager."""
_BASE_NUMBER: Final = re.compile(r"[^\W\d_]{2,}|[#;,]")
"""Where the extension of a phone number begins."""
_DECIMAL: Final = re.compile(r"\d+[.,]\d+")
_DATE: Final = re.compile(
    r"(?:[12]\d{3}[-/. ][01]?\d[-/. ][0-3]?\d|[0-3]?\d[-/. ][01]?\d[-/. ][12]\d{3})(?:[ T]\d{1,2})?"
)
_COUNTING: Final = re.compile(r"\d(?:\D{1,3}\d){6,}")
_GROUPED: Final = re.compile(r"\d{1,3}(?P<blank>[ ,.'\u00a0\u2009\u202f])\d{3}(?:(?P=blank)\d{3})+")
_QUAD: Final = re.compile(r"(?:1?\d?\d|2[0-4]\d|25[0-5])(?:\.(?:1?\d?\d|2[0-4]\d|25[0-5])){3}")
_SUM_BEFORE: Final = re.compile(r"(?:\d\)?\s*[+*/^<>×÷−–-]\s+|[=×÷]\s*|\d\s*[+*×÷]\s*)\Z")
_SUM_AFTER: Final = re.compile(r"\s*[+*×÷=<>−]\s*[(\d]|\s+[-–/]\s+[(\d]")
_CALL: Final = re.compile(r"(?P<name>[A-Za-z_]\w{0,59})\(\Z")
_OPERAND: Final = re.compile(r"[=(\[{,<>\"'+*/-]\s*\Z")
_OPEN, _CLOSED = "([{（［", ")]}）］"

_BEFORE: Final = 60
_IPV4: Final = 4


def innocent(text: str, span: Mapping[str, Any]) -> bool:
    """True if the characters [start, end) of `text`, found to be `entity`, are nobody's personal data."""
    span = trimmed(text, span)
    value, before = text[span["start"] : span["end"]], text[max(0, span["start"] - _BEFORE) : span["start"]]
    match span["entity"]:
        case "EMAIL_ADDRESS":
            name, _, domain = plain(value).rpartition("@")
            return bool(_RESERVED.fullmatch(domain) or _NOBODY.fullmatch(name))
        case "IP_ADDRESS":
            return (
                not _somebodys(value) or _is_version(value, before) or _in_code(text, span) or _in_unfenced(text, span)
            )
        case "PHONE_NUMBER":
            digits = "".join(sign for sign in value if sign.isdigit())
            if _FICTION.fullmatch(digits) or _QUAD.fullmatch(value) or _is_argument(before):
                return True
            spoken_of = _PHONE.search(before)
            if not spoken_of and (_is_term(text, span, before) or _in_unfenced(text, span)):
                return True
            return _no_phone(value, before) or _is_reference(text, span, before)
        case "CREDIT_CARD" | "US_SSN":
            return _is_reference(text, span, before) or _is_argument(before)
    return False


def trimmed(text: str, span: Mapping[str, Any]) -> dict[str, Any]:
    """`span` without a bracket at its ends that has no other half in it."""
    start, end = span["start"], span["end"]
    for opening, closing in zip(_OPEN, _CLOSED, strict=True):
        value = text[start:end]
        if value.startswith(opening) and closing not in value:
            start += 1
        elif value.endswith(closing) and opening not in value:
            end -= 1
    return {**span, "start": start, "end": end}


def _somebodys(address: str) -> bool:
    """Whether an address can belong to a person: loopback, private, reserved and documentation ranges cannot, nor can public
    resolvers, networks and masks."""
    try:
        found = ipaddress.ip_interface(address)
    except ValueError:
        return False
    whole = found.network.prefixlen < found.max_prefixlen and found.ip == found.network.network_address
    inverted = ~int(found.ip) & (2**found.max_prefixlen - 1)
    mask = found.version == _IPV4 and inverted & (inverted + 1) == 0
    return found.is_global and found.ip not in _RESOLVERS and not whole and not mask


def _is_argument(before: str) -> bool:
    """Whether a call's bracket stands right before: str(1633049473), but not "phone(4155552671)"."""
    call = _CALL.search(before)
    return bool(call and not _PHONE.fullmatch(call["name"]))


def _is_term(text: str, span: Mapping[str, Any], before: str) -> bool:
    """Whether the number stands in a sum, or is written in groups of three digits."""
    value = text[span["start"] : span["end"]]
    return bool(_SUM_BEFORE.search(before) or _SUM_AFTER.match(text, span["end"]) or _GROUPED.fullmatch(value))


def _is_version(address: str, before: str) -> bool:
    """1.7.7.3 and §15.12.2.7: four small numbers, or any four after a word that announces a version."""
    small = all(part.isdigit() and int(part) < _SMALL for part in address.split("."))
    return bool(_VERSION.search(before)) or (small and not _ADDRESS.search(before))


def _no_phone(value: str, before: str) -> bool:
    """Too short, a bare number, a range of years, a date, a decimal, counting; but a short one only, if a word before it says
    that it is a phone's."""
    if sum(sign.isdigit() for sign in _BASE_NUMBER.split(value, 1)[0]) < FEWEST_DIGITS:
        return True
    if _PHONE.search(before) or value.startswith("+"):
        return False
    if value.isdigit() or _DECIMAL.fullmatch(value) or _COUNTING.fullmatch(value):
        return True
    return bool(_RANGE.fullmatch(value) or _DATE.fullmatch(value))


def _is_reference(text: str, span: Mapping[str, Any], before: str) -> bool:
    """A number in a link, a catalogue, a decimal fraction or code."""
    after = text[span["end"] : span["end"] + 2]
    fraction = re.search(r"\d[.,]\Z", before) or re.match(r"\.\d", after)
    return bool(_LINK.search(before) or _CATALOGUED.search(before) or fraction) or _in_code(text, span)


def _in_code(text: str, span: Mapping[str, Any]) -> bool:
    return any(start <= span["start"] and span["end"] <= end for start, end in code_spans(text))


def _in_unfenced(text: str, span: Mapping[str, Any]) -> bool:
    """Whether the value is an operand in a line that looks like code."""
    operand = _OPERAND.search(text[max(0, span["start"] - _BEFORE) : span["start"]])
    return bool(operand) and any(start <= span["start"] and span["end"] <= end for start, end in unfenced_code(text))
