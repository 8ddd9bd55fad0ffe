"""presidio's own recognisers, asked one by one and without its language model: patterns need no parse.

Phone numbers are asked for stretch by stretch: no number reaches over a character that `phonenumbers` allows in none, so its
answer about a stretch is its answer about the text, and years, prices and versions are answered once for all texts.

Imported only when a text passed a prefilter, because presidio brings spaCy with it. E-mail domains are checked against the
list of top-level domains that comes with tldextract, never against the one it would fetch. FilterContext words before a match
raise its score as presidio's own enhancer does it, by word instead of by lemma.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
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

from tasks.filters.personal_data.prefilters import MIN_PHONE_DIGITS, PHONE_MARKS
from tasks.text.processes import map_texts

Phones = Mapping[str, list[tuple[int, int]]]
"""Start and end of each telephone number, by the stretch that holds it."""

_NO_PARSE: Final = NlpArtifacts([], Doc(Vocab()), [], [], None, "en")
_domains: Final = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
_FLAGS: Final = re.DOTALL | re.MULTILINE | re.IGNORECASE
"""What presidio's default registry gives every pattern."""
_CONTEXT_WORDS: Final = 5
_CONTEXT_BOOST: Final = 0.35
_CONTEXT_LEAST: Final = 0.4
"""The settings of presidio's LemmaContextAwareEnhancer."""
_LEAD: Final = r"[(\[\uff08\uff3b+\uff0b]"
_STRETCH: Final = re.compile(
    rf"(?:{_LEAD}{PHONE_MARKS}{{0,4}}){{0,2}}\d(?:\d|{PHONE_MARKS}"
    r"|[+\uff0b\t,;:=#\uff03\uff0e]"  # before and inside an extension
    r"|[aeinostxAEINOSTX\u0130\u0131\u017f\u0301\u00f3\u00d3\uff25\uff29\uff2e\uff34\uff38\uff45\uff49\uff4e\uff54\uff58]"
    r"|[\u0414\u041e\u0411\u0434\u043e\u0431])*"
)
"""Begins where `phonenumbers` lets a number begin, and goes on as long as anything may stand in one or in its extension."""
_AFTER: Final = 2
"""Characters behind the last digit that decide: the # of an extension, and what follows a number."""
_LATIN: Final = re.compile("[A-Za-z]")
"""Beside a number one letter decides as much as another; so "1998 a" is answered for "1998 w" too."""

_WORTH_A_PROCESS: Final = 16_000
"""Stretches: about five seconds of work, and a process needs two to begin."""


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


def recognised(text: str, entity: str, phones: Phones) -> list[tuple[int, int, float]]:
    """Start, end and score of each `entity` in `text`, by place; `phones` has what `phones_in` says of texts with this one."""
    recogniser = _recogniser(entity)
    if entity == "PHONE_NUMBER":
        positions = {(at + first, at + last) for at, stretch in _stretches(text) for first, last in phones[stretch]}
        found = [RecognizerResult(entity, first, last, PhoneRecognizer.SCORE) for first, last in sorted(positions)]
    else:
        found = recogniser.analyze(text, [entity], _NO_PARSE)
    found = EntityRecognizer.remove_duplicates(found)
    return sorted((f.start, f.end, _in_context(text, f, recogniser.context)) for f in found)


def phones_in(texts: Iterable[str], workers: int) -> Phones:
    """The places of telephone numbers in each different stretch of digits in `texts`, found by `workers` processes where there
    are many."""
    stretches = list({stretch: None for text in texts for _, stretch in _stretches(text)})
    said = map_texts(read_phones, stretches, min(workers - 1, len(stretches) // _WORTH_A_PROCESS))
    return dict(zip(stretches, said, strict=True))


def read_phones(stretches: list[str]) -> list[list[tuple[int, int]]]:
    """Start and end of each telephone number in each stretch."""
    analyse = _recogniser("PHONE_NUMBER").analyze
    return [[(f.start, f.end) for f in analyse(stretch, ["PHONE_NUMBER"], _NO_PARSE)] for stretch in stretches]


def _stretches(text: str) -> Iterator[tuple[int, str]]:
    """The stretches that may be a telephone number, with what stands beside them, and where they begin."""
    for stretch in _STRETCH.finditer(text):
        digits = [at for at, sign in enumerate(stretch.group()) if sign.isdecimal()]
        if len(digits) >= MIN_PHONE_DIGITS:
            begin, last_digit = max(0, stretch.start() - 1), stretch.start() + digits[-1] + 1
            before = _LATIN.sub("a", text[begin : stretch.start()])
            after = _LATIN.sub("a", text[last_digit : last_digit + _AFTER])
            yield begin, f"{before}{text[stretch.start() : last_digit]}{after}"


def _in_context(text: str, found: Any, context: list[str]) -> float:
    before = re.findall(r"\w+", text[max(0, found.start - 100) : found.start].lower())[-_CONTEXT_WORDS:]
    if any(hint.strip() in word for hint in context for word in before):
        return float(min(max(found.score + _CONTEXT_BOOST, _CONTEXT_LEAST), 1.0))
    return float(found.score)
