"""What can be asked about the running text of a manual: what its sentences state, its grammar, its examples, its changes."""

import re
from collections.abc import Iterator
from typing import Final

from tasks.generation.from_documents.templates.finders.reference import statements
from tasks.generation.from_documents.templates.finders.reference.entries import Entry, Found
from tasks.generation.from_documents.templates.finders.reference.passage import Passage
from tasks.generation.from_documents.templates.finders.reference.sentences import Spans, flatten, pointing
from tasks.generation.from_documents.templates.finders.reference.wording import Topic, spoken

_CHANGE: Final = re.compile(
    r"(?P<what>Changed|New|Deprecated|Added) (?:in|since) version (?P<version>[\d.]+)(?P<told>: )?"
)
_LIST: Final = re.compile(r"The following (?P<rest>[a-z][\w-]+s (?:(?:which|that) )?[^:,]{4,80}):$")
_RULE: Final = re.compile(r"^[^\S\n]*([\w-]+)[^\S\n]*::=[^\n]*(?:\n(?![^\S\n]*[\w-]+[^\S\n]*::=)[^\n]+)*", re.MULTILINE)
_RULES_PER_BLOCK: Final = 1
_FEWEST_SYMBOLS: Final = 4
"""A production of fewer is a mere renaming."""
_ROUNDED: Final = ("thing", "definition", "purpose", "does")
"""Kinds whose answer takes in the next sentences of its paragraph: one sentence defines little."""
_ALLOWED: Final = ("permission", "obligation")
_BEYOND: Final = 6
"""Words that an answer to "Can X do Y?" needs beside "X can do Y", unless it says no."""
_FEWEST_WORDS: Final = 8
_FEWEST_WORDS_OF_AN_OVERVIEW: Final = 30
"""Of prose: less explains nothing, however long the grammar beside it."""
_AT_ONCE: Final = 18
"""Characters into an overview in which its construct is named; further on, the text is in the middle of something."""
_MODULE: Final = re.compile(r"[\"“]?(?P<name>[\w.]+)[\"”]? — ")
"""The title of a document on one module: "pdb — The Python Debugger"."""


def find(passage: Passage, topic: Topic, about: Entry | None) -> Iterator[Found]:
    """What can be asked about `passage`; `about` is its entry, if it is one."""
    yield from _grammar(passage, topic)
    yield from _statements(passage, topic, about)
    yield from _lists(passage)
    yield from _changes(passage, topic, about)
    if about is None:
        yield from _overview(passage, topic)
        yield from _examples(passage, topic)


def _statements(passage: Passage, topic: Topic, about: Entry | None) -> Iterator[Found]:
    for b, i, sentence in passage.each():
        if about is not None and (b, i) == (passage.opening, 0):
            continue
        if about is None and (module := _MODULE.match(passage.headings[0])) and module["name"] not in sentence.flat:
            continue
        reading = statements.read(sentence.flat, topic)
        more = 2 if reading and reading[0] in _ROUNDED else 0
        spans = _unbracketed(passage.text, passage.brief(b, i, more)) if reading else None
        if spans and passage.words(spans) < _FEWEST_WORDS:
            continue
        if reading and spans and reading[0] in _ALLOWED and _echoes(passage.words(spans), reading[1], sentence.flat):
            continue
        if reading and spans:
            yield reading[0], spans, reading[1]


def _unbracketed(text: str, spans: Spans | None) -> Spans | None:
    """`spans` without the brackets around the whole of a remark."""
    if (
        spans is None
        or len(spans) != 1
        or not (text[slice(*spans[0])].startswith("(") and text[spans[0][1] - 1] == ")")
    ):
        return spans
    ((start, end),) = spans
    return ((start + 1, end - 1),)


def _echoes(words: int, slots: dict[str, str], flat: str) -> bool:
    """Whether an answer of so many words only says the question again."""
    asked = sum(len(value.split()) for value in slots.values())
    return words < asked + _BEYOND and not re.search(r"\b(?:cannot|not)\b", flat)


def _lists(passage: Passage) -> Iterator[Found]:
    for b, inside in enumerate(passage.sentences):
        announced = _LIST.match(inside[-1].flat) if inside else None
        if announced and b + 1 < len(passage.blocks) and passage.blocks[b + 1].kind == "item":
            spans = passage.brief(b, len(inside) - 1)
            if spans:
                yield "list", spans, {"which": spoken(announced["rest"])}


def _grammar(passage: Passage, topic: Topic) -> Iterator[Found]:
    for block in passage.blocks:
        if block.kind != "grammar":
            continue
        rules = list(_RULE.finditer(passage.text, block.start, block.end))
        if topic.construct and topic.construct.startswith("the"):
            yield "grammar", ((block.start, block.end),), {"construct": topic.construct}
        elif len(rules) > 1 or not topic.construct:
            telling = [rule for rule in rules if len(rule[0].partition("::=")[2].split()) >= _FEWEST_SYMBOLS]
            for rule in telling[:_RULES_PER_BLOCK]:
                yield "rule", ((rule.start(), rule.end()),), {"rule": rule[1]}


def _changes(passage: Passage, topic: Topic, about: Entry | None) -> Iterator[Found]:
    name = f"`{about.name}`" if about else topic.construct
    for block in passage.blocks:
        flat = flatten(passage.text[block.start : block.end])
        change = _CHANGE.match(flat) if block.kind == "version" else None
        if not change or not change["told"] or pointing(flat) or len(flat) < 60:
            continue
        if not name:
            continue
        kind = {"New": "added", "Added": "added", "Deprecated": "deprecated"}.get(change["what"], "changed")
        yield kind, ((block.start, block.end),), {"subject": name, "version": change["version"]}


def _overview(passage: Passage, topic: Topic) -> Iterator[Found]:
    first = next((b for b, block in enumerate(passage.blocks) if block.kind == "paragraph"), None)
    if (
        first is None
        or not passage.begins
        or not topic.construct
        or passage.sentences[first][0].leans
        or passage.sentences[first][0].points
    ):
        return
    spans = passage.whole(first)
    keyword = re.sub(r"(?<!s)s$", "", re.sub(r"^the |`", "", topic.construct).split(" ")[0]).lower()
    told = sum(passage.words((span,)) for span in spans or () if "::=" not in passage.text[slice(*span)])
    begin = passage.blocks[first].start
    at_once = re.search(
        rf"\b{re.escape(keyword)}(?:s|es)?(?!\w)", passage.text[begin : begin + _AT_ONCE + len(keyword) + 1].lower()
    )
    if spans and len(spans) > 1 and told >= _FEWEST_WORDS_OF_AN_OVERVIEW and at_once:
        yield "overview", spans, {"construct": topic.construct}


def _examples(passage: Passage, topic: Topic) -> Iterator[Found]:
    keyword = re.match(r"the `(\w+)`", topic.construct)
    for b, block in enumerate(passage.blocks):
        code = passage.text[block.start : block.end]
        if block.kind != "code" or not keyword or not re.search(rf"\b{keyword[1]}\b", code) or "=" not in code + "=":
            continue
        before = passage.sentences[b - 1] if b else []
        if not before or before[-1].points:
            continue
        start = len(before) - 1
        while start and before[start].leans:
            start -= 1
        if not before[start].leans and re.search(r"example|:$", before[-1].flat):
            spans = passage.brief(b - 1, start)
            if spans and spans[-1] == (block.start, block.end):
                yield "use", spans, {"construct": topic.construct}
