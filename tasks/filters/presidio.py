"""presidio's own recognisers, asked one by one and without its language model: patterns need no parse.

Imported only when a text passed a prefilter, because presidio brings spaCy with it. E-mail domains are checked against the
list of top-level domains that comes with tldextract, never against the one it would fetch. Context words before a match
raise its score as presidio's own enhancer does it, by word instead of by lemma.
"""

import re
from functools import cache
from typing import Any, Final

import tldextract
from presidio_analyzer import EntityRecognizer
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
    UsSsnRecognizer,
)
from spacy.tokens import Doc
from spacy.vocab import Vocab

from tasks.filters.pii import MIN_PHONE_DIGITS

_NO_PARSE: Final = NlpArtifacts([], Doc(Vocab()), [], [], None, "en")
_domains: Final = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
_CONTEXT_WORDS: Final = 5
_CONTEXT_BOOST: Final = 0.35
_CONTEXT_LEAST: Final = 0.4
"""The settings of presidio's LemmaContextAwareEnhancer."""
_BASE_NUMBER: Final = re.compile(r"[^\W\d_]{2,}|[#;,]")
"""Where the extension of a phone number begins."""


class _Email(EmailRecognizer):
    def validate_result(self, pattern_text: str) -> bool:
        return bool(_domains(pattern_text).fqdn)


@cache
def _recogniser(entity: str) -> EntityRecognizer:
    kinds = {
        "EMAIL_ADDRESS": _Email,
        "PHONE_NUMBER": PhoneRecognizer,
        "CREDIT_CARD": CreditCardRecognizer,
        "IBAN_CODE": IbanRecognizer,
        "US_SSN": UsSsnRecognizer,
        "IP_ADDRESS": IpRecognizer,
    }
    recogniser: EntityRecognizer = kinds[entity]()
    return recogniser


def recognised(text: str, entity: str) -> list[tuple[int, int, float]]:
    """Start, end and score of each `entity` in `text`, by place; phone numbers of fewer than seven digits are left out."""
    recogniser = _recogniser(entity)
    found = EntityRecognizer.remove_duplicates(recogniser.analyze(text, [entity], _NO_PARSE))
    spans = [(f.start, f.end, _in_context(text, f, recogniser.context)) for f in found]
    if entity == "PHONE_NUMBER":
        spans = [span for span in spans if _digits(text[span[0] : span[1]]) >= MIN_PHONE_DIGITS]
    return sorted(spans)


def _in_context(text: str, found: Any, context: list[str]) -> float:
    before = re.findall(r"\w+", text[max(0, found.start - 100) : found.start].lower())[-_CONTEXT_WORDS:]
    if any(hint.strip() in word for hint in context for word in before):
        return float(min(max(found.score + _CONTEXT_BOOST, _CONTEXT_LEAST), 1.0))
    return float(found.score)


def _digits(number: str) -> int:
    return sum(sign.isdigit() for sign in _BASE_NUMBER.split(number, 1)[0])
