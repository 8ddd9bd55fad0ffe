"""UTF-8 that somebody read as Windows-1252 or another encoding (â€™ for ’, Ã© for é), turned back by ftfy (Speer 2019)."""

from typing import Final

from ftfy import TextFixerConfig, fix_encoding

SUSPECT: Final = "[ÂÃÄÅÎÏÐÑâð][^\x01-\x7f]"
"""What every broken text has: a lead letter and a sign that a UTF-8 continuation byte looks like."""

_CERTAIN: Final = TextFixerConfig(restore_byte_a0=False, replace_lossy_sequences=False)
"""No guesses: not that a blank was a no-break space (it makes † of half a closing quote), nor what a lost byte was."""


def repaired(text: str) -> str:
    """`text` with each broken sequence replaced by the characters its bytes spell in UTF-8; others left alone."""
    return fix_encoding(text, _CERTAIN)
