"""A teacher as judge of single claims: yes or no, with the probability of the word where the server gives log-probabilities.

Zero-shot judgement of single facts by a model: Min et al. 2023 (FActScore), Tang et al. 2024 (MiniCheck); probabilities of the
answer's first word instead of a number that the model writes: Kadavath et al. 2022. Claim and passage are fenced, and tokens of
chat templates in them are broken: what they ask for is not obeyed. Only a claim that is not entailed is asked about a second
time, whether the passage contradicts it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from tasks.teachers.choices import chosen
from tasks.teachers.prompts import Fence, Prompt, beside, load
from tasks.teachers.protocol import Completion, Failure, Message, Request, Teacher
from tasks.verification.entailment.judgement import ClaimJudgement, ClaimQuestion

PROMPTS: Final = beside(__file__, "asked_claims", "asked_claims_contradicted")
CHOICES: Final = ("yes", "no")
ANSWER_TOKENS: Final = 4
"""Room for one word, and for the mark that some models put before it."""
CALLS_PER_CLAIM: Final = 2


class AskedClaims:
    """Asks a teacher about claims."""

    def __init__(self, teacher: Teacher, doubted: Callable[[float], bool]) -> None:
        """doubted: whether a claim as likely as this is to be asked about a second time."""
        self._teacher, self._doubted = teacher, doubted
        self._entailed, self._contradicted = map(load, PROMPTS)

    def judge(self, questions: list[ClaimQuestion]) -> list[ClaimJudgement]:
        """One judgement for each question, in their order."""
        found = [judgement_of(answer) for answer in self._ask(self._entailed, questions)]
        doubted = [n for n, one in enumerate(found) if one.entailed is not None and self._doubted(one.entailed)]
        for number, answer in zip(doubted, self._ask(self._contradicted, [questions[n] for n in doubted]), strict=True):
            second, first = judgement_of(answer), found[number]
            found[number] = first._replace(
                contradicted=second.entailed, requests=first.requests + second.requests, error=second.error
            )
        return found

    def _ask(self, prompt: Prompt, questions: Sequence[ClaimQuestion]) -> list[Completion | Failure]:
        return self._teacher.ask([request(prompt, question) for question in questions])


def request(prompt: Prompt, question: ClaimQuestion) -> Request:
    """The request for one word about a claim; claim and passage stand between tags that they cannot contain."""
    fence = Fence.around(*question)
    passage, said, lead = question
    claim = fence.wrap("claim", said)
    if lead:
        claim = f"{fence.wrap('before', lead)}\n\n{claim}"
    system, user = prompt.render(fence=fence.mark, passage=fence.wrap("passage", passage), claim=claim)
    return Request(
        messages=(Message(role="user", content=user),),
        system=system,
        choices=CHOICES,
        max_tokens=ANSWER_TOKENS,
        temperature=0.0,
    )


def judgement_of(answer: Completion | Failure) -> ClaimJudgement:
    """The probability of yes; 1 or 0 by the word where the server gives none; None where the word is neither."""
    if isinstance(answer, Failure):
        return ClaimJudgement(None, by="teacher", requests=(answer.request_hash,), error=answer.error)
    if answer.probabilities is not None:
        likely: float | None = answer.probabilities["yes"]
    else:
        word = chosen(answer.text, CHOICES)
        likely = None if word is None else float(word == "yes")
    return ClaimJudgement(likely, by="teacher", requests=(answer.request_hash,))
