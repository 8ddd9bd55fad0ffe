"""The prompt texts of a recipe's own: looked at before anything is sent."""

from collections.abc import Sequence

from tasks.answers import Answers
from tasks.answers.rag import PROMPTS as ANSWERING
from tasks.generation.catalogue import BY_NAME as METHODS
from tasks.generation.method import MethodParams
from tasks.teachers.prompts.own import check
from tasks.verification.catalogue import BY_NAME as VERIFIERS
from tasks.verification.verifier import VerifierParams


def check_prompts(
    generate: Sequence[MethodParams], answers: Answers, verify: Sequence[VerifierParams], name: str
) -> None:
    """BadInput for an own text, in a recipe found under `name`, that cannot stand in the place of a packaged one."""
    for number, entry in enumerate(generate):
        check(entry.prompts, METHODS[entry.method].prompts, f"{name}: generate.{number}.prompts")
    check(answers.prompts, ANSWERING, f"{name}: answers.prompts")
    for number, verifier in enumerate(verify):
        check(verifier.prompts, VERIFIERS[verifier.verifier].prompts, f"{name}: verify.{number}.prompts")
