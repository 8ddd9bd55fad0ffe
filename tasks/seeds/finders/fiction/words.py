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
_PHRASE: Final = re.compile(
    rf"\b(the|a|an) ((?:[a-z]+ )?[a-z]{{4,}})(?P<of> of (?:the )?[a-z]{{4,}}| of [A-Z][a-z]+)?{_BEHIND}"
)
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
    "rest use reason cause thought conversation deal look tone voice smile chief perverseness mischance scene tall large small fine former view body note".split()
)
_HE: Final = re.compile(r"\b(?:he|him|his|himself)\b", re.I)
_SHE: Final = re.compile(r"\b(?:she|her|hers|herself)\b", re.I)
_THEY: Final = re.compile(r"\b(?:they|them|their|theirs|themselves)\b", re.I)
_A_MAN: Final = re.compile(
    r"\b(?:man|gentleman|father|brother|uncle|cousin|husband|nephew|son|boy|clergyman|officer|son-in-law|papa|person|friend|servant|"
    r"everybody|nobody|anybody|one|each|master|lover|relation|sir|fellow)\b", re.I
)  # fmt: skip
_A_WOMAN: Final = re.compile(
    r"\b(?:woman|lady|mother|sister|aunt|cousin|wife|niece|daughter|girl|housekeeper|mamma|mama|madam|person|friend|servant|"
    r"everybody|nobody|anybody|one|each|mistress|ladyship|relation)\b", re.I
)  # fmt: skip
_MANY: Final = re.compile(
    r"\b(?:men|women|ladies|gentlemen|people|persons|parents|sisters|brothers|daughters|sons|girls|boys|friends|family|party|"
    r"officers|servants|children|both|all|two|three|nieces|cousins|others|everybody|nobody|couple|[a-z]{3,}s|Mr\. and Mrs)\b"
)
_DANGLING: Final = re.compile(
    r"^[\"“‘'_]*(?:(?:And|But|So|Or|Nor|Yet|For|Then|Well|Oh|Yes|No|Nay|Indeed|Why)\b[,!]?\s+)*"
    r"(?:It|This|That|These|Those|Such|He|She|They|Him|Her|His|Their|Them|Thus|Here|There,|Both|Neither|Another|The latter|The former|"
    r"The other|The others|With this|At this|In this|On this|To this|After this|Upon this|By this|From this)\b"
)


_ABSTRACT: Final = re.compile(
    r"(?P<before>[\w,;.\"“(-]+) (?P<theme>[a-z]{3,}(?:ness|ity|tude|iety|acy)|(?:friend|court|hard)ship|"
    r"(?:resent|content|amuse|astonish|excite|enjoy|judg|punish|disappoint|encourage|amaze|refine|embarrass)ment|"
    r"(?:hon|val|ard|cand|splend|vig|rig)our|"
    r"(?:impertin|pati|indiffer|confid|prud|insol|innoc|benevol|abhorr|diffid|indulg|experi|influ|obedi|eloqu|intellig|independ|"
    r"prefer|correspond|resist|repent|ignor|eleg|arrog|extravag|persever|forbear|remembr|repugn|reluct)(?:ence|ance)|"
    r"(?:affec|ambi|educa|imagina|admira|inclina|reputa|conversa|resolu|discre|temp?ta|perfec|ele[vg]a|civiliza)tion|"
    r"pride|vanity|love|marriage|money|fortune|wealth|beauty|dancing|music|poetry|reserve|wit|folly|virtue|vice|prejudice|taste|"
    r"conceit|reading|matrimony|inheritance|jealousy|envy|grief|anger|courage|disgrace|books|accomplishments|nerves|balls|"
    r"officers|elopement|religion|faith|death|travelling|novels|rank|poverty|flattery|secrecy|temper|justice|mercy|sympathy|"
    r"economy|melancholy|cowardice|conscience|regret|shame|despair|happiness|misery|comfort|luxury)\b"
)
_VERBAL: Final = frozenset(
    "I you we they he she to not shall will would must do did can could should may might dearly never who cannot don't a an "
    "the this that every each another".split()
)
_NOT_A_TOPIC: Final = frozenset(
    "witness business city vicinity necessity opportunity possibility probability quantity majority community entity security "
    "quality pity capacity opacity acquaintance variety anxiety society nobility university eternity facility ability "
    "deity equality likelihood latitude identity inequality multitude attitude altitude magnitude".split()
)


_SPECIFIC: Final = 30
"""A noun used more often than this in a novel says too little alone: "the room", "a letter"."""


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
            extended = match["of"] or ""
            if extended[-1:].islower() and extended.split()[-1] not in self.nouns:
                extended = ""
            if match[2].endswith("s") or len(words) == 2 or extended or self.counts[words[-1]] < _SPECIFIC:
                seen[words[-1]] = (match.start(), f"{match[1]} {match[2]}{extended}")
        rare = sorted(seen, key=lambda w: (seen[w][1].count(" ") < 2, self.counts[w], w))[:most]
        return [seen[w][1] for w in sorted(rare, key=lambda w: seen[w][0])]

    def themes(self, text: str, most: int) -> list[str]:
        """Up to `most` abstract nouns that need no article ("pride", "gratitude"), the rarest, in the order of the text."""
        found = dict.fromkeys(
            m["theme"]
            for m in _ABSTRACT.finditer(plain(text))
            if m["before"] not in _VERBAL and m["theme"] not in _NOT_A_TOPIC and m["before"][-1] != "-"
        )
        rare = sorted(found, key=lambda w: (self.counts[w], w))[:most]
        return [w for w in found if w in rare]

    def topics(self, text: str, most: int, but: str = "") -> list[str]:
        """Themes first, then noun phrases, each noun once and none of those in `but`."""
        chosen: list[str] = []
        for topic in [*self.themes(text, 2), *self.phrases(text, most)]:
            if topic.split()[-1] not in {t.split()[-1] for t in chosen} | set(but.split()):
                chosen.append(topic)
        return chosen[:most]


_NOT_BEFORE_A_NOUN: Final = frozenset(
    "more most very same other whole least only too so of in to and or next last first".split()
)


def _modifies(word: str) -> bool:
    return word not in _NOT_BEFORE_A_NOUN


def lexicon_of(book: Book) -> Lexicon:
    """Nouns: seen at least twice at the end of a noun phrase, and mostly there when behind an article."""
    text = book.text
    counts = Counter(re.findall(r"[a-z]+", text))
    seen = Counter(
        m[2]
        for m in _NOUN.finditer(text)
        if m[1] in {"the", "a", "an", "his", "her", "my", "your", "their", "our", "every", "no"}
    )
    anywhere = Counter(re.findall(r"\b(?:the|a|an|his|her|my|your|their|our|every|no) ([a-z]{4,})", text))
    nouns = {w for w, n in seen.items() if n >= 2 and n * 5 >= anywhere[w] * 3 and not w.endswith(("ly", "est"))}
    return Lexicon(counts, frozenset(nouns))


def dangles(text: str, cast: Cast) -> bool:
    """Begins with a word that points outside, or says he, she or they before anybody of that sex or number is named."""
    clean = plain(text)
    return bool(_DANGLING.match(clean)) or unresolved(clean, cast)


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
