"""Responses that meet a constraint by construction, made of whole sentences of a row's own response or its passage.

A builder returns a Draft, or None where the row cannot honour the constraint and stay sensible: no sentence is cut, no code
becomes a list, no list has one item, and the sentences that answer come first.
"""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from tasks.generation.from_rows.constraints.material import VERBATIM, Draft, Material, announces, answers, goes_on, lead
from tasks.text.words import content_words, words

_LEANS: Final = re.compile(
    r"(?:However|But|And|So|Or|Nor|Yet|Therefore|Thus|Hence|Also|Then|Moreover|Instead|Otherwise|Again|Similarly|"
    r"In (?:this|that|these|such|addition|contrast|other words)|This|That|These|Those|Such|Here|There|"
    r"For (?:example|instance)|The (?:former|latter|same|following)|As (?:above|before)|If so|If not|Both|Neither|Another|Other)\b"
)
_ITEM: Final = re.compile(r"^[ \t]*(?:[-*•+]|\d{1,2}[.)])[ \t]+(?=\S)", re.M)
_SPOKEN: Final = re.compile(r'"([^"]+)"|“([^”]+)”')
_SPEAKER: Final = re.compile(
    r'["”]\s+(?:said|replied|cried|answered|returned|observed|exclaimed|added|continued|repeated|whispered|asked|remarked|rejoined)\s+'
    r"((?:(?:Mr|Mrs|Miss|Lady|Sir|Colonel|Captain|Admiral|Dr)\.? )?[A-Z][a-z]+(?: [A-Z][a-z]+)?)\b(?!['’])"
)
_LIMITS: Final = (20, 30, 40, 50, 60, 80, 100)
"""Word limits that people set."""
_IN_COMMON: Final = 0.6
"""Share of the shorter extract's content words that two extracts to be compared must share: `str.lower()` and
`str.upper()` do, `str.lower()` and `str.replace()` do not, and nobody would compare those."""
_BARE: Final = re.compile(r"`\w+`")
"""Code that does not say what it belongs to, such as a command: outside its manual nobody knows what is meant."""
_ITEM_LEANS: Final = re.compile(r"(?:It|Its|They|Their|He|She|His|Her)\b")


def max_words(row: Material) -> Draft | None:
    """The first one or two sentences, under a round limit that the whole response breaks."""
    told = lead(row) or []
    for count in (2, 1):
        kept = " ".join(told[:count])
        limit = next((limit for limit in _LIMITS if limit >= len(kept.split()) + 2), 0)
        if (
            len(told) > count
            and len(kept.split()) >= 8
            and 0 < limit < len(row.response.split())
            and answers(row, kept)
        ):
            return Draft(f"max_words:{limit}", str(limit), kept)
    return None


def exact_sentences(row: Material) -> Draft | None:
    """The first two or three sentences of a longer response, or the next ones of its paragraph added."""
    told = lead(row)
    if told is None:
        return None
    more = [*told, *goes_on(row, 2)]
    for count in (2, 3):
        kept = " ".join(more[:count])
        if count != len(told) and len(more) >= count and len(kept.split()) <= 90 and answers(row, kept):
            return Draft(f"exact_sentences:{count}", f"{('zero', 'one', 'two', 'three')[count]} sentences", kept)
    return None


def min_words(row: Material) -> Draft | None:
    """The response and what its paragraph goes on to say, for answers about what something is."""
    more = goes_on(row, 3) if lead(row) else []
    text = " ".join([row.response, *more])
    least = next((limit for limit in reversed(_LIMITS) if limit <= len(text.split())), 0)
    if not len(row.response.split()) + 8 <= least <= 120 or announces(text):
        return None
    return Draft(f"min_words:{least}", str(least), text)


def bullet_list(row: Material) -> Draft | None:
    """Two to six sentences of which each can stand alone, as hyphened lines; or a numbered list bulleted."""
    points = _points(row)
    if not points:
        return None
    return Draft(f"bullet_list:{len(points)}", str(len(points)), "\n".join(f"- {point}" for point in points))


def numbered_list(row: Material) -> Draft | None:
    """The same, numbered in the order of the source."""
    points = _points(row)
    if not points:
        return None
    lines = "\n".join(f"{number}. {point}" for number, point in enumerate(points, 1))
    return Draft(f"numbered_list:{len(points)}", str(len(points)), lines)


def _points(row: Material) -> list[str] | None:
    """Sentences that can be items, with those that follow in the paragraph; or the items of a list as it stands."""
    if row.expects not in VERBATIM and (listed := _flat_list(row.response)):
        return listed
    told = lead(row) or []
    if told and len(told) < 3:
        told = [*told, *goes_on(row, 4 - len(told))]
    if not 3 <= len(told) <= 6 or any(
        _LEANS.match(s) or _ITEM_LEANS.match(s) or not 4 <= len(s.split()) <= 40 or announces(s) for s in told
    ):
        return None
    return [" ".join(sentence.split()) for sentence in told]


def _flat_list(text: str) -> list[str] | None:
    """Its items, if `text` is one list, at most with a line that announces it."""
    starts = [mark.start() for mark in _ITEM.finditer(text)]
    if (
        not 2 <= len(starts) <= 12
        or text[: starts[0]].rstrip()[-1:] not in ("", ":")
        or len({len(_indent(text[s:])) for s in starts}) > 1
    ):
        return None
    ends = [*starts[1:], len(text)]
    items = [_ITEM.sub("", text[start:end].strip(), count=1) for start, end in zip(starts, ends, strict=True)]
    return (
        None
        if any("\n\n" in i or "::" in i or ">>>" in i or not i for i in items)
        else [" ".join(i.split()) for i in items]
    )


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def quote(row: Material) -> Draft | None:
    """The sentence that answers a question, between quotation marks, with its source in brackets behind it."""
    told = lead(row) or []
    if not told or not row.instruction.endswith("?") or not row.source or not answers(row, told[0]):
        return None
    said = " ".join(told[0].split())
    if not 8 <= len(said.split()) <= 60 or "“" in said:
        return None
    return Draft(f"quote:{said}", said, f"“{said}” ({row.source})")


def as_json(row: Material) -> Draft | None:
    """A definition as an object; or a speech beside the name of who speaks, where the text says so."""
    if row.expects in ("quote", "reply", "speech"):
        return _speech(row)
    told = lead(row) or []
    if row.expects != "definition" or not row.subject or not told or announces(row.response):
        return None
    return _object(term=row.subject.strip("`"), definition=" ".join(told[:2]))


def _speech(row: Material) -> Draft | None:
    """None unless one speaker is named and everything else is spoken."""
    spans = list(_SPOKEN.finditer(row.response))
    names = set(_SPEAKER.findall(row.response))
    told = len(_SPOKEN.sub("", row.response).split())
    if len(names) != 1 or row.response.count('"') % 2 or "\n\n" in row.response or told > 12:
        return None
    pieces = [said[1] or said[2] for said in spans]
    for number, (before, after) in enumerate(pairwise(spans)):
        if pieces[number].endswith(","):
            if not row.response[before.end() : after.start()].rstrip().endswith("."):
                return None  # in the middle of a sentence; whether the comma is the speaker's, nobody can tell
            pieces[number] = pieces[number][:-1] + "."
    return _object(speaker=names.pop(), speech=re.sub(r",$", ".", " ".join(pieces)))


def _object(**fields: str) -> Draft:
    data = {key: " ".join(text.split()) for key, text in fields.items()}
    keys = list(data)
    return Draft(f"json:{','.join(keys)}", '" and "'.join(keys), json.dumps(data, ensure_ascii=False, indent=2))


def compare(row: Material, other: Material) -> Draft | None:
    """Both extracts, each behind its name, if they have enough in common to be told apart."""
    parts, held = [], []
    for one in (row, other):
        told = lead(one) or []
        kept = " ".join(" ".join(told[:2]).split())
        if (
            not told
            or not one.subject
            or _BARE.fullmatch(one.subject)
            or not 8 <= len(kept.split()) <= 80
            or '"' in kept
            or announces(kept)
        ):
            return None
        parts.append(f"{one.subject}: “{kept}”")
        held.append(set(content_words(kept)) - set(content_words(one.subject)))
    if len(held[0] & held[1]) < _IN_COMMON * min(len(held[0]), len(held[1])):
        return None
    if (
        not set(words(row.subject)) - set(words(other.subject))
        or row.subject in other.subject
        or other.subject in row.subject
    ):
        return None
    return Draft(f"compare:{row.subject}|{other.subject}", "", "\n\n".join(parts))


BUILDERS: Final[dict[str, Callable[[Material], Draft | None]]] = {
    "max_words": max_words,
    "min_words": min_words,
    "exact_sentences": exact_sentences,
    "bullet_list": bullet_list,
    "numbered_list": numbered_list,
    "quote": quote,
    "json": as_json,
}
"""Every constraint that one row can be given; `compare` takes two."""
