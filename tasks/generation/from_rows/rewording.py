"""What `paraphrase` and `back_translation` share: rows whose request is put in other words and whose response stays.

Only the request is put in other words. Material that stands beside it (an input behind the first line, code, what follows a colon)
goes into the new row as it is, and is never shown to the teacher.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from tasks.core.schema import Row, stable_id
from tasks.generation.method import MethodParams
from tasks.teachers.prompts import defects
from tasks.teachers.prompts.defects import Defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.text.embeddings import embed
from tasks.text.equal_texts import text_keys
from tasks.text.kept_meaning import meaning_change
from tasks.text.words import content_words, words

_LEAST_WORDS: Final = 3
"""A request of fewer words has nothing to be said otherwise."""
_GROWN: Final = 2.0
_ADDED: Final = 15
"""A request that has more than twice the words and 15 more than before holds an answer, or an explanation."""
_RUN: Final = 4
"""Words in a row that a new request may not take from the response."""


class RewordingParams(MethodParams):
    """Which rows are put in other words, and how far the result may be from them."""

    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of the rows that can be put in other words which are. Which ones depends on each row alone."""
    most: Annotated[int | None, Field(ge=1)] = None
    """Rows put in other words at most; empty: no limit."""
    most_words: Annotated[int, Field(ge=5)] = 80
    """Words up to which a line is taken for the request; rows whose first and last lines are longer are left alone."""
    similarity: tuple[float, float] = (0.5, 0.98)
    """Cosine of the packaged embeddings between the old request and the new one: less than the first asks something else, more than
    the second says it in the same words. Of 606 questions rephrased by hand 95 in 100 are above 0.51, of pairs of different
    instructions in Dolly one in 1,000 is above 0.58."""

    @model_validator(mode="after")
    def _is_a_band(self) -> "RewordingParams":
        low, high = self.similarity
        if not -1 <= low < high <= 1:
            raise ValueError(
                f"similarity: {low:g} to {high:g} is no band; give two numbers from -1 to 1, the lower first"
            )
        return self


class Parts(NamedTuple):
    """An instruction as its request, and what stands before and behind it."""

    before: str
    request: str
    behind: str

    def with_request(self, request: str) -> str:
        """The instruction with another request in its place."""
        return f"{self.before}{request}{self.behind}"


def parts_of(instruction: str, most_words: int) -> Parts | None:
    """The request of `instruction`: its first line, or its last, up to a colon that material follows. None if there is none that is
    short and prose."""
    lines = instruction.strip().split("\n")
    for at in dict.fromkeys((0, len(lines) - 1)):
        line = lines[at].strip()
        head, colon, material = line.partition(": ")
        if colon and len(head.split()) >= _LEAST_WORDS and material.strip():
            line, material = head, f"{colon}{material}"
        else:
            material = ""
        bare = line.rstrip(" :")
        if _LEAST_WORDS <= len(bare.split()) <= most_words and content_words(bare) and "```" not in bare:
            before, behind = "\n".join(lines[:at]), "\n".join(lines[at + 1 :])
            tail = f"{line[len(bare) :]}{material}"
            return Parts(before + "\n" if at else "", bare, tail + ("\n" + behind if at < len(lines) - 1 else ""))
    return None


def on_one_line(reply: str, parts: Parts) -> str:
    """A teacher's new request on one line; without the mark at its end where material follows a colon."""
    line = " ".join(reply.split())
    return line.rstrip(" .:?!") if parts.behind.startswith(":") else line


def chosen(rows: pa.Table, params: RewordingParams) -> list[tuple[Row, Parts]]:
    """The rows (schema EXAMPLE) that are put in other words, with the parts of their instructions: of those with a response and no
    turns before it, in an order that depends on each row alone."""
    able = []
    for row in rows.to_pylist():
        if row["instruction"] and row["response"] and not row["history"]:
            parts = parts_of(row["instruction"], params.most_words)
            if parts is not None:
                able.append((row, parts))
    able.sort(key=lambda one: stable_id("rewording", one[0]["example_id"]))
    wanted = -int(-params.share * len(able) // 1)
    return able[: wanted if params.most is None else min(wanted, params.most)]


def variant(row: Row, method: str, *of: str, **columns: Any) -> Row:
    """A row made from `row` whose response stays; its id comes from `of`, what distinguishes it from others made from `row`."""
    return row | {
        "example_id": stable_id(method, row["example_id"], *of),
        "parent_id": row["example_id"],
        "content_hash": None,
        "record": None,
        "method": method,
        **columns,
    }


@dataclass
class Wording:
    """A row on its way: what it was asked to be, and the wording it got."""

    row: Row
    parts: Parts
    response: str
    request: str = ""


@dataclass
class WordingCheck:
    """Decides which wordings stay, and counts what became of them."""

    params: RewordingParams
    known: dict[str, str]
    """Instructions there are, as `text_keys`, with the ids of their rows."""
    sorted_rows: SortedRows = field(default_factory=SortedRows)
    kept: Counter[str] = field(default_factory=Counter)
    cosines: list[float] = field(default_factory=list)

    @classmethod
    def over(cls, rows: pa.Table, params: RewordingParams) -> "WordingCheck":
        """A check that knows the instructions of `rows`."""
        known = dict(zip(text_keys(rows["instruction"]), rows["example_id"].to_pylist(), strict=True))
        return cls(params, known)

    def decide(self, wordings: list[Wording], group: str) -> None:
        """Keep or reject each of `wordings`; the kept ones are counted by their column `group`."""
        if not wordings:
            return
        old = embed([wording.parts.request for wording in wordings])
        new = embed([wording.request for wording in wordings])
        for wording, cosine in zip(wordings, np.sum(old * new, axis=1).tolist(), strict=True):
            wording.row["instruction"] = wording.parts.with_request(wording.request)
            if defect := self._defect(wording, cosine):
                self.sorted_rows.reject(wording.row, *defect)
            else:
                self.kept[str(wording.row[group])] += 1
                self.cosines.append(cosine)
                self.sorted_rows.keep(wording.row)

    def answered(
        self, wordings: Sequence[Wording], questions: Sequence[Request], teacher: Teacher
    ) -> list[tuple[Wording, Completion]]:
        """Those that got an answer, with it; the others are failed or refused rows. Each call is noted in `requests` of its row."""
        found = []
        for wording, reply in zip(wordings, teacher.ask(questions), strict=True):
            wording.row["requests"] = [*wording.row["requests"], reply.request_hash]
            if isinstance(reply, Failure):
                self.sorted_rows.fail(wording.row | {"instruction": None}, reply)
            else:
                found.append((wording, reply))
        return found

    def facts(self) -> dict[str, Any]:
        """Kept rows by group, and quartiles of their similarity to the old wording."""
        if not self.cosines:
            return {"kept": {}}
        low, middle, high = np.quantile(self.cosines, [0.25, 0.5, 0.75]).round(2).tolist()
        share = {name: round(count / self.kept.total(), 3) for name, count in sorted(self.kept.items())}
        return {
            "kept": dict(sorted(self.kept.items())),
            "share": share,
            "similarity": {"lower_quartile": low, "median": middle, "upper_quartile": high},
        }

    def _defect(self, wording: Wording, cosine: float) -> Defect | None:
        before, after = wording.parts.request, wording.request
        low, high = self.params.similarity
        if found := defects.instruction_defect(after, (), wording.parts.with_request(before)):
            return found
        if (now := len(words(after))) > max(_GROWN * len(words(before)), len(words(before)) + _ADDED):
            return Defect("too_long", f"instruction: {now} words")
        if cosine > high or words(before) == words(after):
            return Defect("near_equal", f"{cosine:.2f}")
        if change := meaning_change(before, after):
            return Defect("meaning_changed", change)
        if cosine < low:
            return Defect("too_far", f"{cosine:.2f}")
        if given := _from_the_answer(before, after, wording.response):
            return Defect("answer_given", given)
        own = wording.row["example_id"]
        twin = self.known.setdefault(text_keys([wording.row["instruction"]])[0], own)
        return Defect("duplicate_instruction", twin) if twin != own else None


def _from_the_answer(before: str, after: str, response: str) -> str:
    """The first run of words in `after` that stands in the response and not in `before`, with two content words that are new."""
    asked, said, had = words(after), f" {' '.join(words(response))} ", f" {' '.join(words(before))} "
    new = set(content_words(after)) - set(content_words(before))
    for at in range(len(asked) - _RUN + 1):
        run = asked[at : at + _RUN]
        text = f" {' '.join(run)} "
        if len(new.intersection(run)) > 1 and text in said and text not in had:
            return text.strip()
    return ""
