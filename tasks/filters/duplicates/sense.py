"""Whether two texts that are alike in wording are alike in sense.

Shingles and embeddings see which words there are. They do not see that one sign, one number or one "not" turns a text around.
So two rows are duplicates only if they ask the same, word for word but for words that cannot matter (articles, "please", whether
it is "Name …" or "What is …"), and if their responses do not contradict each other: the same numbers, operators, signs and
negations in the same order, no name, code or quotation exchanged for another. A response that only breaks off early contradicts
nothing.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from tasks.filters.duplicates.minhash import Rows
from tasks.text.words import OPPOSITES, STOPWORDS

_OUTER: Final = re.compile(
    r"<\|[^|>\n]{1,40}\|>|\*\*|^[ \t]*#{1,6} |^[ \t]*(?:[-*+•]|\(?\d{1,2}[.)])[ \t]+(?=\D)|^[ \t]*>[ \t]", re.MULTILINE
)
"""Chat tokens, emphasis, headings, bullets and quotation marks at the beginning of lines, which say nothing themselves."""
_TOKEN: Final = re.compile(
    r"(?P<quoted>`[^`\n]+`|\"[^\"\n]{1,80}\"|“[^”\n]{1,80}”|(?<!\w)['‘][^'’\n]{1,80}['’](?!\w))"
    r"|(?P<option>(?<![\w-])--?[A-Za-z][\w-]*)"
    r"|(?P<word>\w+(?:['’._-]\w+)*)"
    r"|(?P<sign>[-−–](?=\s?[\d(.√])|(?<=\b\w )[-−–](?= \w\b)|[+=<>≤≥≠≈×÷±^%&|~√∞∂∑∏∫→←↔⇒⇔∧∨¬∈∉⊂∪∩*/\\@$€£¥°\[\]{};]"
    r"|[!?](?=\S|\s+[a-z])|:(?=[^\s/])|(?<=\w)\(|,(?=\))|(?<=\d)\.(?=\s+[a-z])|(?<!\S)\.(?!\S)|\.\.+(?=/|\s\S))"
)
_CODE: Final = re.compile(r"[$\\{]")
_BEFORE: Final = " \t\"“‘'([*#-"
"""What may stand between the end of a sentence and the beginning of the next."""
_SYMBOL: Final = re.compile(
    r"(?![a-z]*\Z)(?:\w{0,60}(?:[a-z][A-Z]|[A-Z]{2}|\d|[²³¹⁰-₟½¼¾①-⓿]|_)\w{0,60}|.{0,60}\w[._]\w.*|[B-HJ-Z]|[A-Z][a-z])"
)
"""Numbers, units, abbreviations and identifiers, whose capitals count: 10², MB, Mb, pH, str.find, x."""
_IDLE: Final = frozenset(
    """a an the please kindly me us of is are be do does can could would you your i it its there and as so also just that this
    these those which what for in on at with will now then""".split()  # noqa: SIM905
)
"""Words that cannot make two requests different ones."""
_POLITE: Final = frozenset({"please", "kindly", "can", "could", "would", "will", "you", "now", "then", "and"})
_NAME: Final = "name list state give tell provide identify mention enumerate find calculate compute determine obtain"
_REQUESTS: Final = (
    dict.fromkeys(_NAME.split(), "")
    | dict.fromkeys(("write", "create", "generate", "make", "produce", "compose", "draft", "implement"), "write")
    | {"describe": "explain", "explain": "explain"}
)
"""What a verb that begins a request amounts to; to name a thing is to say what it is."""
_NUMBERS: Final = {
    name: str(number)
    for number, name in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
    )
}
_COUNTS: Final = frozenset(
    """thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
    thousand million billion half twice double triple dozen first second third fourth fifth last""".split()  # noqa: SIM905
)
_DENIALS: Final = frozenset(
    "not no never none nobody nothing nor neither without cannot except unless false incorrect wrong yes true less more".split()  # noqa: SIM905
)
_FEW: Final = 2
"""Words of which neither can be the beginning of a part that may stand elsewhere: squares and rectangles."""
_SIMPLE: Final = 3
"""Content words up to which another order is another sense: the doctor helps the patient."""
_SHORT: Final = 20
"""Words up to which a response has no room to say the same in other words."""


class Question(NamedTuple):
    """What a text asks."""

    words: tuple[str, ...]
    """In order, without those that cannot matter."""
    exact: tuple[str, ...]
    """Those of them, in order, that are numbers, signs, symbols, quotations or denials."""

    @property
    def unordered(self) -> "Question":
        """The same wherever it begins: "In the woods, how do bears sleep?" is "How do bears sleep in the woods?", but "Is a
        square a rectangle?" is not "Is a rectangle a square?"."""
        return Question(_turned(self.words) if len(self.words) > _FEW else self.words, self.exact)


class Claims(NamedTuple):
    """What of a response another one could contradict."""

    exact: tuple[str, ...]
    """Numbers, signs and denials in their order."""
    names: frozenset[str]
    """Names, symbols and quotations."""
    words: frozenset[str]
    content: tuple[str, ...]
    """Words that carry meaning, in their order, of a short response; nothing of a longer one."""


class _Token(NamedTuple):
    kind: str
    text: str
    begins: bool
    """Whether a sentence begins here."""


@lru_cache(maxsize=1 << 10)
def question(text: str) -> Question:
    """What `text` asks: equal for texts that ask the same but for words that cannot matter."""
    words: list[str] = []
    exact: list[str] = []
    opening = True
    for token in _tokens(text):
        opening = opening or token.begins
        word, counts = _counted(token)
        if not counts and opening and word in _REQUESTS:
            words[:0] = filter(None, [_REQUESTS[word]])  # wherever the request stands: "What is it? Explain."
            word = ""
        if opening and word not in _POLITE:
            opening = False
        if counts or word in _DENIALS:
            exact.append(word)
        if counts or (word and word not in _IDLE):
            words.append(word if counts else _singular(word))
    return Question(tuple(words), (*exact, *_indentation(text)))


def same_question(left: str, right: str) -> bool:
    """Whether two texts ask the same where both have the same answer: one may then say more than the other, but not something else
    in its place."""
    mine, theirs = question(left).unordered, question(right).unordered
    only_mine, only_theirs = (Counter(a.words) - Counter(b.words) for a, b in ((mine, theirs), (theirs, mine)))
    if not only_mine and not only_theirs:
        return mine == theirs or (mine.exact == theirs.exact and len(mine.words) <= _FEW)
    more = {*only_mine, *only_theirs}
    return mine.exact == theirs.exact and not (only_mine and only_theirs) and more.isdisjoint(STOPWORDS)


def contradict(left: str, right: str) -> bool:
    """Whether two responses to one question say different things in nearly the same words."""
    if left == right or _breaks_off(left, right):
        return False
    mine, theirs = claims(left), claims(right)
    if mine.exact != theirs.exact:
        return True
    if mine.names - theirs.names and theirs.names - mine.names:
        return True
    if mine.content and theirs.content and mine.content != theirs.content:
        only_mine, only_theirs = ({*a.content} - {*b.content} for a, b in ((mine, theirs), (theirs, mine)))
        turned = _turned(mine.content) == _turned(theirs.content) or len(mine.content) > _SIMPLE
        if (only_mine and only_theirs) or not (only_mine or only_theirs or turned):
            return True
    apart = mine.words ^ theirs.words
    if any(name != name.lower() in apart for name in mine.names ^ theirs.names):  # mg for Mg
        return True
    return any(pair <= apart for pair in OPPOSITES)


def split(groups: Rows, crowded: Rows, texts: Sequence[str], ordered: bool) -> Rows:
    """`groups` (for each row the first one of its group) divided by what rows ask; `texts` are those of the rows `crowded`."""
    first: dict[tuple[int, Question], int] = {}
    divided = groups.copy()
    for row, text in zip(crowded.tolist(), texts, strict=True):
        asked = question(text)
        divided[row] = first.setdefault((int(groups[row]), asked if ordered else asked.unordered), row)
    return divided


@lru_cache(maxsize=1 << 10)
def claims(text: str) -> Claims:
    """What of the response `text` another one could contradict."""
    exact: list[str] = []
    names: set[str] = set()
    words: set[str] = set()
    content: list[str] = []
    for token in _tokens(text):
        word, counts = _counted(token)
        content += () if word in STOPWORDS or token.kind == "sign" else (_singular(word),)
        if word in _DENIALS or word[:1].isdigit() or word in _COUNTS or token.kind in ("sign", "option"):
            exact.append(word)
        elif counts or (token.text[:1].isupper() and not token.begins):
            names.add(word)
        else:
            words.add(word)
    return Claims(
        (*exact, *_indentation(text)),
        frozenset(names),
        frozenset(words),
        tuple(content) if len(text.split()) <= _SHORT else (),
    )


def _tokens(text: str) -> list[_Token]:
    text = _OUTER.sub("", text)
    if text.isupper():
        text = text.lower()
    tokens = []
    for match in _TOKEN.finditer(text):
        before = text[max(match.start() - 4, 0) : match.start()].rstrip(_BEFORE)
        tokens.append(_Token(match.lastgroup or "", match[0], not before or before[-1] in ".!?:\n"))
    return tokens


@lru_cache(maxsize=1 << 16)
def _counted(token: _Token) -> tuple[str, bool]:
    """The token as it is compared, and whether it is exact: a number, sign, option, symbol or quotation."""
    kind, text, _ = token
    if kind == "quoted":
        inner = text[1:-1].strip().rstrip(".,")
        return (text if _CODE.search(inner) else inner), True
    if kind != "word":
        return text.replace("−", "-").replace("–", "-"), True
    word = text.replace("’", "'").lower()
    if word in _NUMBERS:
        return _NUMBERS[word], True
    if word.endswith("n't"):
        return "not", False
    if _SYMBOL.fullmatch(text) and not (len(text) == 2 and text.istitle() and (token.begins or word in STOPWORDS)):
        return text, True
    return ("was" if word == "were" else word), False


def _turned(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words, beginning with the first in the alphabet; of several, with the one that makes the sequence the first."""
    least = min(words, default="")
    return min((words[at:] + words[:at] for at, word in enumerate(words) if word == least), default=())


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _indentation(text: str) -> tuple[str, ...]:
    """How deep each line stands below the one it belongs to, of a text with indented lines."""
    if "\n " not in text and "\n\t" not in text:
        return ()
    levels: list[str] = []
    margins: list[int] = []
    for line in text.expandtabs(8).splitlines():
        if bare := line.lstrip():
            margin = len(line) - len(bare)
            while margins and margins[-1] > margin:
                margins.pop()
            if not margins or margins[-1] < margin:
                margins.append(margin)
            levels.append(f"\t{len(margins)}")
    return tuple(levels)


def _breaks_off(left: str, right: str) -> bool:
    """Whether the shorter text is the beginning of the longer one; its last word may be cut, but no number."""
    short, long = sorted((_OUTER.sub("", left).split(), _OUTER.sub("", right).split()), key=len)
    if len(short) < 2 or short == long or short[:-1] != long[: len(short) - 1]:
        return False
    last, whole = short[-1].rstrip(".…"), long[len(short) - 1]
    return whole.rstrip(".") == last if any(map(str.isdigit, last)) else whole.startswith(last)
