"""What the teacher is asked: for new tasks, for their answers, for the input to a label, and for the label of an input."""

import json
import random
from collections.abc import Iterable, Sequence
from typing import Final

from tasks.generation.from_seed_tasks.self_instruct.params import SelfInstruct
from tasks.generation.from_seed_tasks.self_instruct.seed_tasks import SeedTask, SeedTasks, examples
from tasks.teachers.prompts import Fence, beside, closed, load
from tasks.teachers.protocol import Request

PROMPTS: Final = beside(
    __file__, "self_instruct_tasks", "self_instruct_answer", "self_instruct_labelled", "self_instruct_check"
)
"""The prompt texts that the stage's key must cover."""
CATEGORIES: Final = (
    *("question", "explanation", "comparison", "writing", "rewriting", "summary", "extraction", "ideas", "planning"),
    *("advice", "calculation", "code", "dialogue", "classification"),
)
OVERSHOOT: Final = 2
"""A list may have this many times the tasks asked for before its form is wrong; what is beyond is taken as well."""
MOST_LABELS: Final = 8
"""Labels of a classification task; of more, a list is no small set of fixed words."""
INPUT_WORDS: Final = 120
LONGEST_EXAMPLE: Final = 1200
"""Characters of an instance that is shown: longer ones would be cut, and teach that."""
_KINDS: Final = {
    True: "All of them are classification tasks: the answer is always one of a few fixed words, and the task names these words.",
    False: "Most of them are no classification tasks: their answers are texts.",
}


class Questions:
    """Makes requests from the prompt texts, the seed tasks and the guidelines."""

    def __init__(self, params: SelfInstruct, seeds: SeedTasks) -> None:
        self.tasks, self.answer, self.labelled, self.check = (load(path) for path in PROMPTS)
        self._params = params
        self._guidelines = seeds.guidelines or "none"
        open_ = [task for task in seeds.tasks if not task.is_classification]
        self._open = [_as_json(found) for kind in (True, False) if (found := examples(open_, kind, LONGEST_EXAMPLE))]
        self._classifying = _as_json(
            {"task": one["instruction"], "label": one["output"], "input": one["input"]}
            for one in examples((task for task in seeds.tasks if task.is_classification), True, LONGEST_EXAMPLE)
        )

    def new_tasks(self, shown: Sequence[str], classifying: bool, number: int) -> Request:
        """For new tasks, after the instructions `shown`. Numbers make requests that show the same different."""
        listed = "\n".join(f"{n}. {' '.join(text.split())}" for n, text in enumerate(shown, 1))
        fence = Fence.around(listed, self._guidelines)
        values: dict[str, str | int] = {
            "fence": fence.mark,
            "count": self._params.per_request,
            "kind": _KINDS[classifying],
            "categories": ", ".join(CATEGORIES),
            "examples": fence.wrap("examples", listed),
            "guidelines": fence.wrap("guidelines", self._guidelines),
        }
        task = closed(
            instruction={"type": "string"},
            category={"type": "string", "enum": list(CATEGORIES)},
            labels={"type": "array", "items": {"type": "string"}, "maxItems": 2 * MOST_LABELS},
        )
        tasks = {"type": "array", "items": task, "maxItems": OVERSHOOT * self._params.per_request}
        return self.tasks.request(values, closed(tasks=tasks), sample=number)

    def answers(self, instruction: str, rng: random.Random) -> Request:
        """For an input, where the task needs one, and then the answer."""
        shown = _listed([rng.choice(found) for found in self._open])
        fence = Fence.around(shown, self._guidelines, instruction)
        values: dict[str, str | int] = {
            "fence": fence.mark,
            "input_words": INPUT_WORDS,
            "output_words": self._params.answer_words,
            "examples": fence.wrap("examples", shown),
            "guidelines": fence.wrap("guidelines", self._guidelines),
            "task": fence.wrap("task", instruction),
        }
        return self.answer.request(values, closed(input={"type": "string"}, output={"type": "string"}))

    def input_for(self, instruction: str, labels: Sequence[str], label: str, rng: random.Random) -> Request:
        """For an input to which `label` belongs: the answer comes first, so that inputs do not lean to one label."""
        shown = _listed(rng.sample(self._classifying, min(2, len(self._classifying))))
        listed = "\n".join(labels)
        fence = Fence.around(shown, self._guidelines, instruction, listed, label)
        values: dict[str, str | int] = {
            "fence": fence.mark,
            "input_words": INPUT_WORDS,
            "examples": fence.wrap("examples", shown),
            "guidelines": fence.wrap("guidelines", self._guidelines),
            "task": fence.wrap("task", instruction),
            "labels": fence.wrap("labels", listed),
            "label": fence.wrap("label", label),
        }
        return self.labelled.request(values, closed(input={"type": "string"}))

    def label_of(self, instruction: str, labels: Sequence[str], given: str) -> Request:
        """For the label of an input, without naming the one it was written for."""
        listed = "\n".join(sorted(labels))
        fence = Fence.around(instruction, listed, given)
        values = {
            "fence": fence.mark,
            "task": fence.wrap("task", instruction),
            "labels": fence.wrap("labels", listed),
            "input": fence.wrap("input", given),
        }
        return self.check.request(values, closed(label={"type": "string", "enum": sorted(labels)}))


def shown_examples(
    seeds: Sequence[SeedTask], made: Sequence[tuple[str, str]], params: SelfInstruct, rng: random.Random
) -> list[tuple[str, str]]:
    """(id, instruction) of the tasks that a request for new ones shows: seeds and made ones, mixed. Where fewer were made, more
    seeds stand in, as published."""
    drawn = rng.sample(made, min(params.made_examples, len(made)))
    count = params.human_examples + params.made_examples - len(drawn)
    drawn += [(seed.id, seed.instruction) for seed in rng.sample(seeds, min(count, len(seeds)))]
    rng.shuffle(drawn)
    return drawn


def _as_json(found: Iterable[dict[str, str]]) -> list[str]:
    return [json.dumps(one, ensure_ascii=False) for one in found]


def _listed(found: Sequence[str]) -> str:
    return "\n".join(found) or "none"
