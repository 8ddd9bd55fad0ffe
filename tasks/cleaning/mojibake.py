"""UTF-8 that somebody read as Windows-1252 (â€™ for ’, Ã© for é), turned back.

Only sequences that decode are touched, and only those that no language writes: a lead letter followed by the signs that a
UTF-8 continuation byte looks like. The idea is ftfy's (Speer 2019), reduced to the one mistake that is common.
"""

import re
from typing import Final

SUSPECT: Final = "[ÂÃÄÅÎÏÐÑâð][^\x01-\x7f]"

_UNDEFINED: Final = {chr(byte): byte for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_BYTES: Final = {bytes([b]).decode("cp1252"): b for b in range(0x80, 0x100) if chr(b) not in _UNDEFINED} | _UNDEFINED
_CONTINUATION: Final = "".join(re.escape(sign) for sign, byte in _BYTES.items() if byte < 0xC0)
_BROKEN: Final = re.compile(
    rf"ð[{_CONTINUATION}]{{3}}|â[{_CONTINUATION}]{{2}}|Ã[{_CONTINUATION}]|Â[{_CONTINUATION}]"
    rf"|(?:[ÄÅÎÏÐÑ][{_CONTINUATION}]){{2,}}"
)


def repaired(text: str) -> str:
    """`text` with each broken sequence replaced by the characters its bytes spell in UTF-8; others left alone."""
    return _BROKEN.sub(lambda broken: _decoded(broken.group()), text)


def _decoded(sequence: str) -> str:
    try:
        return bytes(_BYTES[sign] for sign in sequence).decode("utf-8")
    except UnicodeDecodeError:
        return sequence
