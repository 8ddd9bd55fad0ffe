"""Games end by rule, the shortest successful run stays, and a pair shares what was said before."""

import re
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.outcome import Outcome
from tasks.generation.from_topics.self_play import METHOD, negotiation, support
from tasks.generation.from_topics.self_play.game import PlayedTurn, Scenario
from tasks.generation.from_topics.self_play.params import SelfPlay
from tasks.generation.method import Sizes
from tasks.release.conversations import messages
from tests.generation.making import made
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen
from tests.teachers.prompts.material import both_protocols

SEEDS = st.integers(0, 10**6)


def run(server: ModelServer, folder: Path, provider: str = "openai", **params: Any) -> Outcome:
    given = {"scenarios": 4, "runs": 2, "turns": 4, "impossible": 0.0, **params}
    return made(server, folder, SelfPlay(**given), provider=provider)


def number(pattern: str, text: str) -> int:
    return int(re.findall(pattern, text)[0])


def bargains(seen: Seen) -> dict[str, Any]:
    """A buyer who offers all it has in its second message, and a seller who accepts what is enough."""
    told, said = seen.system, seen.prompt.partition("\n")[2].count(":")
    if "You want to buy" in told:
        most = number(r"pay (\d+) euros at most", told)
        offer = most if said > 1 else most // 3
        return {"message": f"I can give {offer} euros, in {seen.hash[:6]} days.", "action": "offer", "offer": offer}
    floor, bid = number(r"less than (\d+) euros", told), number(r"give (\d+) euros[^\n]*\n</conv", seen.prompt)
    if bid >= floor:
        return {"message": f"Agreed, {bid} euros it is. {seen.hash[:6]}", "action": "accept", "offer": 0}
    return {"message": f"That is too little, says {seen.hash[:6]}.", "action": "offer", "offer": 0}


def supports(seen: Seen) -> dict[str, Any]:
    """A customer who says it all, and an agent who reads the policy."""
    told = seen.system
    if "You bought" in told:
        price, days = number(r"for (\d+) euros", told), number(r"(\d+) days ago", told)
        words = [
            word
            for word in ("faulty", "clearance", "was opened")
            if word in told.partition("You bought")[2].split("You are")[0]
        ]
        first = f"Bought {days} days ago for {price} euros, {', '.join(words)}."
        again = "Bought" in seen.prompt
        return {"message": f"Bought as I wrote to {seen.hash[:9]}." if again else first, "action": "talk"}
    said = seen.prompt
    facts = {
        "guarantee": number(r"replaced up to (\d+)", told),
        "window": number(r"refunded up to (\d+)", told),
        "limit": number(r"more than (\d+) euros", told),
        "days": number(r"Bought (\d+)", said),
        "price": number(r"for (\d+) euros", said),
        "faulty": int("faulty" in said),
        "clearance": int("clearance" in said),
        "opened": int("was opened" in said),
    }
    return {"message": f"I have decided, says {seen.hash[:6]}.", "action": support.decide(facts)}


def plays(seen: Seen) -> dict[str, Any]:
    return supports(seen) if "customer" in seen.system else bargains(seen)


@both_protocols
def test_rows_are_conversations_that_ended_as_the_rules_want(
    model_server: ModelServer, tmp_path: Path, provider: str
) -> None:
    model_server.reply = plays
    outcome = run(model_server, tmp_path, provider, scenarios=8)
    assert outcome.kept.num_rows == 8
    for row in outcome.kept.to_pylist():
        said = messages(row)["messages"]
        assert [turn["role"] for turn in said] == ["system", *["user", "assistant"] * (len(said) // 2)]
        if row["source"] == "self_play/negotiation":
            floor, price = number(r"less than (\d+) euros", row["system"]), number(r"deal at (\d+)", row["reference"])
            assert price >= floor
            assert str(price) in row["response"]
        else:
            assert row["reference"] in support.DECISIONS
    assert outcome.facts["won"] == {"negotiation": 8, "support": 8}
    assert outcome.facts["runs"] == 16
    assert Counter(outcome.rejected["reason"].to_pylist()) == {"longer_than_another": 8}
    assert set(outcome.rejected["detail"].to_pylist()) == set(outcome.kept["example_id"].to_pylist())


def test_runs_begin_alike_and_each_round_is_one_batch(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = plays
    run(model_server, tmp_path, scenarios=6, runs=3, games=("negotiation",))
    firsts = [seen for seen in model_server.seen if "Nobody has spoken yet" in seen.prompt]
    assert len(firsts) == 6, "the first message is asked for once"
    assert model_server.requests == 6 * (1 + 3 * 3)


def test_the_shortest_of_the_runs_that_succeed_is_kept(model_server: ModelServer, tmp_path: Path) -> None:
    asked = count()

    def reply(seen: Seen) -> dict[str, Any]:
        answer = plays(seen)
        hurried = next(asked) % 3 == 0  # some decide at once, others ask before
        if (
            "customer" in seen.system
            and answer["action"] not in ("talk",)
            and not hurried
            and seen.prompt.count("Bought") < 2
        ):
            return {"message": f"When was that, asks {seen.hash[:6]}?", "action": "ask"}
        return answer

    model_server.reply = reply
    outcome = run(model_server, tmp_path, games=("support",), runs=4, scenarios=8)
    lengths = {row["example_id"]: len(row["history"]) for row in outcome.kept.to_pylist()}
    longer = [
        (row["detail"], len(row["history"]))
        for row in outcome.rejected.to_pylist()
        if row["reason"] == "longer_than_another"
    ]
    assert all(lengths[id_] <= length for id_, length in longer)
    assert any(lengths[id_] < length for id_, length in longer)


def failing(part: Callable[[Seen], bool], reply: Any) -> Callable[[Seen], Any]:
    return lambda seen: reply if part(seen) else plays(seen)


def seller(seen: Seen) -> bool:
    return "You sell" in seen.system


@pytest.mark.parametrize(
    ("game", "part", "reply", "reason", "detail"),
    [
        ("negotiation", seller, {"message": "Take it for 1 euro.", "action": "offer", "offer": 1}, "lost", "below its limit"),
        ("negotiation", seller, {"message": "Agreed.", "action": "accept", "offer": 0}, "lost", "outside a limit"),
        ("negotiation", seller, {"message": "No way.", "action": "walk_away", "offer": 0}, "lost", "no deal"),
        ("negotiation", seller, {"message": "It costs a bit more.", "action": "offer", "offer": 9999}, "lost", "does not say"),
        ("negotiation", seller, {"message": "", "action": "offer", "offer": 0}, "malformed_answer", "turn 2: the message is"),
        ("negotiation", seller, {"message": "I can't help with that.", "action": "offer", "offer": 0}, "refusal", "turn 2"),
        ("negotiation", seller, {"message": "Hm, let me think about it first, please.", "action": "offer", "offer": 0},
         "repeated_turn", "turn 4: message 2"),
        ("support", lambda seen: "You answer" in seen.system, {"message": "Here you are.", "action": "later"}, None, "later"),
        ("support", lambda seen: "You bought" in seen.system,
         {"message": "Bought 999 days ago.", "action": "talk"}, "lost", "says 999 days ago"),
        ("support", lambda seen: "You bought" in seen.system,
         {"message": "Bought it, for 20 euros. Bought 3 weeks before.", "action": "talk"}, "lost", "before the customer said"),
        ("support", lambda seen: True, Reply(status=400, message="too rude"), None, "too rude"),
    ],
)  # fmt: skip
def test_a_run_that_does_not_succeed_says_why(
    model_server: ModelServer, tmp_path: Path, game: str, part: Any, reply: Any, reason: str | None, detail: str
) -> None:
    model_server.reply = failing(part, reply)
    outcome = run(model_server, tmp_path, games=(game,), scenarios=2, runs=1)
    assert outcome.kept.num_rows == 0
    lines = outcome.rejected.to_pylist() if reason else outcome.failed.to_pylist()
    assert len(lines) == 2
    assert all(detail in line["detail" if reason else "error"] for line in lines), lines
    assert not reason or {line["reason"] for line in lines} == {reason}


def test_a_buyer_may_be_sorry(model_server: ModelServer, tmp_path: Path) -> None:
    def reply(seen: Seen) -> dict[str, Any]:
        answer = plays(seen)
        if "Nobody has spoken yet" in seen.prompt:
            answer["message"] = f"I'm sorry, but I can't pay all of that. {answer['message']}"
        return answer

    model_server.reply = reply
    assert run(model_server, tmp_path, games=("negotiation",), scenarios=2, runs=1).kept.num_rows == 2


def test_where_no_price_is_possible_walking_away_succeeds(model_server: ModelServer, tmp_path: Path) -> None:
    def reply(seen: Seen) -> dict[str, Any]:
        if seller(seen) and seen.prompt.count("Buyer:") == 2:
            return {"message": f"Then we cannot do business, {seen.hash[:6]}.", "action": "walk_away", "offer": 0}
        return plays(seen)

    model_server.reply = reply
    outcome = run(model_server, tmp_path, games=("negotiation",), impossible=1.0)
    assert outcome.facts["outcomes"] == {"no deal": 4}


def test_the_assistant_closes_what_the_other_one_ended(model_server: ModelServer, tmp_path: Path) -> None:
    def reply(seen: Seen) -> dict[str, Any]:
        if "has ended it" in seen.system:
            return {"message": f"Sold, and thank you, {seen.hash[:6]}.", "action": "accept", "offer": 0}
        if seller(seen):
            floor = number(r"less than (\d+) euros", seen.system) + 5
            return {"message": f"Give me {floor} euros, {seen.hash[:6]}.", "action": "offer", "offer": floor}
        if "Seller:" in seen.prompt:
            return {"message": f"Done, I take it, {seen.hash[:6]}.", "action": "accept", "offer": 0}
        return {"message": f"What about 10 euros, {seen.hash[:6]}?", "action": "offer", "offer": 10}

    model_server.reply = reply
    outcome = run(model_server, tmp_path, games=("negotiation",), turns=2)
    assert outcome.kept.num_rows == 4
    assert all(row["response"].startswith("Sold") for row in outcome.kept.to_pylist())


@pytest.mark.parametrize("asks_first", [False, True])
def test_a_pair_shares_all_that_was_said_before(model_server: ModelServer, tmp_path: Path, asks_first: bool) -> None:
    asked = count()

    def reply(seen: Seen) -> dict[str, Any]:
        answer, number = plays(seen), next(asked)
        if answer["action"] == "talk":
            return answer
        if asks_first and seen.prompt.count("Bought") < 2:
            return {"message": f"When was that, asks {number if number % 2 else 'somebody'}?", "action": "ask"}
        wrong = {"refund": "deny", "deny": "refund", "replacement": "refund", "escalate": "refund"}[answer["action"]]
        lost = number % 3 == 0
        return {"message": f"I decide: {number}.", "action": wrong if lost else answer["action"]}

    model_server.reply = reply
    outcome = run(model_server, tmp_path, games=("support",), scenarios=12, runs=5, preferences=True)
    pairs = [row for row in outcome.kept.to_pylist() if row["rejected"]]
    assert 0 < len(pairs) == outcome.facts["pairs"]
    lost = [row for row in outcome.rejected.to_pylist() if row["reason"] == "lost"]
    for pair in pairs:
        prompt = [*pair["history"], {"role": "user", "content": pair["instruction"]}]
        said = [(turn["role"], turn["content"]) for turn in prompt] + [("assistant", pair["rejected"])]
        losers = [
            [(turn["role"], turn["content"]) for turn in messages(row)["messages"][1:]]
            for row in lost
            if row["system"] == pair["system"]
        ]
        assert said in [other[: len(said)] for other in losers]
        assert pair["response"] != pair["rejected"]
    winners = [row for row in outcome.kept.to_pylist() if row["reference"]]
    assert len({(row["system"], len(row["history"]), row["instruction"]) for row in winners}) == outcome.kept.num_rows


@settings(max_examples=200)
@given(SEEDS)
def test_scenarios_can_be_played_and_their_briefs_say_the_facts(seed: int) -> None:
    for game, params in ((negotiation.GAME, SelfPlay(impossible=0.5)), (support.GAME, SelfPlay())):
        scenario = game.draw(params, Random(seed))
        facts = scenario.facts
        if scenario.game == "negotiation":
            assert (facts["floor"] <= facts["most"]) == (scenario.right == negotiation.DEAL)
            assert 0 < facts["floor"] <= facts["asking"]
            assert str(facts["most"]) not in re.findall(r"\d+", scenario.system) or facts["most"] in (
                facts["asking"],
                facts["floor"],
            )
            assert f"{facts['floor']} euros" in scenario.system
            deal = ended(scenario, facts["most"])
            assert deal.won == (scenario.right == negotiation.DEAL)
        else:
            assert support.decide(dict(facts)) == scenario.right
            assert f"{facts['days']} days ago" in scenario.user_brief
            assert f"{facts['days']} days ago" not in scenario.system


def ended(scenario: Scenario, price: int) -> Any:
    """How it ends where the assistant accepts `price`."""
    turns = [PlayedTurn("user", f"{price} euros?", "offer", price), PlayedTurn("assistant", "Agreed.", "accept")]
    return negotiation.judge(scenario, turns)


def test_a_customer_who_leaves_ends_it_unsuccessfully() -> None:
    scenario = support.draw(SelfPlay(), Random(1))
    ending = support.judge(scenario, [PlayedTurn("user", "Forget it.", "leave")])
    assert ending
    assert (ending.won, ending.what) == (False, "the customer leaves")


def test_rights_are_evenly_drawn() -> None:
    drawn = Counter(support.draw(SelfPlay(), Random(seed)).right for seed in range(400))
    assert set(drawn) == set(support.DECISIONS)
    assert min(drawn.values()) > 60


def test_the_same_again_costs_nothing_and_gives_the_same(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = plays
    first = run(model_server, tmp_path)
    sent = model_server.requests
    assert run(model_server, tmp_path) == first
    assert model_server.requests == sent
    calls = METHOD.estimate(SelfPlay(scenarios=4, runs=2, turns=4), Sizes(0, 0, 0))
    assert calls.requests >= sent
