"""Whether a request that was put in other words still asks for the same, as far as rules can see.

A paraphrase may change everything but what an answer depends on: code, addresses and quotations, numbers with their units, names,
negations, bounds ("at least", "only", "all"), the form of the answer, which of two opposites is meant, and that something is asked
for at all. Each of these is read from both texts and compared. The rules see words, not sense: that two people exchanged their
parts, or that one ordinary word became another, they do not see. Every pattern is linear in the length of the text.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Final

from tasks.text.claims import names, numbers
from tasks.text.words import OPPOSITES, STOPWORDS, words

_CODE: Final = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_QUOTED: Final = re.compile(r"“([^“”\n]+)”|(?<!\w)\"([^\"\n]+)\"|(?<!\w)['‘]([^'’\n]+)['’](?!\w)")
_SYMBOL: Final = re.compile(r"://|[@_\\{}<>=#|^~+×÷≤≥$€£%°]|[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]|\w\.[a-z]{2,4}\b")
_AROUND: Final = ".,;:!?\"'“”‘’()[]*"
_ORDINAL: Final = re.compile(r"\d+(?:st|nd|rd|th)")
_NUMBER_WORDS: Final = dict(
    pair.split("/")
    for pair in """two/2 three/3 four/4 five/5 six/6 seven/7 eight/8 nine/9 ten/10 eleven/11 twelve/12 thirteen/13 fourteen/14
        fifteen/15 sixteen/16 seventeen/17 eighteen/18 nineteen/19 twenty/20 thirty/30 forty/40 fifty/50 sixty/60 seventy/70
        eighty/80 ninety/90""".split()  # noqa: SIM905
)
_MULTIPLES: Final = frozenset(
    "half quarter double triple twice dozen hundred thousand million billion trillion third fourth fifth sixth tenth".split()  # noqa: SIM905
)
_UNITS: Final = {
    word: line.split("/")[0]
    for line in """word/words sentence/sentences paragraph/paragraphs line/lines character/characters letter/letters
        syllable/syllables page/pages percent/% second/seconds/sec/secs minute/minutes/min/mins hour/hours/hr/hrs day/days
        week/weeks month/months year/years decade/decades century/centuries mm/millimeter/millimeters/millimetre/millimetres
        cm/centimeter/centimeters/centimetre/centimetres m/meter/meters/metre/metres km/kilometer/kilometers/kilometre/kilometres
        mile/miles/mi foot/feet/ft inch/inches mg/milligrams g/gram/grams kg/kilogram/kilograms/kilos lb/lbs/pound/pounds
        oz/ounce/ounces ml/milliliters/millilitres l/liter/liters/litre/litres cup/cups tablespoon/tablespoons
        teaspoon/teaspoons dollar/dollars/$/usd euro/euros/€ cent/cents degree/degrees celsius/c fahrenheit/f
        mb/megabytes gb/gigabytes kb/kilobytes byte/bytes bit/bits mph kph""".split()  # noqa: SIM905
    for word in line.split("/")
}
"""Units and what an answer is counted in, by every way to write each. An m, c, f or l counts behind a number only."""
_MEASURED: Final = re.compile(r"([$€]?)(\d[\d.,]*)[ -]?([A-Za-z]+|%)?")
_FORMS: Final = frozenset(
    """json csv xml yaml html markdown latex sql regex table bullet poem haiku sonnet limerick essay letter email tweet paragraph
    sentence headline dialogue script song lyric rap story slogan outline python javascript java typescript rust bash""".split()  # noqa: SIM905
)
"""Forms that an answer may be asked for in."""
_IDIOMS: Final = re.compile(
    r"\b(?:(?:whether )?or not|not only|why (?:don['’]t|not) (?:you|we)|if you don['’]t mind|no (?:problem|worries)|of all time"
    r"|after all|at all|all right|each other)\b"
)
"""Where "not", "no", "all" and "each" deny or count nothing."""
_BOUNDS: Final = {
    "at least": re.compile(r"\bat (?:the very )?least\b|\bno (?:less|fewer) than\b|\ba minimum of\b|\bor more\b"),
    "at most": re.compile(
        r"\bat (?:the very )?most\b|\b(?:no|not) (?:more|longer) than\b|\ba maximum of\b|\bup to\b|\bor (?:less|fewer)\b"
        r"|\bnot exceed"
    ),
    "more than": re.compile(r"(?<!no )(?<!not )\bmore than\b|\b(?:over|above|exceeding) \d"),
    "less than": re.compile(r"(?<!no )(?:\bless|\bfewer) than\b|\b(?:under|below) \d"),
    "except": re.compile(r"\bexcept\b|\bexcluding\b|\bother than\b|\bapart from\b|\baside from\b|\bunless\b"),
    "all": re.compile(r"\b(?:all|every|each|everything|everyone|entire|whole)\b"),
}
_DENIALS: Final = frozenset(
    "not no never none nobody nothing neither without cannot avoid avoids avoiding refrain".split()  # noqa: SIM905
)
_PARTICLES: Final = frozenset("in out on off up down left".split())  # noqa: SIM905
_OPPOSITES: Final = (frozenset({"first", "last"}), *(pair for pair in OPPOSITES if not pair & _PARTICLES))
_STATEMENT: Final = re.compile(
    r"(?:the|this|that|these|those|it|he|she|they|we|there|here|i|my|our|his|her|their)\b", re.IGNORECASE
)
_WISH: Final = re.compile(
    r"\?|\b(?:please|need|want|wish|would like|like to|looking for|wonder\w*|curious|tell|help|know|ask\w*|interested|trying"
    r"|hope)\b|[.;!]\s",
    re.IGNORECASE,
)
"""In texts that begin as a statement does and ask for something all the same, perhaps in a further sentence."""
_ONLY: Final = frozenset({"only", "solely", "exclusively"})
_LIKE_ONLY: Final = _ONLY | {"just", "alone", "single", "nothing"}


def meaning_change(before: str, after: str) -> str | None:
    """The first thing an answer depends on that `before` and `after` do not share, as "kind: what"; None if there is none."""
    before, after = (text.replace("°", " degrees ").strip() for text in (before, after))
    for kind, compare in _COMPARISONS.items():
        if differing := compare(before, after):
            return f"{kind}: {', '.join(sorted(differing)[:4])}"
    return None


def _exact(before: str, after: str) -> set[str]:
    """Code, addresses and symbols that one text has and the other has not."""
    mine, theirs = (Counter(_CODE.findall(text)) + Counter(_symbols(_CODE.sub(" ", text))) for text in (before, after))
    return set((mine - theirs) + (theirs - mine))


def _symbols(text: str) -> list[str]:
    """Tokens that hold a sign or mix letters and digits, but for what `_numbers` compares."""
    tokens = (token.strip(_AROUND).removesuffix("'s").removesuffix("’s") for token in text.split())
    return [token for token in tokens if _SYMBOL.search(token) and not _is_measure(token)]


def _is_measure(token: str) -> bool:
    found = _MEASURED.fullmatch(token)
    return bool(_ORDINAL.fullmatch(token) or (found and (found[3] or "%").lower() in _UNITS))


def _quoted(before: str, after: str) -> set[str]:
    """Quotations whose words do not stand in the other text, quoted or not."""
    differing = set()
    for one, other in ((before, after), (after, before)):
        said = f" {' '.join(words(other))} "
        quotations = (next(filter(None, groups)) for groups in _QUOTED.findall(one))
        differing |= {quotation for quotation in quotations if f" {' '.join(words(quotation))} " not in said}
    return differing


def _numbers(before: str, after: str) -> set[str]:
    mine, theirs = _numbers_of(before), _numbers_of(after)
    differing = (mine - theirs) + (theirs - mine)
    for less, text in ((theirs, after), (mine, before)):
        if not less["1"] and not {"one", "a", "an", "single"}.isdisjoint(words(text)):
            differing.pop("1", None)
    return set(differing) | (set(_measures(before)) ^ set(_measures(after)))


def _numbers_of(text: str) -> Counter[str]:
    """The different numbers of `text`; twenty-five and 25 are one, words such as half and thousand stand for themselves."""
    found: Counter[str] = Counter(dict.fromkeys(numbers(text.replace("-", " ")), 1))
    tens = ""
    for word in words(text):
        value = _NUMBER_WORDS.get(word) or (word if word in _MULTIPLES else "")
        if tens and len(value) == 1:
            found[tens] = 0
            value = str(int(tens) + int(value))
        if value:
            found[value] = 1
        tens = value if value.isdigit() and int(value) >= 20 and int(value) % 10 == 0 else ""
    return +found


def _measures(text: str) -> list[str]:
    """Units that stand behind (or, of currencies, before) a number."""
    spelled = " ".join(_NUMBER_WORDS.get(word, word) for word in text.replace("-", " ").split())
    measured = _MEASURED.findall(spelled)
    found = (_UNITS.get((sign or unit).lower()) for sign, number, unit in measured if number != "1")
    return [unit for unit in found if unit]


def _names(before: str, after: str) -> set[str]:
    """Names that the other text does not have in any case."""
    differing = set()
    for one, other in ((before, after), (after, before)):
        here, there = ({_bare(word) for word in words(text)} for text in (one, other))
        differing |= {name for name in _names_of(one) if {_bare(part) for part in words(name)} & here - there}
    return differing


def _names_of(text: str) -> list[str]:
    """Capitalised words inside sentences; and at a beginning those in capitals, and those that a name follows."""
    tokens = text.split()
    capitals = [token for token in tokens if token[:1].isupper()]
    if len(tokens) > 3 and len(capitals) > 0.6 * len(tokens):  # a heading, where capitals say nothing
        return []
    found = names(text)
    inside = frozenset(found)
    for token, following in zip(tokens, [*tokens[1:], ""], strict=False):
        bare = token.strip(_AROUND)
        begins_name = bare.istitle() and bare.endswith(("'s", "’s")) and following.strip(_AROUND) in inside
        if (begins_name or (len(bare) > 1 and bare.isupper() and bare.isalpha())) and bare.lower() not in STOPWORDS:
            found.append(bare)
    return found


def _bare(word: str) -> str:
    """Without accents and endings: Pokémon and Pokemon's are one name."""
    word = "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))
    word = word.removesuffix("'s").removesuffix("'")
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _denials(before: str, after: str) -> set[str]:
    counts = [
        [word for word in words(_without_bounds(text)) if word in _DENIALS or word.endswith("n't")]
        for text in (before, after)
    ]
    return set() if len(counts[0]) == len(counts[1]) else {*counts[0], *counts[1]}


def _without_bounds(text: str) -> str:
    text = _IDIOMS.sub(" ", text.lower())
    for pattern in (_BOUNDS["at least"], _BOUNDS["at most"]):
        text = pattern.sub(" ", text)
    return text


def _asks(before: str, after: str) -> set[str]:
    """How `after` begins where it states or announces something, and `before` does not."""
    states = [text.endswith(":") or bool(_STATEMENT.match(text) and not _WISH.search(text)) for text in (before, after)]
    return {" ".join(after.split()[:4])} if states == [False, True] else set()


def _bounds(before: str, after: str) -> set[str]:
    mine, theirs = ({name for name, found in _BOUNDS.items() if found.search(_plain(text))} for text in (before, after))
    said, meant = set(words(before)), set(words(after))
    only = (said & _ONLY and not meant & _LIKE_ONLY) or (meant & _ONLY and not said & _LIKE_ONLY)
    return (mine ^ theirs) | ({"only"} if only else set())


def _plain(text: str) -> str:
    return _IDIOMS.sub(" ", " ".join(text.lower().split()))


def _forms(before: str, after: str) -> set[str]:
    mine, theirs = ({_bare(word) for word in words(text)} & _FORMS for text in (before, after))
    return mine ^ theirs


def _opposites(before: str, after: str) -> set[str]:
    apart = set(words(before)) ^ set(words(after))
    return {"/".join(sorted(pair)) for pair in _OPPOSITES if pair <= apart}


_COMPARISONS: Final[dict[str, Callable[[str, str], set[str]]]] = {
    "code": _exact,
    "quotation": _quoted,
    "number": _numbers,
    "name": _names,
    "negation": _denials,
    "bound": _bounds,
    "form": _forms,
    "opposite": _opposites,
    "no request": _asks,
}
