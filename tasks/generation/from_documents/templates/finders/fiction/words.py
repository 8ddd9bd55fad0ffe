"""What a passage is about, and whether it can stand by itself: noun phrases without a parser, pronouns without a resolver.

A word counts as a noun if the book uses it after an article, with a function word or a stop behind it, often enough.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from tasks.generation.from_documents.templates.finders.fiction.book import Book, plain
from tasks.generation.from_documents.templates.finders.fiction.cast import Cast
from tasks.generation.from_documents.templates.finders.fiction.vocabulary import ABSTRACT, DULL, NO_TOPICS

_BEHIND: Final = (
    r"(?=[,.;:!?)\"”]|--|\s+(?:of|to|in|and|which|who|that|was|is|had|were|with|for|by|at|on|from|as|or|but|than|could|"
    r"would)\b)"
)
_NOUN: Final = re.compile(rf"\b(?:the|a|an|his|her|my|your|their|our|every|no) ([a-z]{{4,}})(?P<ends>{_BEHIND})?")
_PHRASE: Final = re.compile(
    rf"\b(the|a|an) ((?:[a-z]+ )?[a-z]{{4,}})(?P<of> of (?:the )?[a-z]{{4,}}| of [A-Z][a-z]+)?{_BEHIND}"
)
_THEME: Final = re.compile(
    rf"(?:(?P<before>[\w,;.!?\"“(-]+) |^)(?P<theme>{'|'.join(ABSTRACT)}|[a-z]{{3,}}(?:ness|ity|tude|iety|acy))\b"
)
_FIRST: Final = re.compile(r"(?:^|(?<=[.!?] ))[A-Z]")
_NO_NOUN_BEHIND: Final = frozenset(
    """I you we they he she to not shall will would must do did can could should may might dearly never who cannot don't a an
    the this that every each another my""".split()  # noqa: SIM905
)
"""After these, "love" is a verb, "kindness" needs its article, and "my honour" is an oath."""
_NO_ADJECTIVE: Final = frozenset(
    """more most very same other whole least only too so of in to and or next last first greater""".split()  # noqa: SIM905
)
_HE: Final = re.compile(r"\b(?:he|him|his|himself)\b", re.I)
_SHE: Final = re.compile(r"\b(?:she|her|hers|herself)\b", re.I)
_THEY: Final = re.compile(r"\b(?:they|them|their|theirs|themselves)\b", re.I)
_ANYBODY: Final = "cousin|person|friend|servant|everybody|nobody|anybody|one|each|relation"
_A_MAN: Final = re.compile(
    rf"\b(?:man|gentleman|father|brother|uncle|husband|nephew|son|boy|clergyman|officer|son-in-law|papa|master|lover|sir|"
    rf"fellow|{_ANYBODY})\b",
    re.I,
)
_A_WOMAN: Final = re.compile(
    rf"\b(?:woman|lady|mother|sister|aunt|wife|niece|daughter|girl|housekeeper|mamma|mama|madam|mistress|ladyship|{_ANYBODY})\b",
    re.I,
)
_MANY: Final = re.compile(
    r"\b(?:men|women|gentlemen|people|parents|family|party|children|both|all|two|three|everybody|nobody|couple|[a-z]{3,}s|"
    r"Mr\. and Mrs)\b"
)
_DANGLING: Final = re.compile(
    r"^[\"“‘'_]*(?:(?:And|But|So|Or|Nor|Yet|For|Then|Well|Oh|Yes|No|Nay|Indeed|Why)\b[,!]?\s+)*"
    r"(?:It|This|That|These|Those|Such|He|She|They|Him|Her|His|Their|Them|Thus|Here|There,|Both|Neither|Another|The latter|"
    r"The former|The other|The others|(?:With|At|In|On|To|After|Upon|By|From) (?:this|that|these|those|such|which))\b"
)
_TO_WHOM: Final = re.compile(r"^(?:[A-Z][\w-]*\.? )+[a-z]+ (?:her|him|them|it)\b(?! own)")
"""Begins "Elizabeth told her": the first pronoun is somebody else."""


@dataclass(frozen=True)
class Lexicon:
    """The nouns of one book and how rare they are."""

    counts: Counter[str]
    nouns: frozenset[str]

    def topics(self, text: str, most: int) -> list[str]:
        """Up to `most` topics, each noun once: abstract nouns first ("pride"), then noun phrases ("the entail")."""
        chosen: dict[str, str] = {}
        for topic in [*self._themes(text, most), *self._phrases(text, most)]:
            chosen.setdefault(topic.split()[-1], topic)
        return list(chosen.values())[:most]

    def _themes(self, text: str, most: int) -> list[str]:
        """Nouns that need no article, the rarest, in the order of the text."""
        lowered = _FIRST.sub(lambda first: first[0].lower(), plain(text))
        found = dict.fromkeys(
            match["theme"]
            for match in _THEME.finditer(lowered)
            if match["theme"] not in NO_TOPICS and not _NO_NOUN_BEHIND.intersection({match["before"] or ""})
        )
        rare = sorted(found, key=lambda w: (self.counts[w], w))[:most]
        return [w for w in found if w in rare]

    def _phrases(self, text: str, most: int) -> list[str]:
        """Noun phrases that a question can name out of the blue: "a distant relation", "the advantages of the match", not "the
        rapidity". The rarest, in the order of the text."""
        seen: dict[str, tuple[int, str]] = {}
        for match in _PHRASE.finditer(plain(text)):
            *before, noun = match[2].split()
            if noun not in self.nouns or noun in DULL or noun in seen or (before and before[0] in _NO_ADJECTIVE):
                continue
            behind = match["of"] or ""
            if behind[-1:].islower() and (
                behind.endswith("ing") or behind.split()[-1] not in self.nouns - frozenset(DULL)
            ):
                behind = ""
            if behind or (before and match[1] != "the"):
                seen[noun] = (match.start(), f"{match[1]} {match[2]}{behind}")
        rare = sorted(seen, key=lambda w: (self.counts[w], w))[:most]
        return [seen[w][1] for w in sorted(rare, key=lambda w: seen[w][0])]


def lexicon_of(book: Book) -> Lexicon:
    """Nouns: seen at least twice at the end of a noun phrase, and mostly there when behind an article."""
    counts = Counter(re.findall(r"[a-z]+", book.text))
    behind_article, at_the_end = Counter[str](), Counter[str]()
    for match in _NOUN.finditer(book.text):
        behind_article[match[1]] += 1
        at_the_end[match[1]] += match["ends"] is not None
    nouns = {
        w for w, n in at_the_end.items() if n >= 2 and n * 5 >= behind_article[w] * 3 and w[-2:] not in ("ly", "st")
    }
    return Lexicon(counts, frozenset(nouns))


def dangles(text: str, cast: Cast) -> bool:
    """Begins with a word that points outside, or says he, she or they before anybody of that sex or number is named."""
    clean = plain(text)
    return bool(_DANGLING.match(clean) or _TO_WHOM.match(clean)) or unresolved(clean, cast)


def unresolved(clean: str, cast: Cast) -> bool:
    """Says he, she or they before anybody whom that could mean."""
    for pronoun, noun, women in ((_HE, _A_MAN, False), (_SHE, _A_WOMAN, True)):
        if said := pronoun.search(clean):
            before = clean[: said.start()]
            if not noun.search(before) and not any((n in cast.women) is women for n in cast.people_in(before)):
                return True
    they = _THEY.search(clean)
    return (
        they is not None and not _MANY.search(clean[: they.start()]) and len(cast.people_in(clean[: they.start()])) < 2
    )


def listed(items: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
