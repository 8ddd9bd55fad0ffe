"""What a judge says of an ablation's students: their answers to the same held-out instructions are compared in pairs."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from flows.ablation import Ablation
from flows.recipe import Recipe
from tasks.core.errors import BadInput
from tasks.pipeline.build import current
from tasks.stages import student_pairs, verification
from tasks.store.manifest import Release
from tasks.store.snapshot import Snapshot
from tasks.students.settings import StudentPart
from tasks.students.win_rate import StudentPair, WinRate, counted, together
from tasks.teachers.protocol import TeacherSettings
from tasks.verification.judges.pairwise import Preference

COMPARISON = Preference(action="tag")


def judging(ablation: Ablation, release: Release) -> dict[str, Any]:
    """The keys of a recipe for the ablation that name the judge and what may be spent on it; none where no answers are compared.
    BadInput where there is no judge."""
    if not ablation.win_rate:
        return {}
    try:
        judge = TeacherSettings.model_validate(_named(ablation.judge, release.recipe))
    except ValidationError as error:
        raise BadInput(f"--judge {ablation.judge}: {error.errors()[0]['msg']}") from None
    if judge.provider == "none":
        raise BadInput(
            f"--win-rate asks a judge, and the recipe of {release.name} names no teacher; add --judge, such as "
            "--judge openai/gpt-5-mini"
        )
    return {"teacher": judge, "budget": release.recipe.get("budget") or {}, "verify": [COMPARISON]}


def _named(name: str, recipe: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of a judge by its name."""
    teachers = recipe.get("teachers") or {}
    if found := teachers.get(name or "judge"):
        return dict(found)
    if not name:
        return dict(recipe.get("teacher") or {})
    provider, _, model = name.partition("/")
    return {"provider": provider, "model": model}


def answers(ablation: Ablation, part: StudentPart) -> int:
    """How many held-out instructions a student answers for the judge."""
    return ablation.win_rate if part == StudentPart() or _is_baseline(part) else 0


def win_rates(
    ablation: Ablation,
    recipe: Recipe,
    rows: Snapshot,
    asked: list[Snapshot] | None,
    students: Mapping[StudentPart, Sequence[Snapshot]],
) -> list[WinRate]:
    """How often the judge prefers students of the whole to untrained ones, and to those of the other dataset. `students`: one for
    each seed, by what they learnt from."""
    if not ablation.win_rate:
        return []
    judge = recipe.teacher.model or recipe.teacher.provider
    found: list[WinRate] = []
    for other in filter(_is_baseline, students):
        pair = StudentPair(part=StudentPart(), other=other, held_out=ablation.held_out)
        by_seed: list[WinRate] = []
        for seed, (one, another) in enumerate(zip(students[pair.part], students[other], strict=True)):
            name = f"{other.identifier}_{seed}"
            pairs = student_pairs(f"answer_pairs_{name}")(rows, asked, one, another, pair)
            facts, judged = current().done[-1].manifest.facts, None
            if pairs.rows:
                compare = verification(f"verify_answers_{name}", COMPARISON.verifier)
                judged = compare(pairs, None, COMPARISON, recipe.teacher, recipe.budget).table(current().store)
            by_seed.append(counted(pair, facts, pairs.rows, judged, judge))
        found.append(together(by_seed))
    return found


def _is_baseline(part: StudentPart) -> bool:
    return part.kind in ("none", "baseline")
