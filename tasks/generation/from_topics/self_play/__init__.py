"""Self-play: two roles with hidden aims talk until a rule says how it ended; the shortest run that succeeded is kept.

Games with checkable outcomes after Lewis et al. 2017 ("Deal or No Deal?", hidden values) and Yao et al. 2024 (τ-bench, a simulated
user and a policy); keeping the runs that succeed is rejection sampling. To add a game: a module with a `GAME`, its line in
`play.GAMES`, its name in `params.GameName`, its test.
"""

from collections import Counter
from itertools import groupby
from random import Random
from typing import Any, Final

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_topics.self_play.game import Scenario
from tasks.generation.from_topics.self_play.params import SelfPlay
from tasks.generation.from_topics.self_play.play import GAMES, PlayedRun, play
from tasks.generation.method import Calls, Inputs, Method, Sizes
from tasks.teachers.prompts import beside, load
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Teacher

PROMPTS: Final = beside(__file__, "self_play_turn")
TOKENS_OF_A_MESSAGE: Final = 60
"""Of a message of one to three sentences, on the high side."""


def make(_inputs: Inputs, params: SelfPlay, teacher: Teacher | None, tools: Tools) -> Outcome:
    """A row for each run: `system` is the assistant's brief, `reference` how the game ended. The parent is the scenario.

    Of the runs of a scenario that succeed, the shortest is kept, the others are rejected (`longer_than_another`); the rest is
    `lost`, or rejected for a message that cannot stand. With `preferences`, a pair's parent is the kept run. Facts: `scenarios`,
    `runs` and `won` of each game, `outcomes` of kept rows without their prices, `personas`, `pairs`. Raises what the
    teacher raises.
    """
    assert teacher is not None
    (prompt,) = map(load, PROMPTS)
    runs = _drawn(params)
    play(runs, params, teacher, prompt)
    common = {
        "licence": params.licence,
        "origin": "synthetic",
        "method": "self_play",
        "answer_method": "closed_book",
        "teacher": teacher.name,
        "prompt_source": prompt.mark,
        "generation": 1,
        "category": "dialogue",
        "difficulty": "medium",
    }
    rows, pairs = SortedRows(), 0
    for _, group in groupby(runs, lambda run: run.scenario_id):
        pairs += _sort([*group], params, common, rows)
    tools.progress(len(runs), len(runs))
    won = Counter(run.scenario.game for run in runs if _won(run))
    facts: dict[str, Any] = {
        "scenarios": dict(sorted(Counter(run.scenario.game for run in runs if run.number == 0).items())),
        "runs": len(runs),
        "won": dict(sorted(won.items())),
        "outcomes": dict(sorted(Counter(row["reference"].split(" at ")[0] for row in rows.kept).items())),
        "personas": dict(sorted(Counter(row["persona"] for row in rows.kept).items())),
        "pairs": pairs,
    }
    return rows.outcome(EXAMPLE, facts)


def _drawn(params: SelfPlay) -> list[PlayedRun]:
    """All runs, those of a scenario together. A scenario that is drawn twice is played once."""
    scenarios: dict[str, Scenario] = {}
    for number in range(params.scenarios):
        game = params.games[number % len(params.games)]
        scenario = GAMES[game].draw(params, Random(f"{params.seed} {game} {number}"))  # noqa: S311
        scenarios[stable_id("self_play", scenario.system, scenario.user_brief)] = scenario
    return [PlayedRun(scenario, id_, number) for id_, scenario in scenarios.items() for number in range(params.runs)]


def _won(run: PlayedRun) -> bool:
    return bool(run.ending and run.ending.won and not run.defect and not run.failure)


def _sort(runs: list[PlayedRun], params: SelfPlay, common: Row, rows: SortedRows) -> int:
    """Sorts the runs of one scenario; returns how many pairs were made of them."""
    winners = sorted((run for run in runs if _won(run)), key=lambda run: (len(run.turns), run.number))
    best = winners[0] if winners else None
    for run in runs:
        row = common | _columns(run) | run.as_row()
        if run.failure:
            rows.fail(row, run.failure)
        elif run.defect:
            rows.reject(row, *run.defect)
        elif run not in winners:
            rows.reject(row, "lost", run.ending.what if run.ending else "")
        elif run is not best and best:
            rows.reject(row, "longer_than_another", best.id)
    if best is None:
        return 0
    row, pair = common | _columns(best) | best.as_row(), _pair(best, runs) if params.preferences else None
    if pair and pair["history"] == row["history"] and pair["instruction"] == row["instruction"]:
        rows.keep(row | pair | {"example_id": best.id, "parent_id": best.scenario_id})
        return 1
    rows.keep(row)
    if pair:
        rows.keep(row | pair)
    return int(pair is not None)


def _columns(run: PlayedRun) -> Row:
    scenario = run.scenario
    return {
        "example_id": run.id,
        "parent_id": run.scenario_id,
        "source": f"self_play/{scenario.game}",
        "topic": scenario.topic,
        "persona": scenario.persona,
    }


def _pair(best: PlayedRun, runs: list[PlayedRun]) -> Row | None:
    """The columns of a preference pair of the kept run and the first failed one that parts from it at a message of the assistant:
    only there is what was said before the same."""
    for other in runs:
        lost = other.ending and not other.ending.won and not other.defect and not other.failure
        both = enumerate(zip(best.turns, other.turns, strict=False))
        at = next((number for number, (one, two) in both if one.message != two.message), None)
        if not lost or at is None or best.turns[at].role == "user":
            continue
        before = [{"role": turn.role, "content": turn.message} for turn in best.turns[:at]]
        return {
            "example_id": stable_id("self_play", "pair", best.id, other.id),
            "parent_id": best.id,
            "history": before[:-1],
            "instruction": before[-1]["content"],
            "response": best.turns[at].message,
            "rejected": other.turns[at].message,
            "requests": [*best.requests[: at + 1], other.requests[at]],
        }
    return None


def estimate(params: SelfPlay, _sizes: Sizes) -> Calls:
    """One request for each message; the first is shared by a scenario's runs, and one more may close a run."""
    requests = params.scenarios * (1 + params.runs * 2 * params.turns)
    return Calls(requests, params.turns * TOKENS_OF_A_MESSAGE, params.scenarios * (2 if params.preferences else 1))


METHOD: Final = Method(
    params=SelfPlay,
    inputs=("topics",),
    make=make,
    version=2,
    answered=True,
    estimate=estimate,
    teacher="required",
    prompts=PROMPTS,
    reasons={
        "lost": "the run did not succeed by the rules of its game; detail: how it ended",
        "longer_than_another": "another run of the scenario succeeded in as few messages or fewer; detail: its id",
        "repeated_turn": "a message is nearly one that was said before; detail: turn, the earlier one, share",
    },
)
