"""A model judges rows by a rubric: all criteria with their reasons in one request, measured against people if there are labels."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import pyarrow as pa
from pydantic import Field, field_serializer, field_validator, model_validator

from tasks.core.errors import BadInput
from tasks.core.params import CONTENT, NOT_IN_KEY
from tasks.core.schema import Row
from tasks.teachers.protocol import Teacher
from tasks.verification.judges import calibration, labels, rubric
from tasks.verification.judges.asking import PROMPTS, Asked, Opinions, ask, material
from tasks.verification.judges.guard import INSTRUCTS_THE_JUDGE, instructs
from tasks.verification.judges.rubric import Rubric
from tasks.verification.verifier import ModelCalls, Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "judged_bad": "a judge refuses it by its rubric; detail: the weakest criterion with the reason, and the levels of all",
    INSTRUCTS_THE_JUDGE: "the row speaks to whoever judges it; detail: the phrase",
}
REVIEWS: Final = Path("reviews")
"""Under `calibrate`: the labels come from the dataset's own reviews."""
FIXED_TOKENS: Final = 150
"""Of the prompt beside the rubric, over those that `--dry-run` allows for any prompt."""


class JudgeParams(VerifierParams):
    """What judges of rows and of pairs have in common."""

    rubric: Annotated[Path, CONTENT]
    """By what it judges. Subclasses give a default."""
    teachers: Annotated[tuple[str, ...], NOT_IN_KEY] = ()
    """Several of the recipe's `teachers` that vote; in place of `teacher`."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    """Sampling temperature of the judge."""
    calibrate: Annotated[Path | None, CONTENT] = None
    """A JSON Lines file of rows that people judged: the judge is asked about them too, and its agreement is reported. The word
    `reviews`: what reviewers decided about rows of this dataset."""
    repeats: Annotated[int, Field(ge=1, le=5)] = 1
    """How often the rows of `calibrate` are judged, to see whether the verdicts stay the same."""

    @property
    def labels_file(self) -> Path | None:
        """The file that `calibrate` names; None where it names none, or reviews that no build has put into a file yet."""
        return None if self.calibrate == REVIEWS else self.calibrate

    def teacher_names(self) -> tuple[str, ...]:
        """The teachers that vote."""
        return self.teachers or (self.teacher,)

    @field_validator("rubric", mode="before")
    @classmethod
    def _by_name(cls, name: Any) -> Any:
        return rubric.locate(name) if isinstance(name, str | Path) else name

    @field_validator("rubric")
    @classmethod
    def _is_there(cls, path: Path) -> Path:
        if not path.is_file():
            raise ValueError(f"no rubric {str(path)!r}: name a packaged one ({', '.join(rubric.names())}) or a file")
        return path

    @field_serializer("rubric")
    def _as_named(self, path: Path) -> str:
        return rubric.name_of(path)

    @model_validator(mode="after")
    def _asks_somebody(self) -> "JudgeParams":
        if self.teacher and self.teachers:
            raise ValueError("name `teacher`, or the `teachers` that vote, but not both")
        if self.labels_file is not None and not self.labels_file.is_file():
            raise ValueError(f"calibrate: no file {str(self.calibrate)!r}")
        return self


class Judge(JudgeParams):
    """A model judges each row by a rubric."""

    verifier: Literal["judge"] = "judge"

    rubric: Annotated[Path, CONTENT] = rubric.locate("curation")
    """A packaged rubric by name (curation, instruction_quality, specification, keep_or_discard), or a Markdown file of your own."""
    votes: Annotated[int, Field(ge=1, le=9)] = 1
    """Votes of each teacher; from one to the next the order of the criteria turns."""
    least_score: Annotated[float | None, Field(ge=0, le=1)] = None
    """Score, the mean of the criteria from 0 to 1, from which a row passes; empty: by the rubric's own rule."""

    @model_validator(mode="after")
    def _fits_together(self) -> "Judge":
        found = loaded(self.rubric)
        if found.judges == "pair":
            raise ValueError(f"rubric {rubric.name_of(self.rubric)} judges pairs; use `verifier: preference`")
        if self.votes > 1 and len(found.criteria) == 1 and not self.temperature:
            raise ValueError(
                "votes: by one criterion at temperature 0 all votes of a model are equal; raise `temperature`"
            )
        return self


def loaded(path: Path) -> Rubric:
    """The rubric in a file; ValueError, which a recipe reports, for one that cannot be read."""
    try:
        return rubric.load(path)
    except BadInput as error:
        raise ValueError(str(error)) from None


def compute(rows: pa.Table, params: Judge, context: VerifierContext) -> Verdicts:
    """Judges every row that has what the rubric judges. Fails `judged_bad` and `instructs_the_judge`; `unsure` where votes are
    tied or the model declines to read the row."""
    assert context.teacher is not None
    found = rubric.load(params.rubric)
    asked = Asked(found, (context.teacher, *context.others), params.votes, params.temperature, params.least_score)
    verdicts, waiting = dict[int, Verdict](), list[int]()
    whole = rows.select(["system", "history", "instruction", "response", "teacher"]).to_pylist()
    for number, row in enumerate(whole):
        texts = material(row, found.judges)
        if found.judges not in texts:
            continue
        if phrase := instructs(texts.values(), [one.name for one in found.criteria]):
            verdicts[number] = Verdict("fail", phrase, INSTRUCTS_THE_JUDGE, 0.0)
        else:
            waiting.append(number)
    answers = ask(asked, [material(whole[number], found.judges) for number in waiting])
    verdicts |= _verdicts(answers, waiting)
    facts = _facts(answers, found, [whole[number] for number in waiting], asked.teachers)
    facts[INSTRUCTS_THE_JUDGE] = sum(verdict.reason == INSTRUCTS_THE_JUDGE for verdict in verdicts.values())
    facts["calibration"] = calibrated(asked, params)
    facts["warnings"] = warnings(facts, asked.teachers)
    errors = {waiting[number]: error for number, error in answers.errors.items()}
    return Verdicts(dict(sorted(verdicts.items())), errors, facts=facts)


def _verdicts(answers: Opinions, waiting: list[int]) -> dict[int, Verdict]:
    found = {}
    for number, one in answers.judged.items():
        reason = "judged_bad" if one.word == "fail" else ""
        found[waiting[number]] = Verdict(one.word, one.why, reason, round(one.score, 4), one.requests)
    for number, error in answers.refused.items():
        found[waiting[number]] = Verdict("unsure", f"the judge declines to read it: {error}")
    return found


def _facts(answers: Opinions, found: Rubric, rows: list[Row], teachers: Sequence[Teacher]) -> dict[str, Any]:
    """The levels that the criteria got, and how the judge treats rows that it wrote itself."""
    levels = {
        one.name: dict.fromkeys(map(str, found.levels), 0)
        | Counter(str(vote.levels[one.name]) for judged in answers.judged.values() for vote in judged.votes)
        for one in found.criteria
    }
    split = sum(len({vote.word for vote in judged.votes}) > 1 for judged in answers.judged.values())
    return {
        "rubric": found.title,
        "judges": [teacher.name for teacher in teachers],
        "levels": levels,
        "votes_split": split,
        "declined": len(answers.refused),
        "self_preference": self_preference(answers, rows, {teacher.name for teacher in teachers}),
    }


def self_preference(answers: Opinions, rows: list[Row], names: set[str]) -> dict[str, Any]:
    """Rows that a judge wrote itself, and the share of them that pass beside that of the others."""
    own = [number for number in answers.judged if rows[number].get("teacher") in names]
    rest = [number for number in answers.judged if rows[number].get("teacher") not in names]

    def passing(numbers: list[int]) -> float | None:
        passed = sum(answers.judged[number].word == "pass" for number in numbers)
        return round(passed / len(numbers), 4) if numbers else None

    return {"own_rows": len(own), "own_pass_share": passing(own), "other_pass_share": passing(rest)}


def calibrated(asked: Asked, params: JudgeParams) -> dict[str, Any] | None:
    """The judge's agreement with the people who labelled the rows of `calibrate`; None where there are none."""
    if params.labels_file is None:
        return None
    given = labels.read(params.labels_file, asked.rubric)
    subjects = [material(label.row, asked.rubric.judges) for label in given]
    first, *again = (ask(asked, subjects, again=time).judged for time in range(params.repeats))
    figures = calibration.measure(first, given, asked.rubric, again)
    own = sum(label.row.get("teacher") in {teacher.name for teacher in asked.teachers} for label in given)
    return figures | {"labels_own_rows": own}


def warnings(facts: dict[str, Any], teachers: Sequence[Teacher]) -> list[str]:
    """What a build says of this judge: that nobody knows its worth, that it agrees with people no better than chance does, that it
    judges its own rows."""
    name, measured = " and ".join(teacher.name for teacher in teachers), facts["calibration"]
    found = []
    if measured is None:
        found.append(
            f"judge {name} is not calibrated: nobody has measured whether it agrees with people; label rows and name the file "
            "under `calibrate`"
        )
    elif measured["kappa"] is None:
        found.append(f"judge {name} is not calibrated: its {measured['n']} labelled rows know one verdict only")
    elif (measured["kappa_low"] or 0) <= 0:
        found.append(
            f"judge {name} is not shown to agree with people better than chance: kappa {measured['kappa']:.2f} "
            f"({measured['kappa_low']:.2f} to {measured['kappa_high']:.2f}) on {measured['n']} rows"
        )
    own = facts.get("self_preference", {}).get("own_rows", 0)
    if own:
        found.append(f"judge {name} wrote {own:,} of the rows that it judges; models favour their own answers")
    return found


def estimate(params: Judge, rows: int, tokens: int) -> ModelCalls:
    """Of each teacher, `votes` requests for every row and for every labelled row, `repeats` times."""
    found = rubric.load(params.rubric)
    labelled = len(labels.read(params.labels_file, found)) * params.repeats if params.labels_file else 0
    words = len(found.as_prompt().split())
    return ModelCalls((rows + labelled) * params.votes, tokens + int(words * 1.4) + FIXED_TOKENS)


VERIFIER: Final = Verifier(
    params=Judge,
    reasons=REASONS,
    compute=compute,
    estimate=estimate,
    teacher="required",
    prompts=PROMPTS,
    libraries=("scikit-learn", "scipy"),
    qualities=lambda params: rubric.load(params.rubric).qualities,
)
