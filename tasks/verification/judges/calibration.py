"""What a judge's verdicts are worth: measured on rows that people judged, before any of them is believed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.text.agreement import (
    kappa,
    kappa_interval,
    length_bias,
    rejecting,
    share,
    weighted_kappa,
)
from tasks.verification.judges.labels import Label
from tasks.verification.judges.rubric import Rubric
from tasks.verification.judges.votes import Judgement


def measure(
    judged: Mapping[int, Judgement],
    labels: Sequence[Label],
    rubric: Rubric,
    again: Sequence[Mapping[int, Judgement]] = (),
) -> dict[str, Any]:
    """How a judge agrees with people, as JSON data.

    judged: its judgements by the number of the label; rows without one (no answer) count in `without_answer` only. again: its
    judgements of the same rows when asked once more, for `consistency`.
    `unsure` is a verdict of its own: where people decided, it agrees with nobody.
    """
    numbers = [number for number in range(len(labels)) if number in judged]
    judge: list[str] = [judged[number].word for number in numbers]
    people: list[str] = [labels[number].word for number in numbers]
    low, high = kappa_interval(judge, people)
    precision, recall = rejecting(judge, people)
    scores = [judged[number].score for number in numbers]
    lengths = [len(str(labels[number].row.get("response") or "").split()) for number in numbers]
    figures: dict[str, Any] = {
        "n": len(numbers),
        "without_answer": len(labels) - len(numbers),
        "accuracy": share(sum(one == other for one, other in zip(judge, people, strict=True)), len(numbers)),
        "kappa": kappa(judge, people),
        "kappa_low": low,
        "kappa_high": high,
        "reject_precision": precision,
        "reject_recall": recall,
        "judge_rejects": share(judge.count("fail"), len(numbers)),
        "people_reject": share(people.count("fail"), len(numbers)),
        "unsure": judge.count("unsure"),
        "verdicts": {
            f"{one} where people say {other}": count
            for (one, other), count in sorted(Counter(zip(judge, people, strict=True)).items())
        },
        "length_bias": length_bias(scores, lengths, people),
        "consistency": _consistency(judged, again),
    }
    return figures | _by_criterion(judged, labels, rubric)


def _consistency(judged: Mapping[int, Judgement], again: Sequence[Mapping[int, Judgement]]) -> float | None:
    """The share of rows that got the same verdict each time they were judged; None where they were judged once."""
    both = [number for number in judged if again and all(number in other for other in again)]
    same = sum(all(other[number].word == judged[number].word for other in again) for number in both)
    return share(same, len(both))


def _by_criterion(judged: Mapping[int, Judgement], labels: Sequence[Label], rubric: Rubric) -> dict[str, Any]:
    """Levels of judge and people and weighted kappa by criterion, where people gave scores."""
    scored = [number for number in judged if labels[number].levels]
    if not scored:
        return {}
    top = len(rubric.levels) - 1
    found: dict[str, Any] = {}
    for one in rubric.criteria:
        judge = [round(judged[number].level(one.name, rubric) * top) for number in scored]
        people = [rubric.levels.index(labels[number].levels[one.name]) for number in scored]
        found[one.name] = {
            "weighted_kappa": weighted_kappa(judge, people, top + 1),
            "judge": _levels(judge, rubric),
            "people": _levels(people, rubric),
        }
    known = [one["weighted_kappa"] for one in found.values() if one["weighted_kappa"] is not None]
    return {"weighted_kappa": round(sum(known) / len(known), 4) if known else None, "criteria": found}


def _levels(given: Sequence[int], rubric: Rubric) -> dict[str, int]:
    counted = Counter(given)
    return {str(level): counted[number] for number, level in enumerate(rubric.levels)}
