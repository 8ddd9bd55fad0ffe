"""presidio's own recognisers, asked one by one and without its language model: patterns need no parse.

Phone numbers are asked for stretch by stretch: no number reaches over a character that `phonenumbers` allows in none, so its
answer about a stretch is its answer about the text, and a date or a price is answered once for all texts that a process reads.

Imported only when a text passed a prefilter, because presidio brings spaCy with it. E-mail domains are checked against the
list of top-level domains that comes with tldextract, never against the one it would fetch. FilterContext words before a match
raise its score as presidio's own enhancer does it, by word instead of by lemma.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, Final

import tldextract
from presidio_analyzer import EntityRecognizer, PatternRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    CryptoRecognizer,
    DateRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    MacAddressRecognizer,
    MedicalLicenseRecognizer,
    NhsRecognizer,
    PhoneRecognizer,
    UrlRecognizer,
    UsBankRecognizer,
    UsItinRecognizer,
    UsLicenseRecognizer,
    UsPassportRecognizer,
    UsSsnRecognizer,
    UuidRecognizer,
)
from spacy.tokens import Doc
from spacy.vocab import Vocab

from tasks.filters.personal_data.prefilters import PHONE_GAP, PHONE_MARKS

_NO_PARSE: Final = NlpArtifacts([], Doc(Vocab()), [], [], None, "en")
_domains: Final = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
_FLAGS: Final = re.DOTALL | re.MULTILINE | re.IGNORECASE
"""What presidio's default registry gives every pattern."""
_CONTEXT_WORDS: Final = 5
_CONTEXT_BOOST: Final = 0.35
_CONTEXT_LEAST: Final = 0.4
"""The settings of presidio's LemmaContextAwareEnhancer."""
_LEAD: Final = r"[(\[\uff08\uff3b+\uff0b]"
_STRETCH: Final = re.compile(rf"(?:{_LEAD}{PHONE_MARKS}{{0,4}}){{0,2}}\d(?:\d|{PHONE_GAP})*")
"""Begins where `phonenumbers` lets a number begin, and goes on as long as anything may stand in one or in its extension."""
_AFTER: Final = 2
"""Characters behind the last digit that decide: the # of an extension, and what follows a number."""
_LATIN: Final = re.compile("[A-Za-z]")
"""Beside a number one letter decides as much as another; so "1998 a" is answered for "1998 w" too."""
_REMEMBERED: Final = 1 << 16
"""Stretches whose answers are kept, some 15 MB; a million rows have fewer."""


class _Email(EmailRecognizer):
    def validate_result(self, pattern_text: str) -> bool:
        return bool(_domains(pattern_text).fqdn)


@cache
def _recogniser(entity: str) -> EntityRecognizer:
    kinds = {
        "EMAIL_ADDRESS": _Email,
        "CRYPTO": CryptoRecognizer,
        "DATE_TIME": DateRecognizer,
        "MAC_ADDRESS": MacAddressRecognizer,
        "MEDICAL_LICENSE": MedicalLicenseRecognizer,
        "PHONE_NUMBER": PhoneRecognizer,
        "UK_NHS": NhsRecognizer,
        "URL": UrlRecognizer,
        "US_BANK_NUMBER": UsBankRecognizer,
        "US_DRIVER_LICENSE": UsLicenseRecognizer,
        "US_ITIN": UsItinRecognizer,
        "US_PASSPORT": UsPassportRecognizer,
        "UUID": UuidRecognizer,
        "CREDIT_CARD": CreditCardRecognizer,
        "IBAN_CODE": IbanRecognizer,
        "US_SSN": UsSsnRecognizer,
        "IP_ADDRESS": IpRecognizer,
    }
    recogniser: EntityRecognizer = kinds[entity]()
    if isinstance(recogniser, PatternRecognizer):
        recogniser.global_regex_flags = _FLAGS
    return recogniser


def recognised(text: str, entity: str, phone_digits: int) -> list[tuple[int, int, float]]:
    """Start, end and score of each `entity` in `text`, by place; stretches with fewer than `phone_digits` digits are not
    searched for telephone numbers."""
    recogniser = _recogniser(entity)
    if entity == "PHONE_NUMBER":
        positions = {
            (at + first, at + last)
            for at, stretch in _stretches(text, phone_digits)
            for first, last in _phones(stretch)
        }
        found = [RecognizerResult(entity, first, last, PhoneRecognizer.SCORE) for first, last in sorted(positions)]
    else:
        found = recogniser.analyze(text, [entity], _NO_PARSE)
    found = EntityRecognizer.remove_duplicates(found)
    return sorted((f.start, f.end, _in_context(text, f, recogniser.context)) for f in found)


@lru_cache(_REMEMBERED)
def _phones(stretch: str) -> tuple[tuple[int, int], ...]:
    """Start and end of each telephone number in a stretch."""
    found = _recogniser("PHONE_NUMBER").analyze(stretch, ["PHONE_NUMBER"], _NO_PARSE)
    return tuple((number.start, number.end) for number in found)


def _stretches(text: str, phone_digits: int) -> Iterator[tuple[int, str]]:
    """The stretches that may be a telephone number, with what stands beside them, and where they begin."""
    for stretch in _STRETCH.finditer(text):
        digits = [at for at, sign in enumerate(stretch.group()) if sign.isdecimal()]
        if len(digits) >= phone_digits:
            begin, last_digit = max(0, stretch.start() - 1), stretch.start() + digits[-1] + 1
            before = _LATIN.sub("a", text[begin : stretch.start()])
            after = _LATIN.sub("a", text[last_digit : last_digit + _AFTER])
            yield begin, f"{before}{text[stretch.start() : last_digit]}{after}"


def _in_context(text: str, found: Any, context: list[str]) -> float:
    before = re.findall(r"\w+", text[max(0, found.start - 100) : found.start].lower())[-_CONTEXT_WORDS:]
    if any(hint.strip() in word for hint in context for word in before):
        return float(min(max(found.score + _CONTEXT_BOOST, _CONTEXT_LEAST), 1.0))
    return float(found.score)
