"""The stage: the rows that the rounds of a build left go through, with an account of the rounds."""

from typing import Annotated, Any, Final, Literal

import pyarrow as pa
from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import Params
from tasks.core.schema import VERIFIED

Ending = Literal["reached", "rounds", "nothing_new", "budget"]
ENDINGS: Final[dict[Ending, str]] = {
    "reached": "the target is reached",
    "rounds": "exhausted: the recipe allows no more rounds",
    "nothing_new": "exhausted: the last round added nothing",
    "budget": "exhausted: the budget is spent; a larger one goes on from here",
}
_NAMED: Final = 3


class RowTarget(Params):
    """How many rows a build goes on for: its methods make further rows, in rounds, until so many were kept."""

    rows: Annotated[int, Field(ge=1)]
    """Rows that the filters and verifiers are to keep. A build may keep more; `mix.rows` chooses."""
    rounds: Annotated[int, Field(ge=1, le=100)] = 4
    """Rounds at most. Rounds end before, where one adds nothing or the budget is spent."""


class RoundAccount(Params):
    """What became of the rows of one round."""

    made: int
    """Rows that its methods made; of the first round, imported rows too."""
    kept: int
    """Rows by which what the filters and verifiers keep of all rounds has grown; fewer than none where it has shrunk."""
    rejected: dict[str, int]
    """By reason, in all stages up to the last verifier."""
    failed: int


class BuildRounds(Params):
    """The rounds of a build, and why they ended."""

    accounts: tuple[RoundAccount, ...]
    ended: Ending


def compute(examples: pa.Table, params: RowTarget, rounds: BuildRounds, _tools: Tools) -> Outcome:
    """All of `examples` (schema VERIFIED). Facts: `wanted`, `kept`, `share` (of the wanted rows, 0 … 1), `rounds` (accounts, the
    first round first), `ended` (a clause), and as a note the three in a sentence with what took most rows."""
    wanted, kept = params.rows, examples.num_rows
    line = f"{kept:,} of {wanted:,} rows after {_plural(len(rounds.accounts))}; {ENDINGS[rounds.ended]}"
    if rounds.ended != "reached" and (lost := _lost(rounds)):
        line += f"; most rows were lost as {lost}"
    facts: dict[str, Any] = {
        "wanted": wanted,
        "kept": kept,
        "share": round(min(kept / wanted, 1.0), 4),
        "ended": ENDINGS[rounds.ended],
        "rounds": [account.model_dump() for account in rounds.accounts],
        "notes": [line],
    }
    return Outcome.of(VERIFIED, examples, facts=facts)


def _lost(rounds: BuildRounds) -> str:
    """The commonest reasons of all rounds, with their rows."""
    total: dict[str, int] = {}
    for account in rounds.accounts:
        for reason, rows in account.rejected.items():
            total[reason] = total.get(reason, 0) + rows
    most = sorted(total.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]
    return ", ".join(f"{reason} ({rows:,})" for reason, rows in most)


def _plural(rounds: int) -> str:
    return f"{rounds} round" if rounds == 1 else f"{rounds} rounds"
