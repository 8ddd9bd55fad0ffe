"""Settings of self-play."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from tasks.generation.method import MethodParams

GameName = Literal["negotiation", "support"]


class SelfPlay(MethodParams):
    """Two roles with opposing or hidden aims talk until code can say how it ended; runs that succeed are kept."""

    method: Literal["self_play"] = "self_play"

    scenarios: Annotated[int, Field(ge=1, le=100_000)] = 40
    """Scenarios to play; the games take turns."""
    games: Annotated[tuple[GameName, ...], Field(min_length=1)] = get_args(GameName)
    """negotiation: a price between two hidden limits. support: what a policy says about facts that only the customer knows."""
    items: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "a used bicycle", "a second-hand camera", "an oak table", "a piano", "a laptop", "a set of winter tyres", "a small boat",
        "a sewing machine", "website design for a bakery", "a week in a holiday flat", "the translation of a manual",
        "the repair of a garden wall",
    )  # fmt: skip
    """What is negotiated about."""
    products: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "headphones", "a coffee machine", "a raincoat", "a desk lamp", "running shoes", "a blender", "a keyboard", "a suitcase",
        "a kettle", "a board game", "a backpack", "a phone case",
    )  # fmt: skip
    """What customers bought."""
    personas: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "friendly and talkative", "short of time", "careful and full of questions", "annoyed, but fair",
        "polite and a little shy", "direct and used to bargaining",
    )  # fmt: skip
    """What the other one is like, who speaks with the assistant; stands in the row's `persona`."""
    impossible: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Share of negotiations whose limits leave no price for both; walking away is then what succeeds."""
    runs: Annotated[int, Field(ge=1, le=20)] = 3
    """Runs of each scenario. All begin with the same message; of those that succeed the shortest is kept."""
    turns: Annotated[int, Field(ge=2, le=20)] = 6
    """Messages that each role may write; a run that has not ended by then has failed."""
    preferences: bool = False
    """Make preference pairs, too: where a failed run parts from the kept one at a message of the assistant, the two messages after
    the same turns become `response` and `rejected`. One pair a scenario at most."""
    repeated: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Share of the shorter message's runs of three words that may stand in an earlier message. Bargaining repeats itself more than
    other conversations do."""
    seed: int = 1
    """Another number draws other scenarios."""
    licence: str = "unknown"
    """The licence of the rows: what the teacher's terms allow."""
