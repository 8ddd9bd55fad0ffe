"""How instructions are answered."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.answers.rag import Rag
from tasks.core.params import NOT_IN_KEY, Params
from tasks.teachers.prompts.own import WithPrompts


class Extractive(Params):
    """Sentences of the corpus, verbatim."""

    min_similarity: Annotated[float, Field(ge=-1, le=1)] = 0.45
    """Cosine of instruction and sentence from which the sentence may answer, where a row marks no evidence of its own."""
    min_overlap: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Share of the instruction's content words that the chosen sentences must hold."""
    max_sentences: Annotated[int, Field(ge=1)] = 4
    """Sentences in an answer at most."""


class Answers(WithPrompts):
    """How instructions are answered: from the documents only."""

    teacher: Annotated[str, NOT_IN_KEY] = ""
    """Which of the recipe's `teachers` answers; empty: the one called `teacher`."""

    method: Literal["auto", "extractive", "rag"] = "auto"
    """auto: rows whose evidence is marked are answered by it; the others by a teacher if there is one, else by extraction."""
    top_k: Annotated[int, Field(ge=1)] = 10
    """The passage that answers must be among so many retrieved for the instruction alone."""
    extractive: Extractive = Extractive()
    rag: Rag = Rag()
