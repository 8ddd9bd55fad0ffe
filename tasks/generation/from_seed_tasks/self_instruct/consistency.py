"""Whether seed tasks that people wrote fit together: format, length and style of each beside the others, and how many they are."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median
from typing import Any, Final, NamedTuple

from tasks.generation.from_seed_tasks.self_instruct.seed_tasks import SeedTask, SeedTasks
from tasks.text.equal_texts import text_keys
from tasks.text.rouge import RougePool

ENOUGH: Final = 8
"""Tasks from which one can be called unlike the others."""
FAR: Final = 3.5
"""Modified z-score from which a length is an outlier (Iglewicz and Hoaglin 1993)."""
LEAST_SPREAD: Final = 0.5
"""Least scale of logarithms of lengths: where all are alike, one that is twice as long is no outlier yet."""
HABIT: Final = 0.9
"""Share of tasks that are alike in a trait from which the others are odd."""
MANUAL: Final = 175
"""Seed tasks of Self-Instruct (Wang et al. 2022)."""
PILOT: Final = 50
"""Seed tasks below which a first build should be a pilot."""
PILOT_ROWS: Final = 100
"""Rows of a pilot at most: so many a person can read."""
LISTED: Final = 50
_USUAL: Final[dict[str, Callable[[str], object]]] = {
    "begin with a capital letter or a digit": lambda text: text[:1].isupper() or not text[:1].isalpha(),
    "end with a full stop or the like": re.compile(r"[.!?…:)\]\"'”’`}|]\s*\Z").search,
    "are formatted as Markdown": re.compile(r"(?m)^#{1,6} |\*\*[^*\n]+\*\*|^\|.*\|$").search,
}
"""Traits of answers: one that lacks what nearly all others have is odd."""
_FAULTS: Final[dict[str, Callable[[str], object]]] = {
    "holds markup or escapes": re.compile(r"</?[a-z][a-z0-9]{0,9}>|&[a-z]{2,6};").search,
    "opens with filler": re.compile(r"(?i)\A(?:sure|certainly|of course|great question)\b").match,
}
"""Traits of answers: one that has what nearly all others lack is odd."""


class Finding(NamedTuple):
    """A seed task that is unlike the others, and in what."""

    where: str
    what: str


def examine(seeds: SeedTasks, similarity: float, rows: int) -> dict[str, Any]:
    """Figures and findings about seed tasks as facts, with `warnings` and `notes` for people.

    similarity: ROUGE-L from which two instructions are alike. rows: how many are to be made of them.
    """
    tasks = seeds.tasks
    found = [*_lengths(tasks), *_habits(tasks), *_alike(tasks, similarity)]
    outputs = [one.output for task in tasks for one in task.instances]
    facts = {
        "tasks": len(tasks),
        "classification": sum(task.is_classification for task in tasks),
        "with_input": sum(bool(task.instances[0].input) for task in tasks),
        "instruction_words": _spread(task.instruction for task in tasks),
        "answer_words": _spread(outputs),
        "guidelines": bool(seeds.guidelines),
        "odd": [one._asdict() for one in found[:LISTED]],
    }
    return {"seeds": facts, "warnings": list(_warnings(seeds, found, rows)), "notes": _notes(seeds)}


def _warnings(seeds: SeedTasks, found: Sequence[Finding], rows: int) -> Iterator[str]:
    if seeds.unread:
        yield f"seed tasks: {_first(seeds.unread)}"
    if found:
        yield f"seed tasks unlike the others, to be read: {_first([f'{one.where} {one.what}' for one in found])}"
    if len(seeds.tasks) < PILOT and rows > PILOT_ROWS:
        yield (
            f"{len(seeds.tasks)} seed tasks are enough for a pilot of {PILOT} to {PILOT_ROWS} rows: read these, mend seeds and "
            f"guidelines, and then ask for {rows:,} (Self-Instruct began with {MANUAL})"
        )


def _notes(seeds: SeedTasks) -> list[str]:
    beside = "with guidelines" if seeds.guidelines else "without guidelines"
    return [f"{len(seeds.tasks):,} seed tasks, {beside}"]


def _first(sentences: Sequence[str], most: int = 3) -> str:
    more = f"; and {len(sentences) - most} more" if len(sentences) > most else ""
    return "; ".join(sentences[:most]) + more


def _spread(texts: Iterable[str]) -> dict[str, float]:
    counts = sorted(len(text.split()) for text in texts)
    return {"least": counts[0], "median": median(counts), "most": counts[-1]}


def _lengths(tasks: Sequence[SeedTask]) -> Iterator[Finding]:
    """Tasks with an instruction or an answer far longer or shorter than the others', by the modified z-score of logarithms."""
    open_ = [task for task in tasks if not task.is_classification]
    measured = {
        "instruction": [(task, task.instruction) for task in tasks],
        "answer": [(task, task.instances[0].output) for task in open_],
    }
    for name, texts in measured.items():
        if len(texts) < ENOUGH:
            continue
        counts = [max(len(text.split()), 1) for _, text in texts]
        scores = _modified_z([math.log2(count) for count in counts])
        for (task, _), count, score in zip(texts, counts, scores, strict=True):
            if abs(score) > FAR:
                yield Finding(task.where, f"{name} of {count} words (median {median(counts):g})")


def _modified_z(values: Sequence[float]) -> list[float]:
    middle = median(values)
    scale = max(1.4826 * median(abs(value - middle) for value in values), LEAST_SPREAD)
    return [(value - middle) / scale for value in values]


def _habits(tasks: Sequence[SeedTask]) -> Iterator[Finding]:
    """Tasks whose answer lacks what nine of ten have, or has a fault that nine of ten lack."""
    texts = [(task, task.instances[0].output) for task in tasks if not task.is_classification]
    if len(texts) < ENOUGH:
        return
    for traits, usual in ((_USUAL, True), (_FAULTS, False)):
        for trait, has in traits.items():
            odd = [task for task, text in texts if bool(has(text)) != usual]
            if len(odd) <= (1 - HABIT) * len(texts):
                what = f"lacks what others have: they {trait}" if usual else f"{trait}, unlike the others"
                yield from (Finding(task.where, f"answer {what}") for task in odd)


def _alike(tasks: Sequence[SeedTask], similarity: float) -> Iterator[Finding]:
    """Tasks that ask the same as one before, and those of them that answer it otherwise."""
    pool, answers = RougePool(), dict[str, tuple[str, str]]()
    for task, key in zip(
        tasks, text_keys(f"{task.instruction}\n{task.instances[0].input}" for task in tasks), strict=True
    ):
        near = pool.most_alike(task.instruction, similarity)
        output = task.instances[0].output
        where, before = answers.setdefault(key, (task.where, output))
        if before != output:
            yield Finding(task.where, f"answers otherwise what {where} asks as well")
        elif near:
            yield Finding(task.where, f"asks nearly the same as {near.name} (ROUGE-L {near.score:.2f})")
        pool.add(task.instruction, task.where)
