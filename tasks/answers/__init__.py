"""Answers from the corpus only: verbatim where rules know the place, by a teacher from retrieved passages otherwise.

Params live in `params`, the two ways of answering in `extractive` and `rag`; the index stands in `tasks.text.retrieval`.
"""

from tasks.answers.params import Answers, Extractive
from tasks.answers.stage import compute

__all__ = ["Answers", "Extractive", "compute"]
