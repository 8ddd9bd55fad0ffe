"""What a judge thinks of answers that a method asked for, one by one by a rubric."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import field_serializer, field_validator

from tasks.core.errors import BadInput
from tasks.core.params import CONTENT, NOT_IN_KEY
from tasks.core.schema import Row
from tasks.generation.method import MethodParams
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Failure, Teacher
from tasks.verification.judges import rubric
from tasks.verification.judges.asking import PROMPTS, Asked, Opinions, ask, material
from tasks.verification.judges.guard import INSTRUCTS_THE_JUDGE, instructs
from tasks.verification.judges.judge import FIXED_TOKENS
from tasks.verification.judges.rubric import Judged, Rubric
from tasks.verification.judges.votes import Judgement

__all__ = ["FIXED_TOKENS", "PROMPTS", "REASONS", "ChosenJudge", "lay_down", "located", "rubric_tokens", "scored"]

REASONS: Final = {INSTRUCTS_THE_JUDGE: "the answer speaks to whoever judges it; detail: the phrase"}
"""For rejecting answers that are not shown to a judge."""


class ChosenJudge(MethodParams):
    """The settings of methods in which a judge may look at responses."""

    judge: Annotated[str, NOT_IN_KEY] = ""
    """Which of the recipe's `teachers` judges; empty: the one that answers."""
    rubric: Annotated[Path, CONTENT] = rubric.locate("curation")
    """By what it judges: a packaged rubric by name, or a Markdown file of your own."""

    @field_validator("rubric", mode="before")
    @classmethod
    def _by_name(cls, name: Any) -> Any:
        return located(name, "response")

    @field_serializer("rubric")
    def _as_named(self, path: Path) -> str:
        return rubric.name_of(path)


def located(name: Any, judges: Judged) -> Path:
    """The rubric of a setting: a packaged name or a file. ValueError where there is none, or none that judges a `judges`."""
    path = rubric.locate(name)
    if not path.is_file():
        raise ValueError(f"no rubric {str(name)!r}: name a packaged one ({', '.join(rubric.names())}) or a file")
    try:
        found = rubric.load(path)
    except BadInput as error:
        raise ValueError(str(error)) from None
    if found.judges != judges:
        raise ValueError(f"rubric {rubric.name_of(path)} judges {found.judges}, and a {judges} is to be judged")
    return path


def rubric_tokens(path: Path) -> int:
    """Tokens of the prompt of a judge beside what it judges, about."""
    return int(len(rubric.load(path).as_prompt().split()) * 1.4) + FIXED_TOKENS


def scored(rows: Sequence[Row], path: Path, judge: Teacher, sorted_rows: SortedRows) -> dict[str, Judgement]:
    """What `judge` says of the responses of `rows`, by id, in one batch; a row that cannot be judged goes to `sorted_rows`."""
    found = rubric.load(path)
    waiting = shown(rows, found, sorted_rows)
    opinions = ask(Asked(found, (judge,)), [material(row, found.judges) for row in waiting])
    lay_down(opinions, waiting, sorted_rows)
    return {waiting[number]["example_id"]: one for number, one in opinions.judged.items()}


def shown(rows: Sequence[Row], found: Rubric, sorted_rows: SortedRows) -> list[Row]:
    """The rows that a judge may be shown; others, which speak to whoever judges them, go to `sorted_rows`."""
    names, left = [one.name for one in found.criteria], []
    for row in rows:
        texts = [row["response"], row.get("rejected") or ""]
        if phrase := instructs(texts, names):
            sorted_rows.reject(row, INSTRUCTS_THE_JUDGE, phrase)
        else:
            left.append(row)
    return left


def lay_down(opinions: Opinions, rows: Sequence[Row], sorted_rows: SortedRows) -> None:
    """Rows about which the judge gave no answer, by their number, become failed or refused ones."""
    for number, error in {**opinions.refused, **opinions.errors}.items():
        if number not in opinions.judged:
            sorted_rows.fail(rows[number], Failure(request_hash="", error=error, refused=number in opinions.refused))
