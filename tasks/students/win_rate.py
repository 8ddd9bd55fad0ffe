"""Whose answers a judge prefers: two students' answers to the same held-out instructions as pairs, and the share that one wins.

Each pair is judged twice, in both orders, by the verifier `preference`; what the order decides is a tie. A tie is half a win. The
interval of one seed is Wilson's (1927), a little too wide where there are ties. Students of several seeds answer the same
questions: theirs is Wilson's for as many answers as one seed gave, widened by Student's t over the rates of the seeds (Gosset
1908).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import Params
from tasks.core.schema import FILTERED, Row, stable_id
from tasks.students import parts
from tasks.students.comparison import Finding
from tasks.students.settings import HeldOut, StudentPart
from tasks.text.agreement import wilson

METHOD: Final = "student"
"""The method of pairs of answers."""


class StudentPair(Params):
    """Two students whose answers are compared."""

    part: StudentPart
    """What the one learnt from."""
    other: StudentPart
    """What the other learnt from."""
    held_out: HeldOut = HeldOut()


@dataclass(frozen=True)
class WinRate:
    """How often a judge prefers the answers of the students of one part to those of another."""

    part: str
    other: str
    judge: str
    wins: int
    ties: int
    """Neither is better, the order decided, or both wrote the same."""
    losses: int
    unjudged: int
    """Pairs about which the judge gave no answer, or that speak to whoever judges them."""
    by_seed: tuple[float, ...] = ()
    """The rate of each seed of which an answer was judged."""

    @property
    def judged(self) -> int:
        """Pairs that were decided, of all seeds."""
        return self.wins + self.ties + self.losses

    @property
    def rate(self) -> float | None:
        """Wins and half of the ties, as a share; None without any answer."""
        return (self.wins + self.ties / 2) / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of `rate`."""
        seeds = max(1, len(self.by_seed))
        low, high = wilson((self.wins + self.ties / 2) / seeds, self.judged / seeds)
        if self.rate is None or low is None or high is None:
            return 0.0, 1.0
        reach = _reach(self.by_seed)
        return max(0.0, self.rate - math.hypot(self.rate - low, reach)), min(
            1.0, self.rate + math.hypot(high - self.rate, reach)
        )

    @property
    def finding(self) -> Finding:
        """What the interval allows to say of the part."""
        low, high = self.interval
        if low > 0.5:
            return "better"
        return "worse" if high < 0.5 else "no difference"

    def as_json(self) -> dict[str, Any]:
        """All of it, with rate, interval and finding."""
        low, high = (round(end, 4) for end in self.interval)
        rate = None if self.rate is None else round(self.rate, 4)
        by_seed = [round(one, 4) for one in self.by_seed]
        return {**vars(self), "by_seed": by_seed, "rate": rate, "low": low, "high": high, "finding": self.finding}


def answered(ids: list[str], number: int) -> list[int]:
    """Positions of the held-out rows, by their ids, that are answered: `number` drawn by the ids, so that every student answers the
    same ones, in order."""
    drawn = sorted(range(len(ids)), key=lambda at: stable_id("answered", ids[at]))
    return sorted(drawn[:number])


def compute(
    rows: pa.Table, held_out: pa.Table | None, first: pa.Table, second: pa.Table, pair: StudentPair, _tools: Tools
) -> Outcome:
    """The answers of two students to the same instructions as rows (schema FILTERED): `response` is the one's, `rejected` the
    other's. Only where both wrote something, and not the same: nobody has to be asked about the others.

    rows, held_out: as for the student; first, second: what the students were asked (schema LIKELIHOOD). Facts: rows_read, and how
    many pairs were decided without a judge: won, tied, lost.
    """
    asked = parts.divided(rows, pair.held_out)[1] if held_out is None else held_out
    by_id: dict[str, Row] = {row["example_id"]: row for row in asked.to_pylist()}
    decided, made = Counter[str](), list[Row]()
    for row_id, one, other in _both(first, second):
        if one and other and one != other:
            made.append(
                {name: by_id[row_id].get(name) for name in ("system", "history", "instruction", "source")}
                | {
                    "example_id": stable_id(pair.part.title, pair.other.title, row_id),
                    "parent_id": row_id,
                    "method": METHOD,
                }
                | {"origin": "synthetic", "response": one, "rejected": other}
            )
        else:
            decided["tied" if one == other else "won" if one else "lost"] += 1
    facts = {"rows_read": rows.num_rows, **{name: decided[name] for name in ("won", "tied", "lost")}}
    return Outcome.of(FILTERED, pa.Table.from_pylist(made, FILTERED), facts=facts)


def counted(pair: StudentPair, facts: Mapping[str, Any], pairs: int, judged: pa.Table | None, judge: str) -> WinRate:
    """The win rate of one seed from the facts of `compute`, the number of its `pairs`, and those that a judge looked at, with its
    verdicts (schema VERIFIED); None where there were no pairs."""
    words = Counter[str]()
    for verdicts in judged["verdicts"].to_pylist() if judged is not None else ():
        words.update(one["verdict"] for one in verdicts or () if one["requests"])
    wins, ties, losses = words["pass"], words["unsure"], words["fail"]
    found = WinRate(
        pair.part.title, pair.other.title, judge, wins + facts["won"], ties + facts["tied"], losses + facts["lost"],
        unjudged=pairs - wins - ties - losses,
    )  # fmt: skip
    return together([found])


def together(found: Sequence[WinRate]) -> WinRate:
    """The win rate of the students of several seeds, from that of each."""
    return WinRate(
        found[0].part, found[0].other, found[0].judge,
        sum(one.wins for one in found), sum(one.ties for one in found), sum(one.losses for one in found),
        sum(one.unjudged for one in found), tuple(one.rate for one in found if one.rate is not None),
    )  # fmt: skip


def _reach(by_seed: Sequence[float]) -> float:
    """How far the mean rate of all seeds there could be may lie from the mean of these, with 95 % confidence; 0 for one seed, which
    says nothing of others."""
    from scipy.stats import t

    seeds = len(by_seed)
    return float(t.ppf(0.975, seeds - 1) * np.std(by_seed, ddof=1) / math.sqrt(seeds)) if seeds > 1 else 0.0


def _both(first: pa.Table, second: pa.Table) -> list[tuple[str, str, str]]:
    """Held-out row, the one's answer, the other's, of each row that both were asked to answer."""
    written = [table.filter(pc.is_valid(table["answer"])) for table in (first, second)]
    one, other = (
        dict(zip(table["parent_id"].to_pylist(), table["answer"].to_pylist(), strict=True)) for table in written
    )
    return [(row, one[row].strip(), other[row].strip()) for row in one if row in other]
