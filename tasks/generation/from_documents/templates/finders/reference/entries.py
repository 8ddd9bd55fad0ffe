"""What can be asked about an entry of a manual: a method, a special method, a command, an operation, an attribute."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tasks.generation.from_documents.templates.finders.reference.passage import Passage
from tasks.generation.from_documents.templates.finders.reference.sentences import Spans
from tasks.generation.from_documents.templates.finders.reference.wording import Topic

Found = tuple[str, Spans, dict[str, str]]
"""Kind of anchor, its spans, its slots."""

_CLASS: Final = re.compile(r"(?:class|exception) ([\w.]+)")
_CALL: Final = re.compile(
    r"(?:(?:class|static|classmethod|static ?method|coroutine|awaitable|async|abstract|exception) +)*(?P<name>[\w.]+)\("
)
_COMMAND: Final = re.compile(r"(?P<name>[a-z]+(?:\([a-z]+(?:\([a-z]+\))?\))?|!)(?: \| (?P<long>[a-z]+))?(?=\s|$)")
_BUILTIN: Final = frozenset(("list", "len", "iter", "reversed", "type"))
"""Functions that an entry under a class applies to its objects, and are no methods of it."""
_UNSAID: Final = re.compile(
    r"(?:This|These|That|Those|It|They|See|Note|Both|Similar to|Here|As|Refer|Deprecated|In addition)\b"
)
_PARAMETER: Final = re.compile(
    r"(?:The |An )?(?:[Oo]ptional )?(?:second |first |third )?(?:keyword |positional )?(?:argument |parameter )?\*(\w+)\*"
    r"(?: argument| parameter| keyword)?,?(?: if given,| if present,)? "
    r"(?:is|are|specifies|controls|defaults|must|can|may|gives|determines|should|has|names)\b(?! also)"
)
_RAISES: Final = re.compile(
    r'[Rr]ais(?:es?|ing) (?:an? )?"(\w+(?:Error|Exception|Iteration))"'
    r'|"(\w+(?:Error|Iteration))" (?:exception )?is raised'
)
_FEWEST_WORDS: Final = 9
"""An answer about a parameter in fewer says next to nothing ("*x* is a boolean value.")."""
_FEWEST_WORDS_OF_A_CLASS: Final = 20
_MANY_WORDS: Final = 70
"""From here on a special method is worth a question about the whole beside the one about when it is called."""


@dataclass(frozen=True)
class Entry:
    """What a signature says."""

    role: Literal["method", "special", "command", "operation", "attribute", "class"]
    name: str
    """As people write it: str.center(), __init__(), help."""
    signature: str
    """As it stands, a method's with its owner: dict.get(key[, default])."""
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
        signature = f"{name}({signature.partition('(')[2]}"
    return Entry("method", f"{name}()", signature, owner)


def topic(about: Entry) -> Topic:
    """What a question inside an entry can name."""
    name = f"`{about.name}{'()' if about.role == 'class' else ''}`"
    call = f"the {name} command of {about.owner}" if about.role == "command" else name
    parameters = tuple(dict.fromkeys(re.findall(r"[a-z_]\w*", about.signature)))
    tool = about.owner if about.role == "command" else ""
    return Topic(call=call, narrow=about.role == "operation", tool=tool, parameters=parameters)


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
    tells = about.role != "method" or not about.signature.endswith("()")
    signature = about.signature if tells else ""
    slots = {"name": about.name, "signature": signature, "owner": about.owner, "call": topic(about).call}
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
        if passage.words(spans) > _MANY_WORDS:
            yield "special", spans, slots
    elif about.role != "special":
        returns = about.role == "method" and re.match(r"Returns? (?!an? copy|the string|a copy)", opening.flat)
        if about.role != "class" or passage.words(spans) > _FEWEST_WORDS_OF_A_CLASS:
            yield "returns" if returns and len(passage.sentences[first]) < 4 else about.role, spans, slots


def _parameters(passage: Passage, about: Entry, slots: dict[str, str]) -> Iterator[Found]:
    """The first sentence about each parameter; one in the opening sentence is told there already."""
    called = about.role in ("method", "class")
    names = set(re.findall(r"[a-z_]\w*", about.signature.partition("(")[2])) if called else set()
    for b, i, sentence in passage.each():
        subject = _PARAMETER.match(sentence.flat)
        if not subject or subject[1] not in names or (b, i) == (passage.opening, 0):
            continue
        spans = passage.brief(b, i)
        if spans and passage.words(spans) >= _FEWEST_WORDS:
            names.discard(subject[1])
            yield "parameter", spans, {**slots, "parameter": subject[1]}


def _errors(passage: Passage, about: Entry, slots: dict[str, str]) -> Iterator[Found]:
    """The first sentence that says when an error is raised."""
    if about.role not in ("method", "operation"):
        return
    for b, inside in enumerate(passage.sentences):
        for i, sentence in enumerate(inside):
            error = _RAISES.search(sentence.flat)
            told = re.search(r"\b(?:[Ii]f|[Ww]hen|[Uu]nless)\b", sentence.flat) and "never" not in sentence.flat
            if not error or not told or sentence.points or re.match(r'(?:This|It|Otherwise|In)\b|If "', sentence.flat):
                continue
            spans = passage.brief(b, i)
            if spans:
                yield "raises", spans, {**slots, "error": error[1] or error[2]}
                return


def _code(passage: Passage, about: Entry, slots: dict[str, str]) -> Iterator[Found]:
    """The first code block that uses the entry, with the sentence that announces it if that can be read by itself."""
    word = about.name.removesuffix("()").split(".")[-1]
    for b, block in enumerate(passage.blocks):
        code = passage.text[block.start : block.end]
        if block.kind != "code" or not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", code) or about.role == "operation":
            continue
        intro = passage.sentences[b - 1][-1] if passage.sentences[b - 1] else None
        announced = intro and intro.flat.endswith(":")
        if about.role == "command" and not (intro and re.search(r"\bexample\b", intro.flat)):
            return
        if (
            intro
            and announced
            and not intro.leans
            and not intro.points
            and not re.search(r"\b(?:that|this|these)\b", intro.flat)
        ):
            yield "example", (*intro.spans, (block.start, block.end)), slots
        else:
            yield "example", ((block.start, block.end),), slots
        return
