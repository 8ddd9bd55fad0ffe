"""Texts in cells of spreadsheets, which run what looks like a formula."""

import re
from typing import Final

FORMULA: Final = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
"""How a cell begins that a spreadsheet would run instead of show (OWASP, "CSV Injection")."""
LINE_BREAKS: Final = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}
"""Allowed in JSON text, but a line's end to many who read JSON Lines."""


def guarded(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet would run it, or where it has apostrophes before such a beginning."""
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """The text of a cell that `guarded` made, also where a spreadsheet dropped the apostrophe."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
