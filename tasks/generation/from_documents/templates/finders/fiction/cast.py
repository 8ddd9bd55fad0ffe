"""Who is in the book, and where it plays: names of people and of places, found by titles, verbs of speech and frequency."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tasks.generation.from_documents.templates.finders.fiction.book import Book
from tasks.generation.from_documents.templates.finders.fiction.vocabulary import FEMALE_TITLES, NO_NAMES, SAYING, TITLES

_WORD: Final = r"[A-Z][a-zà-ÿ]+(?:-[A-Z][a-zà-ÿ]+)*"
_TITLED: Final = re.compile(rf"\b(?:{'|'.join(TITLES)})\.? (?:de |van |von )?{_WORD}(?: (?:de |van |von )?{_WORD})?")
_SINGLE: Final = re.compile(rf"\b{_WORD}\b")
_OFTEN: Final = 4
"""Times a single capitalised word must act like a person: fewer are chance names in Austen's six novels."""


@dataclass(frozen=True)
class Cast:
    """The names in one book, as they are written in it."""

    people: tuple[str, ...]
    """Longest first, so that "Mr. Collins" is found before "Collins"."""
    places: tuple[str, ...]
    women: frozenset[str]
    """Those of `people` whom the book calls she; all others are he."""

    @cached_property
    def person(self) -> str:
        """A regular expression for a person's name, over line breaks; not for its possessive."""
        return rf"{self.bearer}(?![\w’'-])"

    @cached_property
    def bearer(self) -> str:
        """A person's name, whatever follows: the possessive, too."""
        return rf"(?:{_any(self.people)})"

    @cached_property
    def _mention(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w.])(?:{_any((*self.people, *self.places))})\b")

    def named(self, text: str) -> list[str]:
        """The people and places named in plain `text`, in order, each once."""
        return list(dict.fromkeys(" ".join(m[0].split()) for m in self._mention.finditer(text)))

    def people_in(self, text: str) -> list[str]:
        """The people named in `text`."""
        return [name for name in self.named(text) if name in self._people]

    @cached_property
    def _people(self) -> frozenset[str]:
        return frozenset(self.people)


def cast_of(book: Book) -> Cast:
    """Names with a title count from two mentions on; single words if they speak, act or feel often enough."""
    text = book.text
    titled = Counter(m[0] for m in _TITLED.finditer(text))
    full = Counter(re.findall(rf"(?<!\. )\b({_WORD} {_WORD})\b", text))
    singles = Counter(_SINGLE.findall(text))
    acts = Counter(re.findall(rf"(?:{'|'.join(SAYING)}) ({_WORD})\b(?!['’])", text))
    acts.update(
        re.findall(
            rf"\b({_WORD}) (?:was|had|could|felt|thought|did|looked|smiled|saw|began|{'|'.join(SAYING)})\b", text
        )
    )
    sites = Counter(
        re.findall(
            rf"\b(?:at|in|near|leave|left|quitted|reached) ({_WORD}(?: (?:Park|House|Hall|Abbey|Lodge|Parsonage))?)",
            text,
        )
    )
    lower = Counter(re.findall(r"\b[a-z]+\b", text))
    common = {w for w in singles if lower[w.lower()] > singles[w] // 4 or w in NO_NAMES}
    people = {name for name, n in titled.items() if n >= 2 and not (name.endswith("s") and name[:-1] in titled)}
    surnames = {name.split()[-1] for name in people}
    people |= {w for w, n in acts.items() if n >= _OFTEN and w not in common and sites[w] * 2 < n and w not in TITLES}
    people |= {name for name, n in full.items() if n >= 2 and set(name.split()) <= people | surnames}
    places = {
        w
        for w, n in sites.items()
        if n >= _OFTEN and w.split()[0] not in common | people | surnames | {*TITLES, *NO_NAMES}
    }
    return Cast(_longest_first(people), _longest_first(places), frozenset(n for n in people if _is_she(n, text)))


def _is_she(name: str, text: str) -> bool:
    """By the title; otherwise by the pronoun that most often comes next."""
    title = name.split()[0].rstrip(".")
    if title in FEMALE_TITLES or title in TITLES:
        return title in FEMALE_TITLES
    nearby = re.findall(rf"\b{re.escape(name)}\b[^.;]{{0,40}}?\b(she|her|he|his|him)\b", text)
    return sum(p in ("she", "her") for p in nearby) * 2 > len(nearby)


def _longest_first(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda n: (-len(n), n)))


def _any(names: tuple[str, ...]) -> str:
    return "|".join(r"\s+".join(re.escape(w) for w in name.split()) for name in names) or r"(?!)"
