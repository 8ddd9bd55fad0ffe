"""What an instruction asks for on purpose, and what is therefore no fault of its response: repetition, patterns, drawings."""

import re
from typing import Final

REPETITION: Final = re.compile(
    r"(?i)\brepeat|\btimes\b|\btwice\b|\bthrice\b|over and over|again and again|\bcop(?:y|ies)\b|\bloops?\b|\bprint|"
    r"\boutput of|\bsimulat|"
    r"\bmantra|\bchant|\baffirmation|\blaugh|\bscream|\bstutter|\bdrum|\bduplicat|\bredundan"
)
"""Asks for the same words again."""
PATTERN: Final = re.compile(
    r"(?i)\b(?:songs?|lyrics?|lullab\w+|chorus|refrains?|verses?|rhym\w+|poems?|poetry|raps?|hymns?|psalms?|prayers?|"
    r"litan\w+|anthems?|"
    r"ballads?|carols?|jingles?|tunes?|blues|cheers?|plans?|schedules?|routines?|time ?tables?|calendars?|workouts?|"
    r"programs?|regimens?|"
    r"meals?|menus?|tables?|matri(?:x|ces)|grids?|lists?|draw\w*|ascii|patterns?|pictures?|dialogues?|scripts?|"
    r"templates?|forms?|versions|"
    r"variations|examples|palindromes?|twisters?|rounds?|sets?|parody|rendition)\b"
)
"""Asks for a text that is built of parts which resemble each other."""
DRAWING: Final = re.compile(
    r"(?i)\b(?:draw\w*|ascii|art|patterns?|pyramids?|triangles?|diamonds?|box(?:es)?|borders?|banners?|dividers?|"
    r"separators?|lines? of|rows? of|"
    r"morse|braille|grids?|maz(?:e|es)|boards?|sudoku|emojis?|emoticons?|symbols?|signs?|asterisks?|hash(?:es)?|"
    r"stars?|dashes|dots|equals|"
    r"brackets?|regex\w*|expressions?|equations?|formulas?|matri(?:x|ces)|diagrams?|charts?|graphs?|trees?|shapes?|"
    r"pictures?|print\w*|output|"
    r"repeat\w*|times|crossword|punctuation|operators?|tables?|skyline|logo)\b"
)
"""Asks for something made of signs."""
