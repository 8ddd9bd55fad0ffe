"""E-mail addresses that are written to be hidden from machines: "jane dot doe at host dot org", "jane (at) host.org"."""

import re
from collections.abc import Iterator
from typing import Final

_AT: Final = r"(?:\s*[\[({<]\s*(?:at|@|arroba|ät)\s*[\])}>]\s*|\s+at\s+|@)"
_DOT: Final = r"(?:\s*[\[({<]\s*(?:dot|\.|punkt|punto|point|ponto)\s*[\])}>]\s*|\s+dot\s+|\.)"
_ADDRESS: Final = re.compile(
    rf"(?<![\w.@-])(?P<name>[\w+-]+(?:{_DOT}[\w+-]+){{0,3}})(?P<at>{_AT})"
    rf"(?P<host>[\w-]+(?:{_DOT}[\w-]+){{0,3}})(?![\w@])",
    re.IGNORECASE,
)
PREFILTER: Final = (
    r"(?i:[\[({<]\s*(?:at|@|arroba|ät)\s*[\])}>])|(?i:@\S+\s+dot\s|@\S+\s*[\[({<])"
    r"|(?i:\sat\s+[\w-]+(?:\s+dot\s|\s*[\[({<]|\.[a-z]))"
)
"""Stands in every text that holds such an address; for RE2."""
_MAIL: Final = re.compile(
    r"(?i)\be?-?mails?\b|\bmail|\bwrite to\b|\bcontact|\breach|\baddress|\bline to\b|\binbox|gmail|hotmail|outlook|"
    r"yahoo"
)
_NO_NAMES: Final = frozenset(
    "us me him her them it you look up out is are was be available online found here there more now today site shop visit".split()  # noqa: SIM905
)
_BARE: Final = re.compile(r"\s+at\s+", re.IGNORECASE)
_WRITTEN: Final = re.compile(r"[\[({<]\s*(?:dot|\.|punkt|punto|point|ponto)\s*[\])}>]|\sdot\s", re.IGNORECASE)
_AROUND: Final = 60


def written_out(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each address in `text` that is written out in words.

    A bare "at" joins an address only if the host is written out too ("at host dot org") and the name is none of a sentence's words,
    or mail is spoken of nearby.
    """
    for found in _ADDRESS.finditer(text):
        host, name = found["host"], found["name"]
        hidden = bool(_WRITTEN.search(host) or _WRITTEN.search(name))
        tops = re.split(_DOT, host, flags=re.IGNORECASE)
        if len(tops) < 2 or not re.fullmatch(r"[A-Za-z]{2,12}", tops[-1]) or not (hidden or found["at"] != "@"):
            continue
        if _BARE.fullmatch(found["at"]):
            about = _MAIL.search(text, max(0, found.start() - _AROUND), found.end() + _AROUND)
            named = bool(re.search(r"[._+\d-]|\sdot\s", name, re.IGNORECASE)) and hidden
            if name.casefold() in _NO_NAMES or not (about or named):
                continue
        yield found.span()


def plain(address: str) -> str:
    """The address as mail programs write it."""
    return re.sub(_DOT, ".", re.sub(_AT, "@", address, count=1, flags=re.IGNORECASE), flags=re.IGNORECASE)
