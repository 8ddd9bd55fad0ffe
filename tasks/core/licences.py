"""What a licence allows: looked up in `licences.yaml`, beside this module."""

import re
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

import yaml

Use = Literal["commercial", "non-commercial", "unknown"]

DATA: Final = Path(__file__).with_name("licences.yaml")


class LicenceTerms(NamedTuple):
    """What a licence allows."""

    use: Use
    """commercial: any use, under conditions perhaps; non-commercial: no commercial use; unknown: not listed here."""
    terms: str
    """The conditions in a few words; empty if unknown."""


def terms_of(licence: str | None) -> LicenceTerms:
    """What `licence` (an SPDX name, or close to one) allows. An unlisted name with "NC" in it counts as non-commercial."""
    name = _bare(licence or "")
    if (known := _known().get(name)) is not None:
        return known
    if re.search(r"(^|[^a-z])(nc|non-?commercial)([^a-z]|$)", (licence or "").lower()):
        return LicenceTerms("non-commercial", "no commercial use, by its name")
    return LicenceTerms("unknown", "")


@cache
def _known() -> dict[str, LicenceTerms]:
    data = yaml.safe_load(DATA.read_text("utf-8"))
    uses: tuple[Use, ...] = ("commercial", "non-commercial")
    return {_bare(name): LicenceTerms(use, terms) for use in uses for name, terms in data[use].items()}


def _bare(name: str) -> str:
    return re.sub(r"[\s_-]+", "-", name.strip().lower())
