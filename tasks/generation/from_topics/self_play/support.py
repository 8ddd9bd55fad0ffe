"""Customer support under a policy, after τ-bench (Yao et al. 2024).

Only the customer knows the facts; what is right follows from policy and facts by rule, whatever the customer wants.
"""

import re
from random import Random
from typing import Final

from tasks.generation.from_topics.self_play.game import Ending, Game, PlayedTurn, Scenario
from tasks.generation.from_topics.self_play.params import SelfPlay

DECISIONS: Final = ("refund", "replacement", "escalate", "deny")
_DAYS: Final = re.compile(r"\b(\d{1,4}) days ago\b", re.IGNORECASE)
_SAID: Final = re.compile(r"\d+")


def decide(facts: dict[str, int]) -> str:
    """What the policy says about the facts: one of DECISIONS."""
    if facts["faulty"]:
        return "replacement" if facts["days"] <= facts["guarantee"] else "deny"
    if facts["clearance"] or facts["opened"] or facts["days"] > facts["window"]:
        return "deny"
    return "escalate" if facts["price"] > facts["limit"] else "refund"


def draw(params: SelfPlay, rng: Random) -> Scenario:
    """A scenario; which decision is right is drawn first, so that each is as frequent."""
    right = rng.choice(DECISIONS)
    while decide(facts := _facts(rng)) != right:
        pass
    product, persona = rng.choice(params.products), rng.choice(params.personas)
    system = (
        "You answer customers of a shop who want to give something back. Policy: "
        f"(1) A faulty item is replaced up to {facts['guarantee']} days after the purchase, not refunded. "
        f"(2) An item that works is refunded up to {facts['window']} days after the purchase, if it is unopened and was not bought "
        f"in the clearance. (3) A refund of more than {facts['limit']} euros is passed on to a supervisor. (4) Everything else is "
        "denied. Ask for what you need to know before you decide: how many days ago it was bought, whether it is faulty, whether "
        "it was opened, whether it was bought in the clearance, and the price. Then say what you decide and why."
    )
    clearance = ", in the clearance" if facts["clearance"] else ""
    user = (
        f"You bought {product} in a shop for {facts['price']} euros, {facts['days']} days ago{clearance}. "
        f"The package {'was opened' if facts['opened'] else 'is unopened'}. "
        f"{'It is faulty: it stopped working.' if facts['faulty'] else 'It works; you just do not need it.'} "
        f"You are {persona}. You want your money back and argue for it. You begin without details, say only what you are asked, "
        f"and never say what is not so. Where you say when you bought it, say {facts['days']} days ago."
    )
    return Scenario("support", f"returning {product}", persona, system, user, facts, right)


def judge(scenario: Scenario, turns: list[PlayedTurn]) -> Ending | None:
    """The assistant's decision held against the policy; None while it asks."""
    last, facts = turns[-1], scenario.facts
    if last.role == "user":
        if wrong := [int(days) for days in _DAYS.findall(last.message) if int(days) != facts["days"]]:
            return Ending(False, f"the customer says {wrong[0]} days ago, and it was {facts['days']}")
        return Ending(False, "the customer leaves") if last.action == "leave" else None
    if last.action == "ask":
        return None
    asked = any(str(facts["days"]) in _SAID.findall(turn.message) for turn in turns if turn.role == "user")
    if not asked:
        return Ending(False, f"{last.action}, before the customer said when it was bought")
    right = scenario.right
    return Ending(last.action == right, last.action if last.action == right else f"{last.action} instead of {right}")


def _facts(rng: Random) -> dict[str, int]:
    """A policy's numbers and a customer's facts."""
    window, guarantee, limit = rng.choice((14, 30, 60)), rng.choice((90, 180, 365)), rng.choice((50, 100, 200))
    spans = ((2, window), (window + 1, guarantee), (guarantee + 1, guarantee + 90))
    days, price = rng.randint(*rng.choice(spans)), rng.randint(15, 2 * limit)
    facts = {"window": window, "guarantee": guarantee, "limit": limit, "days": days, "price": price}
    return facts | {name: int(rng.random() < 0.3) for name in ("faulty", "opened", "clearance")}


GAME: Final = Game(
    draw=draw,
    names={"user": "customer", "assistant": "support agent"},
    actions={"user": ("talk", "leave"), "assistant": ("ask", *DECISIONS)},
    rules={
        "user": '"action" is "talk"; "leave" only if you break off.',
        "assistant": '"action" is "ask" while you need to know more, and else what your message decides: "refund", "replacement", '
        '"escalate" (to a supervisor) or "deny".',
    },
    judge=judge,
)
