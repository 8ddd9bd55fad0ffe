"""What a passage is about, and whether it can stand by itself: noun phrases without a parser, pronouns without a resolver.

A word counts as a noun if the book uses it after an article, with a function word or a stop behind it, often enough.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from tasks.seeds.finders.fiction.book import Book, plain
from tasks.seeds.finders.fiction.cast import Cast

_ARTICLE: Final = r"\b(the|a|an|his|her|my|your|their|our|its|this|that|no|any|every|some|such|of|in|with|for)"
_BEHIND: Final = r"(?=[,.;:!?)\"”]|--|\s+(?:of|to|in|and|which|who|that|was|is|had|were|with|for|by|at|on|from|as|or|but|than|could|would)\b)"
_NOUN: Final = re.compile(rf"{_ARTICLE} ([a-z]{{4,}}){_BEHIND}")
_PHRASE: Final = re.compile(rf"\b(the|a|an) ((?:[a-z]+ )?[a-z]{{4,}}){_BEHIND}")
_DULL: Final = frozenset(
    "same other others former latter first last least most more less rest next whole little great thing things something "
    "nothing anything everything which what whom whose them they himself herself themselves itself yourself present best "
    "worst subject manner moment time times point sort kind part case word words answer reply day days morning evening "
    "night hour hours minute minutes week year years half number side hand hands head face eyes way place means matter "
    "good long very such much many till then there here this that these those with from have been were being will shall "
    "would could should must might doubt fact mind heart idea degree sake want general particular contrary course mean "
    "time once only even ever never always often rather quite almost instant while world speech question subject man "
    "woman lady gentleman person people girl father mother sister sisters daughter daughters brother wife husband aunt "
    "uncle cousin niece friend friends companion party family young ladies gentlemen truth opinion favour effect end "
    "rest use reason cause thought conversation deal look tone voice smile".split()
)
_THIRD: Final = re.compile(r"\b(?:he|she|him|her|his|hers|they|them|their|theirs|himself|herself|themselves)\b", re.I)
_SOMEONE: Final = re.compile(
    r"\b(?:an?|every|no|any|my|our|one|two|three|young|single|the|all|your) (?:[a-z-]+ ){0,2}(?:man|woman|lady|gentleman|girl|girls|men|"
    r"women|ladies|gentlemen|person|people|sister|sisters|mother|father|brother|cousin|aunt|uncle|daughter|daughters|husband|wife|"
    r"friend|family|servant|housekeeper|clergyman|officer|officers|party|creature|body)\b|\b(?:everybody|nobody|somebody|people|"
    r"everyone|anyone|each|one|both)\b",
    re.I,
)
_DANGLING: Final = re.compile(
    r"^[\"“‘'_]*(?:(?:And|But|So|Or|Nor|Yet|For|Then|Well|Oh|Yes|No|Nay|Indeed|Why)\b[,!]?\s+)*"
    r"(?:It|This|That|These|Those|Such|He|She|They|Him|Her|His|Their|Them|Thus|Here|There,|Both|Neither|Another|The latter|The former|"
    r"The other|The others|With this|At this|In this|On this|To this|After this|Upon this|By this|From this)\b"
)


@dataclass(frozen=True)
class Lexicon:
    """The nouns of one book and how rare they are."""

    counts: Counter[str]
    nouns: frozenset[str]

    def phrases(self, text: str, most: int) -> list[str]:
        """Up to `most` noun phrases of `text` with their article, the rarest in the book, in the order of the text."""
        seen: dict[str, tuple[int, str]] = {}
        clean = plain(text)
        for match in _PHRASE.finditer(clean):
            words = match[2].split()
            if words[-1] not in self.nouns or words[-1] in _DULL or words[-1] in seen:
                continue
            if len(words) == 2 and not _modifies(words[0]):
                continue
            seen[words[-1]] = (match.start(), f"{match[1]} {match[2]}")
        rare = sorted(seen, key=lambda w: (self.counts[w], w))[:most]
        return [seen[w][1] for w in sorted(rare, key=lambda w: seen[w][0])]


_NOT_BEFORE_A_NOUN: Final = frozenset("more most very same other whole least only too so of in to and or next last first".split())


def _modifies(word: str) -> bool:
    return word not in _NOT_BEFORE_A_NOUN


def lexicon_of(book: Book) -> Lexicon:
    """Nouns seen at least twice after an article or preposition."""
    text = book.text
    counts = Counter(re.findall(r"[a-z]+", text))
    seen = Counter(m[2] for m in _NOUN.finditer(text) if m[1] in {"the", "a", "an", "his", "her", "my", "your", "their", "our", "every", "no"})
    nouns = {w for w, n in seen.items() if n >= 2 and n * 8 >= counts[w] and not w.endswith(("ly", "est"))}
    return Lexicon(counts, frozenset(nouns))


def dangles(text: str, cast: Cast) -> bool:
    """Begins with a word that points outside, or says he, she or they before it has named anybody."""
    clean = plain(text)
    if _DANGLING.match(clean):
        return True
    pronoun = _THIRD.search(clean)
    if pronoun is None:
        return False
    before = clean[: pronoun.start()]
    return not cast.people_in(before) and not _SOMEONE.search(before)


def listed(items: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
