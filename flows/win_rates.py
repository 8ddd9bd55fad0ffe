"""What a judge says of an ablation's students: their answers to the same held-out instructions are compared in pairs."""

from collections.abc import Mapping
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
from tasks.students.win_rate import StudentPair, WinRate, counted
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


def answers(ablation: Ablation, part: StudentPart, seed: int) -> int:
    """How many held-out instructions a student answers for the judge: students of the first seed only."""
    return ablation.win_rate if seed == 0 and (part == StudentPart() or _is_baseline(part)) else 0


def win_rates(
    ablation: Ablation,
    recipe: Recipe,
    rows: Snapshot,
    asked: list[Snapshot] | None,
    students: Mapping[StudentPart, Snapshot],
) -> list[WinRate]:
    """How often the judge prefers a student of the whole to an untrained one, and to one of the other dataset. `students`: those of
    the first seed, by what they learnt from."""
    if not ablation.win_rate:
        return []
    build, found = current(), list[WinRate]()
    for other in filter(_is_baseline, students):
        pair = StudentPair(part=StudentPart(), other=other, held_out=ablation.held_out)
        stage = student_pairs(f"answer_pairs_{other.identifier}")
        pairs = stage(rows, asked, students[pair.part], students[other], pair)
        facts, judged = build.done[-1].manifest.facts, None
        if pairs.rows:
            compare = verification(f"verify_answers_{other.identifier}", COMPARISON.verifier)
            judged = compare(pairs, None, COMPARISON, recipe.teacher, recipe.budget).table(build.store)
        judge = recipe.teacher.model or recipe.teacher.provider
        found.append(counted(pair, facts, pairs.rows, judged, judge))
    return found


def _is_baseline(part: StudentPart) -> bool:
    return part.kind in ("none", "baseline")
