"""From the words of a manual to the words of a question: how people write what manuals quote, and what a passage is about."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from tasks.generation.from_documents.templates.fill import a

_MARKED: Final = re.compile(
    r'\*\*([^*]+)\*\*|[‘“]?"("[^"]*"|\'[^"]*\'|[^"]+)"[’”]?|(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])'
)
_CONSTRUCT: Final = re.compile(
    r'(?:The )?["“](?P<name>[^"”]+)["”] (?P<noun>statement|expression|clause|operator|module|class|function)s?'
)
_PLURAL_HEADING: Final = re.compile(
    r"(?!Special|Basic|With|String and|Reserved|Format ex|Calls|Resolution|Binding|\w+ \w+ing )"
    r"[A-Z][\w-]*(?: [\w-]+){0,4}s(?: \([a-z ]+\))?"
)
_GERUND_HEADING: Final = re.compile(r"(?!String|Nothing|\w+ of )[A-Z][a-z]+ing (?:[\w-]+ ?){1,4}")
_UNSPECIFIC: Final = re.compile(
    r"(?i)basics?|examples|notes|overview|introduction|details|types|values|methods|objects|functions|footnotes|attributes"
    r"|programs|debugger commands|other tokens|miscellaneous|classes|modules|exceptions|names|naming and binding"
)


def spoken(text: str, parameters: Collection[str] = ()) -> str:
    """`text` as it stands in a question: code and the names of `parameters` between backticks, other emphasis and
    typographic quotes plain."""

    def say(mark: re.Match[str]) -> str:
        if mark[3]:
            return f"`{mark[3]}`" if mark[3] in parameters else mark[3]
        return mark[1] or f"`{mark[2].strip()}`"

    return re.sub(r"\s+", " ", _MARKED.sub(say, text)).replace("“", '"').replace("”", '"').strip()


@dataclass(frozen=True)
class Topic:
    """What a passage is about, read off its headings."""

    construct: str = ""
    """With its article, as the subject of a question: "the `with` statement", "str.center()"; empty if too general."""
    where: str = ""
    """The same as a circumstance: "in a `with` statement", "when emulating numeric types"."""
    call: str = ""
    """Inside an entry: how a question names it, "`str.center()`", "the `help` command of pdb"."""
    narrow: bool = False
    """Inside an entry so small that every condition is about it alone."""
    tool: str = ""
    """Inside a command's entry: what it is a command of."""
    parameters: tuple[str, ...] = ()
    """Inside an entry: the names in its signature."""


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
            return Topic("", f"when {_small(heading)}")
        if _PLURAL_HEADING.fullmatch(heading):
            plural = _small(re.sub(r" \(.*", "", heading))
            return Topic(plural, f"{'with' if plural.endswith(('objects', 'instances')) else 'in'} {plural}")
    return Topic()


def _small(heading: str) -> str:
    """A heading in title case, as running text."""
    return re.sub(r"\b(?!Python\b)[A-Z][a-z]+\b", lambda word: word[0].lower(), spoken(heading))


def a_code(name: str) -> str:
    """`name`, which begins with code, with the indefinite article its sound asks for."""
    word = name.strip("`").split("`")[0]
    return f"{a(word).split(' ')[0]} {name}" if word.isalpha() else f"a {name}"
