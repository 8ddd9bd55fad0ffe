"""From the words of a manual to the words of a question: how people write what manuals quote, and what a passage is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tasks.seeds.fill import a, lower

_MARKED: Final = re.compile(r'\*\*([^*]+)\*\*|[‘“]?"("[^"]*"|\'[^"]*\'|[^"]+)"[’”]?|(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])')
_CONSTRUCT: Final = re.compile(
    r'(?:The )?["“](?P<name>[^"”]+)["”] (?P<noun>statement|expression|clause|operator|module|class|function)s?'
)
_PLURAL_HEADING: Final = re.compile(r"(?!Special|Basic|Customizing)[A-Z][\w-]*(?: [\w-]+){0,4}s(?: \([a-z ]+\))?")
_GERUND_HEADING: Final = re.compile(r"[A-Z][a-z]+ing (?:[\w-]+ ?){1,4}")
_UNSPECIFIC: Final = re.compile(
    r"(?i)basics?|examples|notes|overview|introduction|details|types|values|methods|objects|functions|footnotes|attributes"
    r"|programs|debugger commands|other tokens|miscellaneous|classes|modules|exceptions|names|naming and binding"
)


def spoken(text: str) -> str:
    """`text` as it stands in a question: code between backticks, emphasis and typographic quotes plain."""

    def say(mark: re.Match[str]) -> str:
        return mark[1] or (f"`{mark[2].strip()}`" if mark[2] else mark[3])

    return re.sub(r"\s+", " ", _MARKED.sub(say, text)).replace("“", '"').replace("”", '"').strip()


@dataclass(frozen=True)
class Topic:
    """What a passage is about, read off its headings."""

    construct: str = ""
    """With its article, as the subject of a question: "the `with` statement", "str.center()"; empty if too general."""
    where: str = ""
    """The same as a circumstance: "in a `with` statement", "when emulating numeric types"."""


def topic(headings: Sequence[str]) -> Topic:
    """The topic of a passage under `headings`, outermost first: that of the innermost one that says enough."""
    for heading in reversed(headings):
        construct = _CONSTRUCT.fullmatch(heading.strip())
        if construct:
            name = f"`{construct['name']}` {construct['noun']}"
            return Topic(f"the {name}", f"in {a_code(name)}" if construct["noun"] not in ("module", "class") else "")
        if _UNSPECIFIC.fullmatch(heading):
            return Topic()
        if _GERUND_HEADING.fullmatch(heading):
            return Topic("", f"when {lower(spoken(heading))}")
        if _PLURAL_HEADING.fullmatch(heading):
            plural = lower(spoken(re.sub(r" \(.*", "", heading)))
            return Topic(plural, f"in {plural}")
    return Topic()


def a_code(name: str) -> str:
    """`name`, which begins with code, with the indefinite article its sound asks for."""
    word = name.strip("`").split("`")[0]
    return f"{a(word).split(' ')[0]} {name}" if word.isalpha() else f"a {name}"
