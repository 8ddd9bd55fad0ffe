"""Responses that meet a constraint by construction, made of whole sentences or list items of a row's own response.

A builder returns a Draft, or None where the row cannot honour the constraint and stay sensible: no sentence is cut, no code
becomes a list, no list has one item, and the sentences that answer come first.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tasks.text.sentences import sentence_spans
from tasks.text.words import content_words

_LEANS: Final = re.compile(
    r"(?:However|But|And|So|Or|Nor|Yet|Therefore|Thus|Hence|Also|Then|Moreover|Instead|Otherwise|Again|Similarly|It|Its|They|Their|"
    r"In (?:this|that|these|such|addition|contrast|other words)|This|That|These|Those|Such|Here|There|If (?:so|not)|When|If|Unless|"
    r"For (?:example|instance)|The (?:former|latter|same|following)|As (?:above|before)|Both|Neither|Another|Other)\b"
)
_NOT_PROSE: Final = re.compile(r"^(?:[ \t]{2,}\S|[-*•+] |\d{1,3}[.)] |>>> |```|\||#{1,6} )|::\s*$|::=", re.M)
_ITEM: Final = re.compile(r"^[ \t]*(?:[-*•+]|\d{1,2}[.)])[ \t]+(?=\S)", re.M)
_WHAT_IS: Final = re.compile(r"(?:In [^,?]+, w|W)hat (?:is|are) (?:an? |the )?(?P<term>[^?]{2,60}?)(?: in [^?]+)?\?$")
_OF_STEPS: Final = re.compile(r"\bHow (?:do|can|should) I\b", re.IGNORECASE)
_LIMITS: Final = (20, 30, 40, 50, 60, 80, 100)
"""Word limits that people set."""
_LONGEST_LEAD: Final = 12
"""Words of a line before a list that only announces it; a longer one says something that the list does not."""


@dataclass(frozen=True)
class Draft:
    """A response, the constraint it meets, and the value as the instruction says it."""

    constraint: str
    value: str
    response: str


def max_words(row: Mapping[str, Any]) -> Draft | None:
    """The first one or two sentences, under a round limit that the whole response breaks."""
    sentences = _prose(row)
    for count in (2, 1):
        kept = " ".join(sentences[:count])
        limit = next((limit for limit in _LIMITS if limit >= len(kept.split()) + 2), 0)
        if (
            len(sentences) > count
            and len(kept.split()) >= 8
            and 0 < limit < len(row["response"].split())
            and _answers(row, kept)
        ):
            return Draft(f"max_words:{limit}", str(limit), kept)
    return None


def exact_sentences(row: Mapping[str, Any]) -> Draft | None:
    """The first two or three sentences of a longer response."""
    sentences = _prose(row)
    for count in (2, 3):
        kept = " ".join(sentences[:count])
        if len(sentences) > count and len(kept.split()) <= 90 and _answers(row, kept):
            return Draft(f"exact_sentences:{count}", f"{('zero', 'one', 'two', 'three')[count]} sentences", kept)
    return None


def bullet_list(row: Mapping[str, Any]) -> Draft | None:
    """Three to six sentences of which each can stand alone, as hyphened lines."""
    points = _standing(row)
    return (
        Draft(f"bullet_list:{len(points)}", str(len(points)), "\n".join(f"- {point}" for point in points))
        if points
        else None
    )


def numbered_list(row: Mapping[str, Any]) -> Draft | None:
    """The same, numbered in the order of the source; or a list with hyphens as one with numbers."""
    points = _standing(row) or (_items(row["response"]) if not re.search(r"^\s*\d", row["response"], re.M) else [])
    lines = "\n".join(f"{number}. {point}" for number, point in enumerate(points, 1))
    return Draft(f"numbered_list:{len(points)}", str(len(points)), lines) if points else None


def as_json(row: Mapping[str, Any]) -> Draft | None:
    """A definition as an object with its term; a list, as an object that holds its items."""
    term = _WHAT_IS.match(row["instruction"]) if row["expects"] == "definition" and _prose(row) else None
    if term:
        return _object(
            "exactly two keys", term=term["term"].replace("`", ""), definition=" ".join(row["response"].split())
        )
    items = _items(row["response"])
    if len(items) < 2:
        return None
    steps = bool(_OF_STEPS.search(row["instruction"]))
    return _object("exactly one key", **{"steps" if steps else "points": items})


def _object(keys: str, **fields: Any) -> Draft:
    said = f"{keys}, " + " and ".join(f'"{key}"' for key in fields)
    said += "" if len(fields) > 1 else ", which holds a list of strings"
    return Draft(f"json:{','.join(fields)}", said, json.dumps(fields, ensure_ascii=False, indent=2))


def _prose(row: Mapping[str, Any]) -> list[str]:
    """The sentences of a response that may be cut after any of them; none if it may not be cut."""
    text = row["response"]
    whole = (
        _NOT_PROSE.search(text)
        or "\n\n" in text
        or "“" in text
        or text.rstrip()[-1:] not in '.!?"'
        or _OF_STEPS.search(row["instruction"])
    )
    return [] if whole else [text[start:end] for start, end in sentence_spans(text)]


def _standing(row: Mapping[str, Any]) -> list[str]:
    sentences = _prose(row)
    alone = all(not _LEANS.match(said) and 4 <= len(said.split()) <= 40 for said in sentences[1:])
    return [" ".join(said.split()) for said in sentences] if 3 <= len(sentences) <= 6 and alone else []


def _items(text: str) -> list[str]:
    """The items of a response that is one flat list, at most with a line that announces it; none otherwise."""
    starts = [mark.start() for mark in _ITEM.finditer(text)]
    lead = text[: starts[0]].strip() if starts else ""
    if not 2 <= len(starts) <= 12 or (lead and (lead[-1] != ":" or len(lead.split()) > _LONGEST_LEAD)):
        return []
    items = [text[start:end].rstrip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    flat = [" ".join(_ITEM.sub("", item, count=1).split()) for item in items]
    nested = any("\n\n" in item.strip() or item[:1].isspace() or item.endswith(":") for item in items)
    return [] if nested or "```" in text else flat


def _answers(row: Mapping[str, Any], kept: str) -> bool:
    """Whether `kept`, the beginning of the response, still speaks of all that the instruction names, and is whole."""
    rest = row["response"].removeprefix(kept).lstrip()
    other_half = re.match(r"(?:If|When|Unless|Otherwise|Without|With)\b", rest)
    lost = set(content_words(row["instruction"])) & set(content_words(row["response"])) - set(content_words(kept))
    closed = (
        all(kept.count(opening) == kept.count(closing) for opening, closing in ("()", "[]"))
        and kept.count('"') % 2 == 0
    )
    return not other_half and not lost and closed and kept.rstrip()[-1] not in ":;,"


BUILDERS: Final[dict[str, Callable[[Mapping[str, Any]], Draft | None]]] = {
    "max_words": max_words,
    "exact_sentences": exact_sentences,
    "bullet_list": bullet_list,
    "numbered_list": numbered_list,
    "json": as_json,
}
"""By operator. Each takes a row of EXAMPLE."""
