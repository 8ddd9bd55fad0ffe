"""The formats of instruction data, one module each; the first that recognises a file's rows reads them.

A format is a module with
    TITLE       what people call it
    ORIGIN      who wrote the responses, where the dataset is not known by name: human | synthetic
    recognises  whether a record has its shape
    read        a record and the file's conventions → its examples; UnusableError where it holds none
    BESIDE      columns that are known to be beside the point, where there are any
`alpaca` is the one to copy, and docs/adding-an-importer.md has the steps.
"""

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Final, NamedTuple

from tasks.imports.example import Conventions, Example, Record
from tasks.imports.formats import (
    agent_session,
    alpaca,
    bfcl,
    chat_log,
    dolly,
    dpo,
    evol,
    few_shot,
    flan,
    glaive,
    hh,
    human,
    humaneval,
    instructory,
    kto,
    lima,
    mbpp,
    oasst,
    openai_preference,
    plain,
    self_instruct,
    sharegpt,
    ultrafeedback,
)


class Format(NamedTuple):
    """A format's module, as the import uses it."""

    title: str
    origin: str
    recognises: Callable[[Record], bool]
    read: Callable[[Record, Conventions], Iterable[Example]]
    beside: frozenset[str]


def _format(module: ModuleType) -> Format:
    return Format(module.TITLE, module.ORIGIN, module.recognises, module.read, getattr(module, "BESIDE", frozenset()))


FORMATS: Final[dict[str, Format]] = {module.__name__.rpartition(".")[2]: _format(module) for module in (
    instructory, oasst, bfcl, humaneval, mbpp, agent_session, openai_preference, ultrafeedback, hh, dpo, kto, chat_log,
    few_shot, glaive, lima, sharegpt, self_instruct, human, dolly, alpaca, evol, flan, plain,
)}  # fmt: skip
"""By name, those with the most telling shape first."""
