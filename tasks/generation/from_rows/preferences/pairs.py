"""Pairs: which two answers, which of them wins, and how long winners may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from tasks.core.schema import Row, stable_id
from tasks.verification.verifier import Verdict

REASONS: Final = {
    "losing_answer": "it became the rejected response of a pair; detail: the pair's id",
    "not_paired": "another pair of answers to the instruction differs more; detail: ids of the two",
    "no_other_answer": "there is no second answer to the instruction to compare it with",
    "no_edit": "the model's and the person's response have too few words in common to be one edited; detail: their share",
    "alike": "the two answers of the pair hardly differ; detail: share of words in common",
    "order_decides": "the judge prefers another answer when the two change places; detail: its reason",
    "no_preference": "the judge finds neither answer better; detail: its reason",
    "longer_preferred": "more pairs prefer the longer response than `longer_share` allows; detail: words of both",
}


@dataclass
class AnswerPair:
    """Two answers to one instruction; the first is the better one as far as it is known."""

    winner: Row
    loser: Row
    by: str = ""
    """What decided: check, judge or person; empty: nothing yet."""
    why: str = ""

    @property
    def row(self) -> Row:
        """The preference row."""
        both = list(dict.fromkeys([*self.winner["requests"], *self.loser["requests"]]))
        return self.winner | {"rejected": self.loser["response"], "rationale": self.why or None, "requests": both}

    @property
    def words(self) -> tuple[int, int]:
        """Of the winner and the loser."""
        return len(self.winner["response"].split()), len(self.loser["response"].split())

    @property
    def prefers_longer(self) -> bool:
        """Whether the winner has more words."""
        return self.words[0] > self.words[1]


def decided_by_check(answers: Sequence[Row], verdicts: Mapping[str, Verdict]) -> AnswerPair | None:
    """The first answer that passes its check against the first that fails it, if there are both."""
    words = {row["example_id"]: one.word for row in answers if (one := verdicts.get(row["example_id"]))}
    right = next((row for row in answers if words.get(row["example_id"]) == "pass"), None)
    wrong = next((row for row in answers if words.get(row["example_id"]) == "fail"), None)
    if right is None or wrong is None:
        return None
    return AnswerPair(right, wrong, "check", verdicts[wrong["example_id"]].why)


def known_against_wrong(
    answers: Sequence[Row], verdicts: Mapping[str, Verdict], known: Mapping[str, Row]
) -> AnswerPair | None:
    """The response of the row that was answered, if it is among those that are `known` to be right, against the first answer that
    fails its check."""
    wrong = next((row for row in answers if (one := verdicts.get(row["example_id"])) and one.word == "fail"), None)
    if wrong is None or (right := known.get(wrong["parent_id"])) is None:
        return None
    return AnswerPair(chosen(right, wrong), wrong, "check", verdicts[wrong["example_id"]].why)


def chosen(row: Row, loser: Row) -> Row:
    """The row of a pair in which the response of a row that there was already wins."""
    return row | {
        "example_id": stable_id("preferences", row["example_id"], loser["example_id"]),
        "parent_id": row["example_id"],
        "content_hash": None,
        "record": None,
        "method": "preferences",
        "requests": [],
    }


def least_alike(answers: Sequence[Row]) -> tuple[AnswerPair, float]:
    """The two answers (of at least two) with the smallest share of words in common, the earlier one first, and that share."""
    texts = [row["response"] for row in answers]
    shares = {(one, other): common_words(texts[one], texts[other]) for one, other in combinations(range(len(texts)), 2)}
    first, second = min(shares, key=lambda pair: (shares[pair], pair))
    return AnswerPair(answers[first], answers[second]), shares[first, second]


def common_words(one: str, other: str) -> float:
    """Jaccard similarity of the words of two texts, 0 to 1."""
    left, right = set(one.lower().split()), set(other.lower().split())
    return len(left & right) / max(len(left | right), 1)


def capped(pairs: Sequence[AnswerPair], longer_share: float) -> tuple[list[AnswerPair], list[AnswerPair]]:
    """`pairs` of which at most `longer_share` prefer the longer response, and those that had to go for it: the ones in which the
    winner is longest in proportion to the loser."""
    longer = [pair for pair in pairs if pair.prefers_longer]
    others = len(pairs) - len(longer)
    allowed = len(longer) if longer_share == 1 else int(longer_share * others / (1 - longer_share) + 1e-9)
    longer.sort(key=lambda pair: (pair.words[0] / max(pair.words[1], 1), pair.winner["example_id"]))
    gone = {pair.winner["example_id"] for pair in longer[allowed:]}
    kept = [pair for pair in pairs if pair.winner["example_id"] not in gone]
    return kept, longer[allowed:]


def lengths(pairs: Sequence[AnswerPair]) -> dict[str, Any]:
    """Mean words of winners and losers, and the share of pairs that prefer the longer."""
    if not pairs:
        return {"winner_words": None, "loser_words": None, "longer_share": None}
    winners, losers = (sum(pair.words[side] for pair in pairs) / len(pairs) for side in (0, 1))
    longer = sum(pair.prefers_longer for pair in pairs) / len(pairs)
    return {"winner_words": round(winners, 1), "loser_words": round(losers, 1), "longer_share": round(longer, 4)}
