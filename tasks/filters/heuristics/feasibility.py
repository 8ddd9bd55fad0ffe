"""Instructions that a model of text cannot follow: look at this photo, draw that map.

Self-Instruct (Wang et al. 2022, section 2.2; bootstrap_instructions.py) and Alpaca (Taori et al. 2023,
generate_instruction.py) drop every instruction that names an image, a graph, a file, a map, a plot or a video, that begins with
"Write a program", with punctuation or with a letter beyond ASCII. These rules were made for instructions that a model invents
by the thousand; of instructions that people wrote they drop one in fifteen, most of them good. So they are a choice
(`published`), and by default only those go that show or point at something which is not there.
"""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult, first_matches
from tasks.text.columns import plain

_MEDIUM: Final = (
    r"(?:photos?|photographs?|pictures?|images?|screenshots?|videos?|(?:video|audio|film|movie) clips?|audio(?: files?)?|"
    r"recordings?)"
)
_SHOWN: Final = (
    rf"!\[[^\]\n]*\]\(|[(<\[](?:(?:attached|link to|insert|upload\w*|image|photo|picture|video|audio)[: ]?[^)>\]\n]{{0,20}})"
    rf"\b{_MEDIUM}[)>\]]|[<\[](?:image|photo|picture|video|audio)(?:: ?[^>\]\n]+| of(?: [\w'-]+){{1,4}})[>\]]"
)
"""A place where something was shown; a picture that is described in more than four words is there."""
_POINTED_AT: Final = (
    r"\A(?:please )?(?:describe|edit|caption|identify|analy[sz]e|look at|crop|transcribe|watch|listen to|classify|rotate|resize|"
    r"comment on|write (?:an? )?(?:\w+ ){0,2}(?:description|caption|title) (?:of|for)|create (?:an? )?(?:\w+ ){0,2}caption for)"
    rf"\b[^.?!\n]{{0,60}}\b(?:this|these|the following|the attached|the provided|the given|the above|the below) {_MEDIUM}\b"
)
_PUBLISHED: Final = (
    r"\b(?:images?|graphs?|pictures?|files?|maps?|draw|plot|go to|video|audio|music|flowchart|diagram)\b"
    r"|\Awrite a program|\A[!-/:-@\[-`{-~]|\A[^\x00-\x7f]"
)
_ASKED: Final = 400
"""Characters at the beginning of an instruction in which it says what is to be done."""
_LONG: Final = 600
"""Characters from which an instruction is a text of its own, which may hold a picture without being about it."""


class Feasibility(Params):
    """Which instructions cannot be followed."""

    enabled: bool = True
    """Whether this filter runs."""
    published: bool = False
    """Use Self-Instruct's and Alpaca's own lists, which also drop many instructions that can be followed."""


def compute(table: pa.Table, params: Feasibility, _context: FilterContext) -> FilterResult:
    """Rejects `unfeasible` with the phrase; changes nothing. Rows with turns before the instruction pass: it may be there."""
    instructions = plain(table["instruction"])
    alone = pc.equal(pc.fill_null(pc.list_value_length(table["history"]), 0), 0)
    asked = pc.if_else(pc.and_(alone, pc.less(pc.binary_length(instructions), _LONG)), instructions, "")
    pattern = f"{_SHOWN}|{_POINTED_AT}" + (f"|{_PUBLISHED}" if params.published else "")
    about_markup = pc.match_substring_regex(asked, r"(?i)\b(?:html|markdown|tags?|snippet|css|code)\b")
    asked = pc.if_else(about_markup, "", asked)
    found = first_matches(pc.utf8_slice_codeunits(asked, 0, _ASKED), "(?i)" + pattern)
    return FilterResult.of(table.num_rows, {row: ("unfeasible", phrase) for row, phrase in found.items()})


FILTER: Final = Filter(
    name="feasibility",
    params=Feasibility,
    reasons={
        "unfeasible": "asks for what a model of text cannot see or make; detail: the phrase",
    },
    row_wise=True,
    compute=compute,
)
