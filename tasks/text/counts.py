"""Words, sentences, paragraphs and list items of a text, as a reader counts them."""

import re
from typing import Final

_LIST_ITEM: Final = re.compile(r"^(?P<mark>[-*•]|\d+[.)]) +(?P<text>\S.*)$")
_SENTENCE_END: Final = re.compile(r"[.!?…][\"”’')\]*_`]*(?=\s+[\"“‘'(\[*_`]*[A-Z0-9]|\s*\Z)")
_NO_END: Final = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Col|Capt|Rev|Hon|Messrs|e\.g|i\.e|etc|vs|cf|viz|No|Fig|Sec|approx)|\b[A-Z])\.$"
)
_LOOK_BACK: Final = 12
"""Characters before a full stop in which an abbreviation may begin."""
_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n")


def word_count(text: str) -> int:
    """Words as a reader counts them: runs without white space that hold a letter or digit."""
    return sum(any(c.isalnum() for c in word) for word in text.split())


def sentence_count(text: str) -> int:
    """Sentences as a reader counts them: full stops and the like that end one, abbreviations left out."""
    stops = (stop.start() + 1 for stop in _SENTENCE_END.finditer(text))
    return sum(_NO_END.search(text[max(0, stop - _LOOK_BACK) : stop]) is None for stop in stops)


def paragraphs(text: str) -> list[str]:
    """The parts of a text between blank lines, without empty ones."""
    return [part.strip() for part in _PARAGRAPHS.split(text) if part.strip()]


def list_items(response: str, numbered: bool) -> int | None:
    """How many items the response has, if it is nothing but such a list; None otherwise."""
    items = [_LIST_ITEM.match(line) for line in response.splitlines() if line.strip()]
    for number, item in enumerate(items, 1):
        if item is None or (item["mark"][:-1] != str(number) if numbered else item["mark"][0].isdigit()):
            return None
    return len(items)
