"""Whether messages and answers are what the policy's entry says: the teacher is asked, without the task they were written for.

A model that is to write a request that must be refused often writes a harmless one, and never says so; asked about the
request alone it does. Yes and no are both wanted somewhere, so a teacher that always says the same keeps nothing.
"""

from typing import Final, NamedTuple

from tasks.generation.from_topics.behaviours.policy import Behaviour, Kind
from tasks.teachers.prompts import Fence, beside, closed, load
from tasks.teachers.prompts.defects import Defect
from tasks.teachers.protocol import Completion, Request

PROMPTS: Final = beside(__file__, "behaviours_check")
MESSAGES: Final[dict[tuple[Kind, str], bool]] = {
    ("refuse", "request"): True,
    ("refuse", "look_alike"): False,
    ("comply", "request"): True,
    ("rare", "request"): True,
}
"""Whether the description of the entry must fit the message, by kind and role. Entries of other kinds describe answers."""
PAIRS: Final[tuple[Kind, ...]] = ("avoid", "wrong")
"""Kinds whose entry must fit the losing answer, and not the good one."""
VERDICTS: Final = ("does what the description says", "does something else")
"""In words, as a small model that is to say true or false often contradicts its own reason (3 of 11 read)."""
_MESSAGE: Final = "Does whoever writes the text do what the description says? The text is a message to an assistant."
_ANSWER: Final = (
    "Does the answer in the text do what the description says? The text is a message to an assistant with its answer."
)


class Confirmation(NamedTuple):
    """A question about a text, what must come out, and the reason for which its row is rejected otherwise."""

    request: Request
    wanted: bool
    reason: str

    def defect(self, reply: Completion) -> Defect | None:
        """Why the row leaves; None where the reply is the wanted one."""
        fits = reply.data["verdict"] == VERDICTS[0]
        return None if fits == self.wanted else Defect(self.reason, reply.data["reason"])


def message_checks(behaviour: Behaviour, role: str, message: str, shape: str) -> list[Confirmation]:
    """The question for a message, if its kind has one; `shape` is the class of a rare one."""
    wanted = MESSAGES.get((behaviour.kind, role))
    return [] if wanted is None else [_check(_MESSAGE, shape or behaviour.description, message, wanted, "off_policy")]


def answer_checks(behaviour: Behaviour, message: str, said: list[str]) -> list[Confirmation]:
    """The questions for the good answer and the losing one of a pair; none for a row with one answer."""
    if behaviour.kind not in PAIRS or len(said) < 2:
        return []
    outcomes = (("behaviour_shown", False), ("behaviour_not_shown", True))
    texts = [f"Message: {message}\n\nAnswer: {answer}" for answer in said]
    return [
        _check(_ANSWER, behaviour.description, text, wanted, reason)
        for text, (reason, wanted) in zip(texts, outcomes, strict=True)
    ]


def _check(question: str, description: str, text: str, wanted: bool, reason: str) -> Confirmation:
    fence = Fence.around(description, text)
    values = {
        "fence": fence.mark,
        "question": question,
        "description": fence.wrap("description", description),
        "text": fence.wrap("text", text),
    }
    schema = closed(reason={"type": "string"}, verdict={"type": "string", "enum": list(VERDICTS)})
    return Confirmation(load(PROMPTS[0]).request(values, schema), wanted, reason)
