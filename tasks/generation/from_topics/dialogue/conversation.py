"""A conversation on its way: who speaks, what was said, and the row it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from tasks.core.schema import Row
from tasks.generation.from_topics.dialogue.params import Dialogue, Move
from tasks.teachers.prompts.grounded import EvidenceSpan
from tasks.teachers.protocol import Message

SPEAKERS = {"user": "Person", "assistant": "Assistant"}
"""Who speaks, as the prompts show it."""


@dataclass
class Conversation:
    """One conversation. `turns` begins with the user's first message, and the two speak in turn."""

    row: Row
    """The columns that are known from the start; `requests` grows with each turn."""
    subtopic: str
    persona: str
    register: str
    system: str
    moves: tuple[Move, ...]
    """What the user is to do in each message after the first."""
    turns: list[Message] = field(default_factory=list)
    evidence: list[EvidenceSpan] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    """The licences of the sources that answers stand on, by source."""

    @property
    def exchanges(self) -> int:
        """Messages of the user that were answered."""
        return len(self.turns) // 2

    def said(self, role: str) -> list[str]:
        """What one of the two has said so far."""
        return [turn.content for turn in self.turns if turn.role == role]

    def say(self, role: str, content: str) -> None:
        """Add a turn."""
        self.turns.append(Message.model_validate({"role": role, "content": content}))

    def text(self) -> str:
        """All of it as a prompt shows it."""
        return "\n\n".join(f"{SPEAKERS[turn.role]}: {turn.content}" for turn in self.turns)

    def as_row(self) -> Row:
        """The row: the user's last message is the instruction, what the assistant says to it the response (None where it has not
        spoken yet), all before is `history`."""
        answered = self.turns[-1].role == "assistant"
        *before, asked = self.turns[:-1] if answered else self.turns
        row = self.row | {
            "system": self.system or None,
            "history": [turn.model_dump() for turn in before],
            "instruction": asked.content,
            "response": self.turns[-1].content if answered else None,
            "evidence": [span._asdict() for span in dict.fromkeys(self.evidence)] or None,
        }
        if self.sources:
            licences = dict.fromkeys(self.sources.values())
            row |= {"source": " + ".join(self.sources), "licence": " AND ".join(licences)}
        return row


def planned_moves(params: Dialogue, rng: Random, with_documents: bool) -> tuple[Move, ...]:
    """What the user does after the first message: as many moves as are drawn, none twice running where there is a choice."""
    going_on = [move for move in params.moves if move != "thanks"]
    count = rng.randint(params.min_turns, params.turns) - 1
    moves: list[Move] = []
    for number in range(count):
        last = number == count - 1 and count > 1 and not with_documents
        choice = [*params.moves] if last else going_on
        moves.append(rng.choice([move for move in choice if move not in moves[-1:]] or choice))
    return tuple(moves)


def drawn(choices: Sequence[str], rng: Random) -> str:
    """One of `choices`."""
    return choices[rng.randrange(len(choices))]
