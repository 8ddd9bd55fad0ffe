"""What the people are worth who judge rows: how far they agree, who is strict, who tires, whose word counts how much.

Everything here is computed from decisions and shown; nothing is changed by it. docs/annotators.md says how to read the figures.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np

from tasks.review.dawid_skene import Consensus, consensus, majority
from tasks.review.decisions import Decision, standing
from tasks.review.drift import drifts
from tasks.review.judgements import Item, Judgements, item_of
from tasks.review.severity import LEAST, biases, severities
from tasks.review.worth import worth
from tasks.text.agreement import alpha, alpha_interval, fleiss_kappa, kappa, kappa_interval, share, wilson

WORDS: Final = ("reject", "edit", "accept")
PREFERRED: Final = ("rejected", "tie", "response")
Level = int | str
_PAIRS: Final = 200
"""Pairs of people that are listed: those with the most rows in common."""


def figures(
    decisions: Sequence[Decision],
    groups: Mapping[str, Mapping[str, str]] | None = None,
    gold: Mapping[Item, str] | None = None,
    scales: Mapping[str, Sequence[Level]] | None = None,
) -> dict[str, Any]:
    """All figures as JSON data; empty without decisions. The same decisions give the same figures, in whatever order they come.

    decisions: all of them, also those that do not hold any more. groups: by column (source, method, …) the value of each row, by
    example_id. gold: what is known to be right of rows that were slipped in, accept or reject. scales: the levels of criteria
    from the worst to the best; of others, numbers are taken as a scale and words are not.
    """
    ordered = sorted(decisions, key=lambda one: (one.at, one.id))
    held = standing(ordered)
    verdicts = Judgements.of(held, word_of, WORDS)
    if not verdicts.people:
        return {}
    shared = verdicts.shared()
    found = consensus(shared.rows, shared.persons, shared.given, len(WORDS)) if shared.items else None
    return {
        "people": len(verdicts.people),
        "rows": len(verdicts.items),
        "rows_of_several": len(shared.items),
        "agreement": {name: _agreement(one, ordinal) for name, one, ordinal in _questions(held, scales or {})},
        "pairs": _pairs(shared),
        "consensus": _consensus(shared, found),
        "reviewers": _reviewers(ordered, held, verdicts, shared, found, gold or {}),
        "biases": biases(shared, _above_consensus(shared, found), groups or {}),
        "guidelines": _guidelines(held),
        "filters": worth(held),
    }


def weights(decisions: Sequence[Decision]) -> dict[str, float]:
    """How much each person's word counts, 0 to 1, by the consensus; of people with LEAST rows in common with others."""
    shared = Judgements.of(standing(list(decisions)), word_of, WORDS).shared()
    return _weights(shared, consensus(shared.rows, shared.persons, shared.given, len(WORDS))) if shared.items else {}


def word_of(decision: Decision) -> str | None:
    """accept, edit or reject; None of what says nothing about a row as a whole."""
    return decision.word if decision.word in WORDS else None


def _questions(
    held: Sequence[Decision], scales: Mapping[str, Sequence[Level]]
) -> list[tuple[str, Judgements, Literal["nominal", "ordinal"]]]:
    """Everything that people were asked: the verdict, the preference, each criterion; whether its values are a scale."""
    found: list[tuple[str, Judgements, Literal["nominal", "ordinal"]]] = [
        ("verdict", Judgements.of(held, word_of, WORDS), "nominal")
    ]
    preferred = Judgements.of(held, lambda one: one.preferred or None, PREFERRED)
    found += [("preference", preferred, "nominal")] if preferred.items else []
    given: dict[str, set[Level]] = defaultdict(set)
    for one in held:
        for name, level in one.criteria.items():
            given[name].add(level)
    for name, levels in sorted(given.items()):
        numbers = all(isinstance(level, int) for level in levels)
        values = list(scales.get(name) or sorted(levels, key=lambda level: (str(type(level)), level)))
        judged = Judgements.of(held, _level(name), values)
        found.append((name, judged, "ordinal" if numbers or name in scales else "nominal"))
    return found


def _level(name: str) -> Callable[[Decision], Hashable | None]:
    return lambda one: one.criteria.get(name)


def _agreement(judged: Judgements, scale: Literal["nominal", "ordinal"]) -> dict[str, Any]:
    counts = judged.counts
    low, high = alpha_interval(counts, scale)
    fleiss, rows, people = fleiss_kappa(counts)
    return {
        "rows": int((counts.sum(axis=1) > 1).sum()),
        "scale": scale,
        "alpha": alpha(counts, scale),
        "alpha_low": low,
        "alpha_high": high,
        "fleiss_kappa": fleiss,
        "fleiss_rows": rows,
        "fleiss_people": people,
    }


def _pairs(shared: Judgements) -> list[dict[str, Any]]:
    """Cohen's κ of every two people with LEAST rows in common, those with the most first."""
    common = [pair for pair in shared.pairs() if len(pair[2]) >= LEAST]
    found = []
    for one, other, left, right in sorted(common, key=lambda pair: (-len(pair[2]), pair[:2]))[:_PAIRS]:
        words = [[WORDS[value] for value in given] for given in (left, right)]
        low, high = kappa_interval(words[0], words[1])
        people = {"one": shared.people[one], "other": shared.people[other], "rows": len(left)}
        found.append(people | {"kappa": kappa(words[0], words[1]), "kappa_low": low, "kappa_high": high})
    return found


def _consensus(shared: Judgements, found: Consensus | None) -> dict[str, Any]:
    """How the rows of several people come out, and where the consensus is not what most of them said."""
    if found is None:
        return {"rows": 0}
    voted, likeliest = majority(shared.rows, shared.given, len(WORDS)), found.rows.argmax(axis=1)
    return {
        "rows": len(voted),
        "unanimous": int(((shared.counts > 0).sum(axis=1) == 1).sum()),
        "tied": voted.count(None),
        "against_the_majority": sum(one not in (None, other) for one, other in zip(voted, likeliest, strict=True)),
        "uncertain": int((found.rows.max(axis=1) < 0.9).sum()),
        "shares": {word: round(float(part), 4) for word, part in zip(WORDS, found.values, strict=True)},
    }


def _reviewers(
    ordered: Sequence[Decision],
    held: Sequence[Decision],
    verdicts: Judgements,
    shared: Judgements,
    found: Consensus | None,
    gold: Mapping[Item, str],
) -> dict[str, dict[str, Any]]:
    """The figures of each person."""
    parts = [severities(shared, _strictness(shared)), drifts(ordered), _gold(held, gold)]
    worth = _weights(shared, found) if found else {}
    people: dict[str, dict[str, Any]] = {}
    for number, name in enumerate(verdicts.people):
        given = verdicts.given[verdicts.persons == number]
        shares = {f"{word}_share": share(int((given == code).sum()), len(given)) for code, word in enumerate(WORDS)}
        known = {key: value for part in parts for key, value in part.get(name, {}).items()}
        people[name] = {"rows": len(given), **shares, "weight": worth.get(name), **known}
    return people


def _strictness(judged: Judgements) -> Any:
    """1.0 of a rejection, 0.0 of everything else."""
    return (judged.given == WORDS.index("reject")).astype(np.float64)


def _above_consensus(shared: Judgements, found: Consensus | None) -> Any:
    """Strictness less the probability that the row should be rejected."""
    return _strictness(shared) - (found.rows[shared.rows, WORDS.index("reject")] if found else 0.0)


def _weights(shared: Judgements, found: Consensus) -> dict[str, float]:
    rows = np.bincount(shared.persons, minlength=len(shared.people))
    enough = [(number, name) for number, name in enumerate(shared.people) if rows[number] >= LEAST]
    return {name: round(found.weight(number), 4) for number, name in enough}


def _gold(held: Sequence[Decision], gold: Mapping[Item, str]) -> dict[str, dict[str, Any]]:
    """How often each person kept and rejected what should be: an edit keeps the row."""
    said: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for one in held:
        if word_of(one) and (known := gold.get(item_of(one))):
            said[one.reviewer].append((one.word != "reject", known != "reject"))
    return {name: _of_gold(answers) for name, answers in said.items()}


def _of_gold(answers: list[tuple[bool, bool]]) -> dict[str, Any]:
    right = sum(kept == good for kept, good in answers)
    low, _ = wilson(right, len(answers))
    return {
        "gold_rows": len(answers),
        "gold_agreement": share(right, len(answers)),
        "gold_agreement_low": None if low is None else round(low, 4),
        "gold_kept_though_bad": sum(kept and not good for kept, good in answers),
        "gold_rejected_though_good": sum(good and not kept for kept, good in answers),
    }


def _guidelines(held: Sequence[Decision]) -> list[dict[str, Any]]:
    """Agreement on verdicts by the guideline that was shown, in the order of their first use: a pilot round beside the next."""
    by: dict[str, list[Decision]] = defaultdict(list)
    for one in held:
        by[one.guideline].append(one)
    found = []
    for guideline, decisions in by.items():
        judged = Judgements.of(decisions, word_of, WORDS)
        low, high = alpha_interval(judged.counts, "nominal")
        figures = {"alpha": alpha(judged.counts, "nominal"), "alpha_low": low, "alpha_high": high}
        rows = int((judged.counts.sum(axis=1) > 1).sum())
        found.append(
            {"guideline": guideline[:12] or "none shown", "rows": len(judged.items), "of_several": rows} | figures
        )
    return found
