"""What can be asked about an entry of a manual: a method, a special method, a command, an operation, an attribute."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tasks.seeds.finders.reference.passage import Passage
from tasks.seeds.finders.reference.sentences import Spans

Found = tuple[str, Spans, dict[str, str]]
"""Kind of anchor, its spans, its slots."""

_CLASS: Final = re.compile(r"(?:class|exception) ([\w.]+)")
_CALL: Final = re.compile(r"(?:(?:class|static|classmethod|static ?method|coroutine|awaitable|async|abstract|exception) +)*(?P<name>[\w.]+)\(")
_COMMAND: Final = re.compile(r"(?P<name>[a-z]+(?:\([a-z]+(?:\([a-z]+\))?\))?|!)(?: \| (?P<long>[a-z]+))?(?=\s|$)")
_BUILTIN: Final = frozenset(("list", "len", "iter", "reversed", "type"))
"""Functions that an entry under a class applies to its objects, and are no methods of it."""
_UNSAID: Final = re.compile(r"(?:This|These|That|Those|It|They|See|Note|Both|Similar to|Here|As|Refer|Deprecated|In addition)\b")


@dataclass(frozen=True)
class Entry:
    """What a signature says."""

    role: Literal["method", "special", "command", "operation", "attribute", "class"]
    name: str
    """As people write it: str.center(), __init__(), help."""
    signature: str
    owner: str
    """The class or tool it belongs to; empty if none is named."""


def entry(headings: Sequence[str]) -> Entry | None:
    """The entry whose signature is the last of `headings`; None if that is a heading or a term."""
    signature = re.sub(r"\s+", " ", headings[-1]).strip()
    owner = next((m[1] for h in reversed(headings[:-1]) if (m := _CLASS.match(h))), "")
    call = _CALL.match(signature)
    if re.search(r"\bcommands\b", " ".join(headings[-2:-1]), re.IGNORECASE):
        return _command(signature, headings[0])
    if not call:
        if re.fullmatch(r"[\w.]+\.\w+", signature):
            return Entry("attribute", signature, signature, owner)
        if owner and signature.isidentifier():
            return Entry("attribute", f"{owner}.{signature}", signature, owner)
        return Entry("operation", signature, signature, owner) if owner else None
    name = call["name"]
    if _CLASS.match(signature):
        return Entry("class", name, signature, owner)
    if re.fullmatch(r"(?:\w+\.)?__\w+__", name):
        return Entry("special", f"{name.split('.')[-1]}()", re.sub(r"^object\.", "", signature), owner)
    if name in _BUILTIN:
        return Entry("operation", signature, signature, owner or re.sub(r"\W", "", signature.partition("(")[2]))
    if owner and "." not in name:
        name = f"{owner.split('.')[-1]}.{name}"
    return Entry("method", f"{name}()", signature, owner)


def _command(signature: str, title: str) -> Entry | None:
    tool = re.search(r'"([\w.-]+)"|^(\w+)', title)
    word = _COMMAND.match(signature)
    if not tool or not word:
        return None
    return Entry("command", re.sub(r"[()]", "", word["long"] or word["name"]), signature, tool[1] or tool[2])


def find(passage: Passage) -> Iterator[Found]:
    """What can be asked about the entry that `passage` is."""
    about = entry(passage.headings)
    if about is None:
        return
    slots = {"name": about.name, "signature": about.signature, "owner": about.owner}
    yield from _description(passage, about, slots)
    yield from _parameters(passage, about, slots)
    yield from _errors(passage, about, slots)
    yield from _code(passage, about, slots)


def _description(passage: Passage, about: Entry, slots: dict[str, str]) -> Iterator[Found]:
    first = passage.opening
    if not first or first >= len(passage.blocks) or not passage.sentences[first]:
        return
    opening = passage.sentences[first][0]
    if opening.points or _UNSAID.match(opening.flat) or not re.match(r'[A-Z"*]', opening.flat):
        return
    spans = passage.whole(first)
    if not spans:
        return
    if opening.flat.startswith("Called "):
        yield "called", passage.brief(first, 0) or spans, slots
        if sum(b - a for a, b in spans) > 500:
            yield "special", spans, slots
    elif about.role != "special":
        returns = about.role == "method" and re.match(r"Returns? (?!an? copy|the string|a copy)", opening.flat)
        yield "returns" if returns and len(passage.sentences[first]) < 4 else about.role, spans, slots


def _parameters(passage: Passage, about: Entry, slots: dict[str, str]) -> Iterator[Found]:
    names = set(re.findall(r"[a-z_]\w*", about.signature.partition("(")[2])) if about.role in ("method", "class") else set()
    for b, i, sentence in passage.each():
        subject = re.match(
            r"(?:The |An )?(?:[Oo]ptional )?(?:second |first |third )?(?:keyword |positional )?(?:argument |parameter )?\*(\w+)\*(?: argument| parameter| keyword)?,?"
            r"(?: if given,| if present,)? (?:is|are|specifies|controls|defaults|must|can|may|gives|determines|should|has|names)\b",
            sentence.flat,
        )
        if (b, i) != (passage.opening, 0) and subject and subject[1] in names and (spans := passage.brief(b, i)):
            names.discard(subject[1])
            yield "parameter", spans, {**slots, "parameter": subject[1]}


def _errors(passage: Passage, about: Entry, slots: dict[str, str]) -> Iterator[Found]:
    if about.role not in ("method", "operation"):
        return
    for b, inside in enumerate(passage.sentences):
        for i, sentence in enumerate(inside):
            error = re.search(r'(?:[Rr]aises?|[Rr]aising) (?:an? )?"(\w+(?:Error|Exception|Iteration))"|"(\w+(?:Error|Iteration))" (?:exception )?is raised', sentence.flat)
            told = error and re.search(r"\b(?:if|when|unless)\b", sentence.flat, re.IGNORECASE)
            if error and told and not sentence.points and not sentence.flat.startswith(("This", "It", "Otherwise", "In")):
                spans = passage.brief(b, i)
                if spans:
                    yield "raises", spans, {**slots, "error": error[1] or error[2]}
                    return


def _code(passage: Passage, about: Entry, slots: dict[str, str]) -> Iterator[Found]:
    word = about.name.removesuffix("()").split(".")[-1]
    for b, block in enumerate(passage.blocks):
        code = passage.text[block.start : block.end]
        if block.kind != "code" or not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", code) or about.role == "operation":
            continue
        before = passage.sentences[b - 1] if b else []
        if before and before[-1].flat.endswith(":") and not before[-1].leans and not before[-1].points:
            yield "example", (*before[-1].spans, (block.start, block.end)), slots
        elif not before or not before[-1].flat.endswith(":") or re.match(r"For example|Example", before[-1].flat):
            yield "example", ((block.start, block.end),), slots
        return
