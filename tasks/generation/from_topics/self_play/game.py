"""What a game is: a scenario with a brief for each role, and rules by which code says how a run ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from tasks.generation.from_topics.self_play.params import SelfPlay

Role = Literal["user", "assistant"]


@dataclass(frozen=True)
class Scenario:
    """One scenario. The rules look at `facts`; neither role sees the other's brief."""

    game: str
    topic: str
    persona: str
    system: str
    """The assistant's brief; the row's system prompt."""
    user_brief: str
    facts: Mapping[str, int]
    right: str
    """How it ends if both play well, as the run's outcome says it; of a deal, without its price."""


@dataclass(frozen=True)
class PlayedTurn:
    """One message with the move that it makes, from structured fields."""

    role: Role
    message: str
    action: str
    offer: int = 0
    """The price that it names; 0: none."""


@dataclass(frozen=True)
class Ending:
    """How a run ended."""

    won: bool
    what: str


@dataclass(frozen=True)
class Game:
    """The rules of one game."""

    draw: Callable[[SelfPlay, Random], Scenario]
    names: Mapping[Role, str]
    """What the roles are called."""
    actions: Mapping[Role, tuple[str, ...]]
    """What a message can do; the first one of each lets the game go on."""
    rules: Mapping[Role, str]
    """What each role's message may do, for its prompt."""
    judge: Callable[[Scenario, list[PlayedTurn]], Ending | None]
    """What the last turn ends; None where the game goes on."""
    offers: bool = False
    """Whether messages name prices."""

    def fields(self, role: Role, first: bool) -> dict[str, Any]:
        """The structured fields of a message; with the `first` one nothing can be accepted or ended."""
        action = {"type": "string", "enum": list(self.actions[role][:1] if first else self.actions[role])}
        offer = {"offer": {"type": "integer"}} if self.offers else {}
        return {"message": {"type": "string"}, "action": action} | offer
