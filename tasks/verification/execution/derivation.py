"""Whether the final number of a solution comes out of its steps: one that stands nowhere else in it was derived by nobody.

Where a dataset's reference is cut from its solution, comparing the two says nothing; this does.
"""

import re
from fractions import Fraction
from typing import Final

from tasks.text.claims import number_words
from tasks.text.final_answers import marked, stripped, without_unit
from tasks.text.words import words
from tasks.verification.execution import quantities

_NUMBER: Final = re.compile(r"\d+(?:,\d{3}(?!\d))*(?:\.\d+)?|\.\d+", re.ASCII)
_SPACED: Final = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3}(?!\d))+", re.ASCII)
"""`12 000` is a number; in `2400 / 200 = 12 200-kilobyte videos` two stand side by side, so both readings count."""


def underived(response: str) -> str | None:
    """The marked final number of a solution where its steps never come to it; None where they do, or where it is no plain number.

    Signs are left out, and a hundredth or a hundredfold is the same: steps in dollars may end in cents, shares in percent.
    """
    found = marked(response)
    answer = stripped(without_unit(stripped(found.answer))) if found else ""
    final = quantities.plain(answer.lstrip("$€£").replace(",", ""))
    if found is None or final is None:
        return None
    at = response.rfind(found.answer)
    steps = f"{response[:at]}\n{response[at + len(found.answer) :]}"  # a solution may begin with its answer
    written = [number.replace(",", "") for number in _NUMBER.findall(steps)]
    written += [re.sub(r"\D", "", number) for number in _SPACED.findall(steps)]
    there = set(map(Fraction, [*written, *number_words(frozenset(words(steps)))]))
    return None if there & {abs(final), abs(final) * 100, abs(final) / 100} else answer
