"""Every generation method: the table of contents, and the order in which a recipe's form lists them."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from tasks.generation.from_documents import (
    long_context,
    multi_hop,
    question_headings,
    reverse_instruction,
    taxonomy,
    templates,
)
from tasks.generation.from_rows import (
    back_translation,
    constraints,
    corrections,
    evol_instruct,
    paraphrase,
    preferences,
    reasoning,
    responses,
    substitutions,
)
from tasks.generation.from_seed_tasks import self_instruct
from tasks.generation.from_topics import behaviours, code, dialogue, mathematics, procedural, self_play, tool_use
from tasks.generation.method import Method, MethodParams

METHODS: Final[tuple[Method, ...]] = (
    # from documents
    question_headings.METHOD,
    templates.METHOD,
    taxonomy.METHOD,
    reverse_instruction.METHOD,
    long_context.METHOD,
    multi_hop.METHOD,
    # from seed tasks
    self_instruct.METHOD,
    # from topics
    procedural.METHOD,
    code.METHOD,
    mathematics.METHOD,
    tool_use.METHOD,
    behaviours.METHOD,
    dialogue.METHOD,
    self_play.METHOD,
    # from rows
    evol_instruct.METHOD,
    constraints.METHOD,
    paraphrase.METHOD,
    substitutions.METHOD,
    back_translation.METHOD,
    responses.METHOD,
    preferences.METHOD,
    reasoning.METHOD,
    corrections.METHOD,
)

BY_NAME: Final = {method.name: method for method in METHODS}

if TYPE_CHECKING:
    Entry = MethodParams
else:
    Entry = Annotated[reduce(or_, (method.params for method in METHODS)), Field(discriminator="method")]
    """An entry of a recipe's `generate`: the parameters of one of the methods, chosen by `method`."""
