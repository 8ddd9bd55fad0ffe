"""Runs advance by one message in each round: one batch of requests over all runs that have not ended."""

from dataclasses import dataclass, field
from typing import Final

from tasks.core.schema import Row, stable_id
from tasks.generation.from_topics.dialogue.checks import again, refusal, unlabelled
from tasks.generation.from_topics.self_play import negotiation, support
from tasks.generation.from_topics.self_play.game import Ending, Game, PlayedTurn, Role, Scenario
from tasks.generation.from_topics.self_play.params import SelfPlay
from tasks.teachers.prompts import Fence, Prompt, closed
from tasks.teachers.prompts.defects import Defect, copied_marker
from tasks.teachers.protocol import Failure, Request, Teacher

GAMES: Final[dict[str, Game]] = {"negotiation": negotiation.GAME, "support": support.GAME}
CLOSING: Final = "The {other} has ended it. Close in one sentence that says what was agreed, or that nothing was."


@dataclass
class PlayedRun:
    """One run of a scenario."""

    scenario: Scenario
    scenario_id: str
    number: int
    turns: list[PlayedTurn] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    ending: Ending | None = None
    defect: Defect | None = None
    """Why a message cannot stand, whatever the outcome."""
    failure: Failure | None = None

    @property
    def id(self) -> str:
        """The id of the run's row."""
        return stable_id("self_play", self.scenario_id, str(self.number))

    @property
    def closing(self) -> bool:
        """Whether the other one has ended the game, so that the assistant closes it."""
        return self.ending is not None and self.turns[-1].role == "user"

    @property
    def open(self) -> bool:
        """Whether somebody has still to speak."""
        return not (self.defect or self.failure) and (self.ending is None or (self.ending.won and self.closing))

    def as_row(self) -> Row:
        """The columns that say what was said."""
        said = [{"role": turn.role, "content": turn.message} for turn in self.turns]
        answered = bool(said) and said[-1]["role"] == "assistant"
        asked = said[:-1] if answered else said
        return {
            "system": self.scenario.system,
            "history": asked[:-1],
            "instruction": asked[-1]["content"] if asked else None,
            "response": said[-1]["content"] if answered else None,
            "reference": self.ending.what if self.ending else None,
            "requests": self.requests,
        }


def play(runs: list[PlayedRun], params: SelfPlay, teacher: Teacher, prompt: Prompt) -> None:
    """Plays all runs to their end; where nobody has ended one after `params.turns` messages of each, it is lost."""
    for number in range(2 * params.turns + 1):
        role: Role = "assistant" if number % 2 else "user"
        playing = [run for run in runs if run.open and (number < 2 * params.turns or run.closing)]
        for run, reply in zip(playing, teacher.ask([_request(run, role, prompt) for run in playing]), strict=True):
            run.requests.append(reply.request_hash)
            if isinstance(reply, Failure):
                run.failure = reply
                continue
            _take(
                run,
                PlayedTurn(
                    role, unlabelled(reply.data["message"], role), reply.data["action"], reply.data.get("offer", 0)
                ),
                params,
            )
    for run in runs:
        if run.open:
            run.ending = Ending(False, f"not ended after {params.turns} messages of each")


def _take(run: PlayedRun, turn: PlayedTurn, params: SelfPlay) -> None:
    """Adds a turn, and says what it ends."""
    closing, earlier = run.closing, [one.message for one in run.turns]
    run.turns.append(turn)
    what = f"turn {len(run.turns)}"
    if not turn.message:
        run.defect = Defect("malformed_answer", f"{what}: the message is empty")
    elif phrase := refusal(turn.message):
        run.defect = Defect("refusal", f"{what}: {phrase}")
    elif marker := copied_marker(turn.message):
        run.defect = Defect("copied_marker", f"{what}: {marker}")
    elif repeated := again(turn.message, earlier, params.repeated):
        run.defect = Defect(repeated.reason, f"{what}: {repeated.detail}")
    if not closing:
        run.ending = GAMES[run.scenario.game].judge(run.scenario, run.turns)


def _request(run: PlayedRun, role: Role, prompt: Prompt) -> Request:
    """The request for the next message. The first is the same in all runs of a scenario, so that they begin alike."""
    game = GAMES[run.scenario.game]
    names = game.names
    other = names["user" if role == "assistant" else "assistant"]
    said = (
        "\n\n".join(f"{names[turn.role].capitalize()}: {turn.message}" for turn in run.turns)
        or "Nobody has spoken yet: the first message is yours."
    )
    fence, fields = Fence.around(said), game.fields(role, not run.turns)
    values: dict[str, str | int] = {
        "brief": run.scenario.system if role == "assistant" else run.scenario.user_brief,
        "role": names[role],
        "other": other,
        "fence": fence.mark,
        "rules": game.rules[role],
        "now": CLOSING.format(other=other) if run.closing else "",
        "fields": ", ".join(f'"{name}"' for name in fields),
        "conversation": fence.wrap("conversation", said),
    }
    return prompt.request(values, closed(**fields), sample=run.number if run.turns else 0)
