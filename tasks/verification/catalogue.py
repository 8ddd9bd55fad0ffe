"""Every verifier: the table of contents, in the order in which a recipe should list them, cheap ones first."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from tasks.verification.entailment import contradictions, entailment, reference_facts
from tasks.verification.execution import (
    code,
    constraints,
    json_documents,
    mathematics,
    regular_expressions,
    sql,
    tool_calls,
)
from tasks.verification.judges import judge, pairwise, substance
from tasks.verification.style import coherence, domain, style
from tasks.verification.verifier import Verifier, VerifierParams

VERIFIERS: Final[tuple[Verifier, ...]] = (
    # rules
    substance.VERIFIER,
    # computed
    constraints.VERIFIER,
    json_documents.VERIFIER,
    tool_calls.VERIFIER,
    mathematics.VERIFIER,
    # run programs
    regular_expressions.VERIFIER,
    sql.VERIFIER,
    code.VERIFIER,
    # what rows are like
    domain.VERIFIER,
    style.VERIFIER,
    # minutes for a thousand rows; behind `domain`, whose domains it compares within
    coherence.VERIFIER,
    # models
    judge.VERIFIER,
    pairwise.VERIFIER,
    entailment.VERIFIER,
    reference_facts.VERIFIER,
    contradictions.VERIFIER,
)

BY_NAME: Final = {verifier.name: verifier for verifier in VERIFIERS}

if TYPE_CHECKING:
    Entry = VerifierParams
else:
    Entry = Annotated[reduce(or_, (verifier.params for verifier in VERIFIERS)), Field(discriminator="verifier")]
    """An entry of a recipe's `verify`: the parameters of one of the verifiers, chosen by `verifier`."""
