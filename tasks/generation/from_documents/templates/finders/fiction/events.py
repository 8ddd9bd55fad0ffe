"""What happens and what is felt, as the narrator tells it: when, why, who, and about what."""

import re
from collections.abc import Iterator
from typing import Final

from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders.fiction.book import Book
from tasks.generation.from_documents.templates.finders.fiction.cast import Cast
from tasks.generation.from_documents.templates.finders.fiction.marking import anchored, told
from tasks.generation.from_documents.templates.finders.fiction.vocabulary import IRREGULAR, MINDED, MOVED, THOUGHT
from tasks.generation.from_documents.templates.finders.fiction.words import Lexicon, listed, unresolved

_PAST: Final = rf"(?:was|were|had|could|did|[a-z]{{3,}}ed|{'|'.join(IRREGULAR)})"
_WHEN: Final = re.compile(
    r"\A(?P<clause>(?:When|As soon as|After|Before|On|Upon)\s+(?!\w+ing\b)[^,;:.!?\"“]{12,110}?),\s"
)
_FINITE: Final = re.compile(rf"\b{_PAST}\b|\A\w+ \w+ing\b")
_WHY: Final = re.compile(
    r"(?:[,;:]|--)\s*(?:for|because|since|as)\s+(?!(?:to|it\s+were|if|well|soon|much|long|a|an|the\s+first|far|some|many)\b)"
)
_POINTS_OUT: Final = re.compile(r"\b(?:this|these|those|it|its|he|she|they|him|them)\b")
_NEAR: Final = 45
"""Characters in which the object of a feeling stands."""
_CLAUSE_END: Final = re.compile(
    rf",? (?:but|while|though|and (?:he|she|they|it|[A-Z]\w+ {_PAST}))\b|--|, (?:for|and|as|when|who|which|whose) |"
    rf",? (?:[A-Z][a-z]+\.? )+{_PAST}\b"
)
_VAGUE: Final = re.compile(
    r"\b(?:this|these|those|such|it|them|they|her|him|herself|himself|latter|former|others?|so|time|same|matter|subject|"
    r"occasion|moment)\b"
)
_MORE: Final = 8
"""Words that an answer has beyond the name: less would only repeat the question."""
_MOODS: Final = "|".join([*MOVED, *(mood for moods in MINDED.values() for mood in moods)])
_MOOD: Final = re.compile(
    r"\A(?:could not (?:but|help)|was|were|became|grew|felt)(?: (?:so|very|much|too|quite|rather|at first|\w+ly|a little)){0,3}? "
    rf"(?P<mood>{_MOODS})(?:, however,)? (?=(?P<behind>at|by|with|to be|to|that|of|when|on|in|lest|about)\b)"
)
_MIND: Final = re.compile(rf"\A(?:(?:soon|now|then|really|instantly) )?(?P<verb>{'|'.join(THOUGHT)}) (?:that|how|to)\b")


def moments(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`moment`: what happened when, after or as soon as something did (slot `clause`, conjunction included)."""
    for here in told(book):
        when = _WHEN.match(here.text)
        if not when or not 16 <= here.words <= 90:
            continue
        clause = when["clause"]
        if cast.named(clause) and _FINITE.search(clause) and not (_VAGUE.search(clause) or unresolved(clause, cast)):
            asked = clause[0].lower() + clause[1:]
            yield anchored("moment", here.paragraph, here.answer, clause=asked, where=here.paragraph.where)


def causes(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`cause`: why somebody was or could do something (slot `fact`); the narrator's own "for" or "because" answers."""
    fact = re.compile(rf"\A(?P<name>{cast.person})\s+(?P<verb>was|were|could)\s+(?P<rest>[^.;:!?]{{8,120}}?)\Z")
    for here in told(book):
        why = _WHY.search(here.text)
        claim = fact.match(here.text[: why.start()]) if why else None
        if claim and 14 <= here.words <= 90 and not _POINTS_OUT.search(claim["rest"]):
            asked = f"{claim['verb']} {claim['name']} {claim['rest']}"
            yield anchored("cause", here.paragraph, here.span, fact=asked, where=here.paragraph.where)


def deeds(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`deed`: a sentence about a named character without the name (slot `deed`): who was it?"""
    subject = re.compile(rf"\A{cast.person}\s+(?P<deed>{_PAST}\s+(?:M(?:rs?|essrs)\.|Dr\.|[^;:.!?\"“])+)")
    for here in told(book):
        who = subject.match(here.text)
        deed = _CLAUSE_END.split(who["deed"].rstrip())[0].rstrip(" ,-") if who else ""
        told_more = len(here.paragraph.page.text[slice(*here.answer)].split()) - len(deed.split())
        vague = _VAGUE.search(deed) or unresolved(here.text, cast)
        if 9 <= len(deed.split()) <= 30 and here.words <= 90 and told_more >= _MORE and not vague:
            yield anchored("deed", here.paragraph, here.answer, deed=deed, where=here.paragraph.where)


def feelings(book: Book, cast: Cast, lexicon: Lexicon) -> Iterator[Anchor]:
    """`feeling`: what moved or occupied a character: slot `question`, "what surprised Elizabeth", and `hint`, about what."""
    subject = re.compile(rf"\A(?P<name>{cast.person})(?:,[^,;.]{{3,80}},)?\s+")
    for here in told(book):
        who = subject.match(here.text)
        question = _asked(who["name"], here.text[who.end() :]) if who and 14 <= here.words <= 90 else ""
        if not who or not question or unresolved(here.text, cast) or _POINTS_OUT.search(here.text[who.end() :][:_NEAR]):
            continue
        others = [n for n in cast.named(here.text[who.end() :]) if n not in who["name"] and who["name"] not in n]
        hint = listed(others[:1] or lexicon.topics(here.text, 1))
        if hint:
            yield anchored(
                "feeling", here.paragraph, here.answer, question=question, hint=hint, where=here.paragraph.where
            )


def _asked(name: str, rest: str) -> str:
    """The question to which the sentence "`name` `rest`" is the answer; empty if there is none."""
    if mind := _MIND.match(rest):
        return f"what did {name} {THOUGHT[mind['verb']]}"
    mood = _MOOD.match(rest)
    if mood is None:
        return ""
    if mood["mood"] in MOVED:
        return f"what {mood['mood']} {name}"
    if mood["behind"].startswith("to"):
        return "" if mood["behind"] == "to be" else f"what was {name} {mood['mood']} to do"
    return next(f"what was {name} {mood['mood']} {behind}" for behind, moods in MINDED.items() if mood["mood"] in moods)
