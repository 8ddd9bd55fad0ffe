"""Negotiation over one price with a hidden limit on each side, after "Deal or No Deal?" (Lewis et al. 2017).

A deal counts only if it is within both limits; where these leave no price, only walking away does.
"""

import re
from random import Random
from typing import Final

from tasks.generation.from_topics.self_play.game import Ending, Game, PlayedTurn, Scenario
from tasks.generation.from_topics.self_play.params import SelfPlay

_NUMBER: Final = re.compile(r"\d[\d,]*")
DEAL: Final = "deal"
NO_DEAL: Final = "no deal"


def draw(params: SelfPlay, rng: Random) -> Scenario:
    """A scenario with limits in steps of 5, the seller's at 60 to 90 % of the asking price."""
    item, persona = rng.choice(params.items), rng.choice(params.personas)
    asking = 10 * rng.randint(8, 200)
    floor = 5 * round(asking * rng.uniform(0.6, 0.9) / 5)
    possible = rng.random() >= params.impossible
    above, below = 5 * rng.randint(1, max(1, (asking - floor) // 5)), floor * rng.uniform(0.1, 0.5)
    most = floor + above if possible else 5 * int((floor - below) / 5)
    system = (
        f"You sell {item} for its owner and talk with somebody who may buy it. The asking price is {asking} euros. Never agree to "
        f"less than {floor} euros, and do not say that this is your limit. Try to get more. If the buyer cannot pay that much, "
        "decline in a friendly way."
    )
    user = (
        f"You want to buy {item}, which is offered for {asking} euros. You are {persona}. You can pay {most} euros at most, and do "
        "not say so. Try to pay less: begin low, and give reasons that fit the thing. Never pay more than you can."
    )
    facts = {"asking": asking, "floor": floor, "most": most}
    return Scenario("negotiation", f"the price of {item}", persona, system, user, facts, DEAL if possible else NO_DEAL)


def judge(scenario: Scenario, turns: list[PlayedTurn]) -> Ending | None:
    """A deal, its breach, or nobody's consent; None while offers go back and forth."""
    last, facts = turns[-1], scenario.facts
    if problem := _breach(last, scenario):
        return Ending(False, problem)
    offers = [turn.offer for turn in turns[:-1] if turn.role != last.role and turn.offer]
    if last.action == "accept":
        if not offers:
            return Ending(False, f"the {last.role} accepts what nobody offered")
        fair = facts["floor"] <= offers[-1] <= facts["most"]
        return Ending(fair, f"{DEAL} at {offers[-1]}" + ("" if fair else ", outside a limit"))
    if last.action == "walk_away":
        if not offers:
            return Ending(False, f"the {last.role} walks away before a price was named")
        return Ending(scenario.right == NO_DEAL, NO_DEAL)
    return None


def _breach(turn: PlayedTurn, scenario: Scenario) -> str | None:
    """What a message does that its role must not."""
    said = {int(number.replace(",", "")) for number in _NUMBER.findall(turn.message)}
    floor, most = scenario.facts["floor"], scenario.facts["most"]
    if turn.offer < 0 or (turn.offer and turn.offer not in said):
        return f"the {turn.role}'s message does not say its offer of {turn.offer}"
    if turn.role == "assistant" and 0 < turn.offer < floor:
        return f"the assistant offers {turn.offer}, below its limit"
    if turn.role == "assistant" and floor in said and turn.offer != floor and turn.action == "offer":
        return "the assistant says its limit"
    if turn.role == "user" and turn.offer > most:
        return f"the buyer offers {turn.offer}, more than it can pay"
    return None


_RULE: Final = (
    '"action" is "offer" while you bargain, "accept" only if you take the price that the {other} named last, and "walk_away" only '
    'if you give up. "offer" is the price in euros that you propose now, and the message says it; 0 if you propose none.'
)
GAME: Final = Game(
    draw=draw,
    names={"user": "buyer", "assistant": "seller"},
    actions={"user": ("offer", "accept", "walk_away"), "assistant": ("offer", "accept", "walk_away")},
    rules={"user": _RULE.format(other="seller"), "assistant": _RULE.format(other="buyer")},
    judge=judge,
    offers=True,
)
