"""Templates: questions about places in the documents that rules find, each with the place that answers it.

A finder (`finders/`) says where something can be asked, a template set (`sets/`) says how. docs/adding-a-template-set.md has the
steps.
"""

from typing import Final

import pyarrow as pa

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.generation.from_documents.templates import asking
from tasks.generation.from_documents.templates.params import Templates
from tasks.generation.method import Calls, Inputs, Method, Sizes
from tasks.teachers.protocol import Teacher


def make(inputs: Inputs, params: Templates, _teacher: Teacher | None, _tools: Tools) -> Outcome:
    """EXAMPLE rows without responses; `evidence` holds the spans that answer. Facts: rows of each template.

    Raises BadInput for a template set with a mistake.
    """
    assert inputs.documents is not None
    rows = asking.propose(inputs.documents, params)
    return Outcome.of(
        EXAMPLE, pa.Table.from_pylist(rows, schema=EXAMPLE), facts={"templates": dict(asking.per_template(rows))}
    )


def estimate(params: Templates, sizes: Sizes) -> Calls:
    """No calls; so many rows at most."""
    return Calls(rows=params.max_per_chunk * sizes.passages)


METHOD: Final = Method(
    params=Templates,
    inputs=("documents",),
    make=make,
    version=4,
    estimate=estimate,
)
