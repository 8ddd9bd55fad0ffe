"""Entries of a reference: a signature with its description, and lists of names with theirs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tasks.generation.from_documents import questions, subjects
from tasks.generation.from_documents.sections import DocumentSection, PassageBlock
from tasks.generation.from_documents.standing import answer_of, bare
from tasks.generation.from_documents.templates.anchors import Anchor, anchored
from tasks.text.sentences import sentence_spans

_CLASS: Final = re.compile(r"(?:class|exception) ([\w.]+)")
_CALL: Final = re.compile(
    r"(?:(?:class|static|classmethod|static ?method|coroutine|awaitable|async|abstract|exception|def|function)"
    r" +)*(?P<name>[\w.]+)\("
)
_COMMAND: Final = re.compile(r"(?P<name>[a-z]+(?:\([a-z]+(?:\([a-z]+\))?\))?|!)(?: \| (?P<long>[a-z]+))?(?=\s|$)")
_BUILTIN: Final = frozenset(("list", "len", "iter", "reversed", "type"))
"""Functions that an entry under a class applies to its objects, and are no methods of it."""
_UNSAID: Final = re.compile(
    r"(?:This(?! (?:class |static |instance )?(?:method|function|command|attribute|property|option|constructor"
    r"|class|operator|variable)\b)|These|That|Those|It|They|See|Note|Both|Similar to|Same as|Like|Here|As|Refer"
    r"|Deprecated|In addition|Alias|An alias|Equivalent|Implements?)\b"
)
_RAISES: Final = re.compile(
    r'[Rr]ais(?:es?|ing) (?:an? )?["`](\w+(?:Error|Exception|Iteration))["`]'
    r'|["`](\w+(?:Error|Iteration))["`] (?:exception )?is raised'
)
_VERSION: Final = re.compile(r"(?:Changed in|New in|Added in|Deprecated since|Removed in) version")
_NAMED: Final = re.compile(
    r"(?:[*•+-]\s+)(?:\*\*)?`(?P<name>[^`\n]{3,60})`(?:\*\*)?(?: \(?(?:\*|\()[^)*]*(?:\*|\))\)?)?(?:\s*[:–—]\s+"
    r"|\s+-+\s+)(?P<description>[A-Z]\S*\s\S.*)$",
    re.DOTALL,
)
_KIND: Final = re.compile(
    r"\b(argument|parameter|option|setting|environment variable|flag|field|property|column|command|metric|event"
    r"|attribute|method|variable|key|value|mode)(?:s|ies)?(?:\W*$|:|\b[^.:]{0,60}:$)",
    re.IGNORECASE,
)
"""What the names of a list are, at the end of its heading or in the line that announces it."""
_FEWEST_WORDS: Final = 5
_FEWEST_WORDS_OF_A_NAME: Final = 9
_FEWEST_WORDS_OF_A_CLASS: Final = 20
_LONGEST: Final = 1500
"""Characters of the longest description; beyond it an extract stops being an answer to one question."""


@dataclass(frozen=True)
class Entry:
    """What a signature says. `name` is as people write it: str.center(), __init__(), help."""

    kind: str
    name: str
    signature: str
    owner: str = ""
    """The class or tool it belongs to."""


def find(section: DocumentSection, text: str) -> Iterator[Anchor | None]:
    """What can be asked about the entry that `section` is, and about the names that it lists."""
    blocks = section.blocks
    if blocks and blocks[0].kind == "signature":
        about = None if "\n" in blocks[0].text.strip() else entry(section.headings)
        blocks = blocks[1:]
    else:
        about = _code_heading(section.headings)
    if about:
        described = _before_versions(blocks)
        yield from (_description(about, described), _error(about, described), _example(about, blocks))
    yield from _names(section, text)


def entry(path: Sequence[str]) -> Entry | None:
    """The entry whose signature is the last of the headings `path`; None if that is a heading or a term."""
    signature = re.sub(r"\s+", " ", path[-1]).strip()
    owner = next((found[1] for heading in reversed(path[:-1]) if (found := _CLASS.match(heading))), "")
    call = _CALL.match(signature)
    if re.search(r"\bcommands\b", " ".join(path[-2:-1]), re.IGNORECASE):
        tool = re.search(r'"([\w.-]+)"|^(\w+)', path[0])
        word = _COMMAND.match(signature)
        if not tool or not word:
            return None
        return Entry("command", re.sub(r"[()]", "", word["long"] or word["name"]), signature, tool[1] or tool[2])
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
        return Entry("called", f"{name.split('.')[-1]}()", re.sub(r"^object\.", "", signature), owner)
    if name in _BUILTIN:
        return Entry("operation", signature, signature, owner or re.sub(r"\W", "", signature.partition("(")[2]))
    if owner and "." not in name:
        name = f"{owner.split('.')[-1]}.{name}"
        signature = f"{name}({signature.partition('(')[2]}"
    return Entry("function", f"{name}()", signature, owner)


def _code_heading(path: Sequence[str]) -> Entry | None:
    """The entry that a heading of nothing but code, a call or a dotted name opens: "`client.get(url)`"."""
    heading = path[-1].strip().strip("`") if path else ""
    call = re.fullmatch(
        r"(?:async |def |static |class )*(?P<name>[A-Za-z_][\w.]*)\((?P<rest>[^()]*(?:\([^()]*\)[^()]*)*)\)(?:"
        r" ?(?:->|:) ?.+)?",
        heading,
    )
    if call and (path[-1].strip().startswith("`") or "_" in call["name"] or "." in call["name"]):
        return Entry("function", f"{call['name']}()", heading if call["rest"] else "", "")
    return None


def _before_versions(blocks: Sequence[PassageBlock]) -> list[PassageBlock]:
    """The paragraphs, lists and code of a description in one chunk, up to its notes on versions."""
    end = next(
        (at for at, block in enumerate(blocks) if _VERSION.match(block.text) or block.chunk_id != blocks[0].chunk_id),
        len(blocks),
    )
    described, size = [], 0
    for block in blocks[:end]:
        size += block.end - block.start
        if size > _LONGEST or (
            block.kind == "paragraph"
            and re.match(r"(?:Note|Warning|Caution|See also|Example|Examples)\b.{0,3}$", block.text)
        ):
            break
        described.append(block)
    return described


def _description(about: Entry, described: Sequence[PassageBlock]) -> Anchor | None:
    if not described or described[0].kind != "paragraph":
        return None
    opening = bare(described[0].text)
    spans = answer_of(described, cut=True)
    fewest = _FEWEST_WORDS_OF_A_CLASS if about.kind == "class" else _FEWEST_WORDS
    if not spans or _UNSAID.match(opening) or not re.match(r'[A-Z"*`]', opening) or _words(spans, described) < fewest:
        return None
    kind = about.kind
    if kind == "attribute" and re.match(r"Returns?\b", opening):
        return None
    if kind == "called" and not opening.startswith("Called "):
        kind = "function"
    signature = about.signature if not about.signature.endswith("()") else ""
    return anchored(kind, spans, name=about.name, signature=signature, owner=about.owner)


def _words(spans: Sequence[tuple[str, int, int]], blocks: Sequence[PassageBlock]) -> int:
    begin, end = spans[0][1], spans[-1][2]
    return sum(len(block.text[max(0, begin - block.start) : max(0, end - block.start)].split()) for block in blocks)


def _error(about: Entry, described: Sequence[PassageBlock]) -> Anchor | None:
    """The first sentence that says when an error is raised."""
    if about.kind not in ("function", "operation"):
        return None
    for block in described:
        for start, end in sentence_spans(block.text) if block.kind == "paragraph" else ():
            said = block.text[start:end]
            error = _RAISES.search(said)
            if (
                error
                and re.search(r"\b(?:[Ii]f|[Ww]hen|[Uu]nless)\b", said)
                and not re.search(r'^(?:This|It|Otherwise|In|Like|Same)\b|^If ["`]|\bnever\b', said)
            ):
                spans = answer_of([block.part(start, end)])
                return (
                    anchored("raises", spans, name=about.name, owner=about.owner, error=error[1] or error[2])
                    if spans
                    else None
                )
    return None


def _example(about: Entry, blocks: Sequence[PassageBlock]) -> Anchor | None:
    """The first code that uses the entry."""
    word = about.name.removesuffix("()").split(".")[-1]
    for block in blocks:
        if (
            block.kind == "code"
            and re.search(rf"(?<!\w){re.escape(word)}\(", block.text)
            and about.kind in ("function", "class", "called")
        ):
            spans = answer_of([block])
            return anchored("example", spans, name=about.name, owner=about.owner)
    return None


def _names(section: DocumentSection, text: str) -> Iterator[Anchor | None]:
    """The items of a list of names, each with its description, under a heading that says what they are."""
    about = subjects.subject_of(section.headings[:-1], section.title, section.path)
    found_kind = _KIND.search(questions.cleaned(section.heading))
    for block, after in zip(section.blocks, [*section.blocks[1:], None], strict=False):
        if block.kind == "paragraph":
            found_kind = _KIND.search(bare(block.text)) or found_kind
        found = _NAMED.match(block.text) if block.kind == "item" else None
        if (
            not found
            or not found_kind
            or not about
            or not subjects.is_name(about, text)
            or len(found["description"].split()) < _FEWEST_WORDS_OF_A_NAME
        ):
            continue
        if (after and after.kind == "item" and _indent(after) > _indent(block)) or re.search(
            r"\b[Ii]n this case\b", found["description"]
        ):
            continue
        spans = answer_of([block.part(block.mark)])
        yield anchored("described", spans, name=found["name"], kind=found_kind[1].lower(), about=about)


def _indent(block: PassageBlock) -> int:
    return len(block.text) - len(block.text.lstrip(" "))
