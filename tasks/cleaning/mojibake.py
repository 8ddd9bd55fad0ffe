"""UTF-8 that somebody read as Windows-1252 or another encoding (â€™ for ’, Ã© for é), turned back by ftfy (Speer 2019)."""

import string
from typing import Final

from ftfy import TextFixerConfig, fix_encoding

from tasks.text.code import outside_code

SUSPECT: Final = "[ÂÃÄÅÎÏÐÑâð][^\x01-\x7f]"
"""What every broken text has: a lead letter and a sign that a UTF-8 continuation byte looks like."""
ABOUT: Final = (
    r"(?i)mojibake|encod|decod|codec|\butf|charset|character set|latin-?1|iso-?8859|windows-?125|\bcp-?\d{3}|unicode|code ?page"
    r"|garbled|gibberish|\bascii\b|\bansi\b"
)
"""Rows that are about such signs keep them."""

_CERTAIN: Final = TextFixerConfig(restore_byte_a0=False, replace_lossy_sequences=False)
"""No guesses: not that a blank was a no-break space (it makes † of half a closing quote), nor what a lost byte was."""
_QUOTES: Final = "‘’“”"


def repaired(text: str) -> str:
    """`text` with each broken sequence replaced by the characters its bytes spell in UTF-8; others, and code, left alone.

    Where only letters and quotes that stand alone would change ("people see â€™ there"), they are what the text speaks of.
    """
    made = outside_code(lambda prose: fix_encoding(prose, _CERTAIN))(text)
    before = frozenset(text.split())
    new = [word.strip(string.punctuation) for word in made.split() if word not in before]
    return text if all(len(word) == 1 and (word.isalpha() or word in _QUOTES) for word in new) else made
