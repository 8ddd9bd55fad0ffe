"""A statement of a manual taken apart: its words beside its shape, and subjects that name what they are about."""

import re
from typing import Final

from tasks.generation.from_documents.templates.fill import lower
from tasks.generation.from_documents.templates.finders.reference.sentences import mask
from tasks.generation.from_documents.templates.finders.reference.wording import spoken

CODE: Final = r'"[^"]+"'
_NOUN: Final = (
    r"(?:statement|expression|clause|operator|function|method|keyword|module|class|attribute|exception|object|literal|type|"
    r"constructor|decorator|parameter|argument|option|command|conversion|pattern|block|field|flag|marker|specifier)s?"
)
SUBJECT: Final = (
    rf"(?:(?:The |A |An )?(?:[a-z-]+ ){{0,2}}{CODE}(?: \(_+\))?(?: and {CODE})?(?: (?:built-in |standard )?{_NOUN})?"
    rf"|(?:A|An) (?:[\w-]+ |\*[^*]+\* |{CODE} ){{0,3}}(?:[\w-]+|\*[^*]+\*)"
    r"|(?!(?:The|A|An|No|All|Any|Each|Every|Most|Many|Several|Two|Three|If|When|As|Note|For|Typical)\b)"
    r"(?:[A-Z][\w-]+|\*[A-Z][^*]+\*)(?: [\w-]+| \*[^*]+\*){0,3}s"
    rf"|The (?:[\w-]+ ){{1,3}}of (?:an? )?(?!the )(?:[\w-]+ ){{0,2}}(?:{CODE}|[\w-]+)(?: {_NOUN})?)(?: \([^)]*\))?"
)
"""Subjects that name what they are about: code, "A slicing", "Default parameter values", "The value of a string"."""
POINTS_BACK: Final = re.compile(
    r"\b(?:it|its|this|these|those|they|their|them|such|so|he|you|your|we|our|above|below|following|former|latter|same|other"
    r"|here|there|then|resulting|previous|also|given|corresponding|respective|said|always|never|that|which|who|if)\b",
    re.IGNORECASE,
)
DEFINITE: Final = re.compile(r"\bthe (?!same\b)(?:[\w-]+)", re.IGNORECASE)
FINITE: Final = re.compile(
    r"\b(?:is|are|was|were|has|have|does|do|can|cannot|may|must|occurs?|raises?|returns?|contains?|defines?|appears?|calls?"
    r"|uses?|provides?|matches|succeeds?|fails?|reaches|exists?|executes?|overrides?|inherits?|implements?|exits?|evaluates?"
    r"|wants?|begins?|starts?|ends?|follows?|declares?|takes?|needs?|specifies|consists?|gets?|falls?|compares?|yields?)\b"
)
"""Verbs that make a clause of words, as far as manuals use them after "if" and "when"."""
_LONGEST_SUBJECT: Final = 9


class Statement:
    """A sentence beside its masked form, character for character: quoted code and brackets are blanked in the mask."""

    def __init__(self, flat: str) -> None:
        self.flat = flat
        self.masked = mask(flat)

    def match(self, pattern: str) -> "Match | None":
        """`pattern` at the beginning of the masked form."""
        found = re.match(pattern, self.masked)
        return Match(self.flat, found) if found else None


class Match:
    """A match on the masked form that gives the real words."""

    def __init__(self, flat: str, found: re.Match[str]) -> None:
        self.flat, self.found = flat, found

    def __getitem__(self, group: str) -> str:
        return self.flat[self.found.start(group) : self.found.end(group)] if self.found[group] is not None else ""

    @property
    def rest(self) -> str:
        """What follows the match."""
        return self.flat[self.found.end() :]


def named(subject: str) -> str | None:
    """`subject` as the subject of a question; None if it points back or is too long. A bracketed aside is left out."""
    aside = re.search(r"\s*\([_\s]*\)$", mask(subject))
    plain = subject[: aside.start()] if aside else subject
    vague = POINTS_BACK.search(mask(plain)) or re.fullmatch(r"The [a-z-]+", plain)
    return None if vague or len(plain.split()) > _LONGEST_SUBJECT else lower(spoken(plain))


def is_plural(subject: str) -> bool:
    """Whether `subject` takes "are" and "do"."""
    head = re.split(r" (?:of|in|for|to|with|from) ", mask(subject))[0]
    return not re.match(r"an? ", head, re.IGNORECASE) and bool(re.search(r'[^s"]s$|" and "', head))


def points_back(text: str) -> bool:
    """Whether a word of `text` outside code means something said before."""
    return bool(POINTS_BACK.search(mask(text)))
