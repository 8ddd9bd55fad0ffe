"""Splits texts into words, and normalises them for comparison."""

import re
import unicodedata
from typing import Final

STOPWORDS: Final = frozenset(
    """a about above after again against all also although am among an and any are as at away be became because become
    been before being below between both but by can cannot could did do does doing done down during each either else
    even ever every few for from further get gets give given go goes had has have having he hence her here hers herself
    him himself his how however i if in into is it its itself just let like made make makes many may me might mine more
    most much must my myself neither no nor not now of off often on once one only onto or other others otherwise our
    ours ourselves out over own per perhaps quite rather same say says see shall she should since so some still such
    take than that the their theirs them themselves then there therefore these they this those though through thus to
    together too toward towards under until up upon us use used uses using very via was we well were what whatever when
    where whether which while who whom whose why will with within without would yet you your yours yourself yourselves
    aren't can't couldn't didn't doesn't don't hadn't hasn't haven't i'd i'll i'm i've isn't it's let's shouldn't that's
    there's they're wasn't we're we've weren't won't wouldn't you'd you'll you're you've""".split()  # noqa: SIM905
)
"""English function words, which occur in every text whatever its subject."""
OPPOSITES: Final = tuple(
    frozenset(pair.split("/"))
    for line in (
        "more/less more/fewer most/least max/min maximum/minimum highest/lowest largest/smallest biggest/smallest longest/shortest",
        "best/worst before/after increase/decrease increases/decreases increased/decreased increasing/decreasing above/below",
        "ascending/descending odd/even add/remove advantages/disadvantages positive/negative encode/decode encrypt/decrypt",
        "upper/lower push/pop uppercase/lowercase buy/sell open/close start/stop hot/cold old/new male/female cause/effect",
        "import/export greater/smaller greater/less high/low large/small good/bad always/never left/right safe/unsafe up/down",
        "on/off in/out inside/outside front/behind big/small big/little huge/small young/old near/far early/late easy/hard",
    )
    for pair in line.split()
)
"""Pairs of words that turn a text around when one stands in the other's place."""

_WORD: Final = re.compile(r"__\w+?__|[^\W_]+(?:[_'’][^\W_]+)*")
_SPACE: Final = re.compile(r"\s+")


def words(text: str) -> list[str]:
    """The lower-cased words of `text`, in order. Contractions (don't), snake_case names and dunder names stay whole."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower().replace("’", "'"))


def content_words(text: str) -> list[str]:
    """The words that carry meaning: `words` without STOPWORDS, in order, with repetitions."""
    return [word for word in words(text) if word not in STOPWORDS]


def normalise(text: str) -> str:
    """`text` as it is compared: NFKC, lower case, each run of white space one blank, none at the ends."""
    if text.isascii():  # the same result in a fifth of the time
        return " ".join(text.lower().split())
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()
