"""Preferences: which of two answers is better, by a check, by a judge asked in both orders, or by the person who edited one.

Two answers of one model (Touvron et al. 2023, "Llama 2") or of a strong and a weak one; a judge that changes its mind when the
answers change places has no preference (Zheng et al. 2023, "Judging LLM-as-a-Judge"); judges like what is longer (Singhal et al.
2023, "A Long Way to Go"), so the share of pairs that prefer the longer response is capped. Scored rows after Cui et al. 2023,
"UltraFeedback".
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_rows import judging
from tasks.generation.from_rows.answering import questions, samples
from tasks.generation.from_rows.checks import check
from tasks.generation.from_rows.preferences import pairs
from tasks.generation.from_rows.preferences.edits import edited
from tasks.generation.from_rows.preferences.pairs import AnswerPair
from tasks.generation.from_rows.preferences.params import Preferences
from tasks.generation.method import Inputs
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Failure, Teacher
from tasks.verification.judges import rubric
from tasks.verification.judges.asking import Asked
from tasks.verification.judges.guard import INSTRUCTS_THE_JUDGE, instructs
from tasks.verification.judges.pairwise import compared
from tasks.verification.verifier import Verdict


def make(inputs: Inputs, params: Preferences, teacher: Teacher | None, tools: Tools) -> Outcome:
    """A row with `rejected` for each instruction of which two answers differ and one is better beyond doubt; with `scores`, a row
    with `score` for each answer, too. `rationale` says why. Every other answer is rejected.

    Facts: questions; pairs by what decided; how the order moved the judge; words of winners and losers, and the share that prefers
    the longer, before and after the cap; how often the weaker teacher won. Raises what the teacher raises, and NoSandbox.
    """
    assert inputs.rows is not None
    work = _Work(inputs, params, teacher, tools)
    if params.source == "edits":
        won, alike = edited(inputs.rows, params)
        work.facts["questions"] = len(won) + len(alike)
        for pair, share in alike:
            work.rows.reject(pair.row, "alike" if share > params.most_alike else "no_edit", f"{share:.2f}")
    else:
        won = work.judged(work.paired(work.answers()))
    work.keep(won)
    return work.rows.outcome(EXAMPLE, work.facts)


class _Work:
    """The steps from rows to pairs; each lays down what goes no further."""

    def __init__(self, inputs: Inputs, params: Preferences, teacher: Teacher | None, tools: Tools) -> None:
        self.inputs, self.params, self.teacher, self.tools = inputs, params, teacher, tools
        self.rows = SortedRows()
        self.facts: dict[str, Any] = {"questions": 0, "scores": 0}

    def answers(self) -> list[list[Row]]:
        """The answers to each instruction that can stand; scored rows of them are kept."""
        assert self.inputs.rows is not None
        assert self.teacher is not None
        params = self.params
        asked = questions(self.inputs.rows, self.inputs.documents, params)
        self.facts["questions"] = len(asked)
        two = params.source == "teachers"
        ask = partial(samples, asked, params, rows=self.rows, method="preferences", temperature=params.temperature)
        if two:
            strong, weak = (
                ask(one, number=1, label=label)
                for label, one in (("strong", self.teacher), ("weak", self.inputs.teachers[params.weak]))
            )
            found = [[*one, *other] for one, other in zip(strong, weak, strict=True)]
        else:
            found = ask(self.teacher, number=params.samples)
        if params.scores:
            self._score([row for answers in found for row in answers])
        return found

    def _score(self, answers: Sequence[Row]) -> None:
        made = [row | {"example_id": stable_id("score", row["example_id"]), "attempts": None} for row in answers]
        judged = judging.scored(made, self.params.score_rubric, self._judge(), self.rows)
        for row in made:
            if one := judged.get(row["example_id"]):
                requests = [*row["requests"], *one.requests]
                self.rows.keep(row | {"score": round(one.score, 4), "rationale": one.why, "requests": requests})
        self.facts["scores"] = len(judged)

    def _judge(self) -> Teacher:
        assert self.teacher is not None
        return self.inputs.teachers.get(self.params.judge or self.params.teacher, self.teacher)

    def paired(self, found: Sequence[Sequence[Row]]) -> list[AnswerPair]:
        """A pair of the answers to each instruction."""
        everything = [row for answers in found for row in answers]
        checked = check(everything, self.tools)
        verdicts = {row["example_id"]: one for row, one in zip(everything, checked, strict=True) if one}
        known = self._known(found, verdicts)
        made = []
        for answers in found:
            pair = pairs.decided_by_check(answers, verdicts) or pairs.known_against_wrong(answers, verdicts, known)
            if not pair:
                answers = self._not_wrong(answers, verdicts)
                pair = self._unlike(answers)
            for row in answers:
                if pair and row is not pair.winner and row is not pair.loser:
                    self.rows.reject(row, "not_paired", f"{pair.winner['example_id']} {pair.loser['example_id']}")
            made += [pair] if pair else []
        return made

    def _known(self, found: Sequence[Sequence[Row]], verdicts: Mapping[str, Verdict]) -> dict[str, Row]:
        """The rows whose own response passes its check, by id, of those to which no answer does."""
        assert self.inputs.rows is not None
        if not self.params.known:
            return {}
        words = [
            {verdicts[row["example_id"]].word for row in answers if row["example_id"] in verdicts} for answers in found
        ]
        wanted = [
            answers[0]["parent_id"]
            for answers, said in zip(found, words, strict=True)
            if "fail" in said and "pass" not in said
        ]
        rows = self.inputs.rows.filter(
            pc.is_in(self.inputs.rows["example_id"], pa.array(wanted, pa.string()))
        ).to_pylist()
        checked = check(rows, self.tools)
        return {row["example_id"]: row for row, one in zip(rows, checked, strict=True) if one and one.word == "pass"}

    def _not_wrong(self, answers: Sequence[Row], verdicts: Mapping[str, Verdict]) -> list[Row]:
        """The answers that do not fail what they can be checked by."""
        left = []
        for row in answers:
            if (one := verdicts.get(row["example_id"])) and one.word != "pass":
                self.rows.reject(row, "fails_check", f"{one.word}: {one.why}")
            else:
                left.append(row)
        return left

    def _unlike(self, answers: Sequence[Row]) -> AnswerPair | None:
        if len(answers) < 2:
            for row in answers:
                self.rows.reject(row, "no_other_answer")
            return None
        pair, share = pairs.least_alike(answers)
        if share <= self.params.most_alike:
            return pair
        for row in answers:
            self.rows.reject(row, "alike", f"{share:.2f}")
        return None

    def judged(self, made: Sequence[AnswerPair]) -> list[AnswerPair]:
        """The pairs that a check or, in both orders, the judge decides; the better answer is the winner."""
        asked = Asked(rubric.load(self.params.rubric), (self._judge(),))
        waiting = [pair for pair in made if not pair.by and self._may_be_shown(pair)]
        opinions, moved = compared(asked, [pair.row for pair in waiting])
        self.facts |= moved
        won = [pair for pair in made if pair.by]
        for number, pair in enumerate(waiting):
            if (one := opinions.judged.get(number)) is None:
                error = opinions.errors.get(number) or opinions.refused[number]
                failure = Failure(request_hash="", error=error, refused=number not in opinions.errors)
                self.rows.fail(pair.winner, failure)
                self.rows.fail(pair.loser, failure)
                continue
            words = {vote.word for vote in one.votes}
            if words in ({"pass"}, {"fail"}):
                first, second = (pair.winner, pair.loser) if words == {"pass"} else (pair.loser, pair.winner)
                requests = [*first["requests"], *one.requests]
                won.append(AnswerPair(first | {"requests": requests}, second, "judge", one.why))
            else:
                self._refuse(pair, "no_preference" if words == {"unsure"} else "order_decides", one.why)
        return won

    def _may_be_shown(self, pair: AnswerPair) -> bool:
        """Whether neither answer speaks to whoever judges it; the pair is refused else."""
        phrase = instructs([pair.winner["response"], pair.loser["response"]])
        if phrase:
            self._refuse(pair, INSTRUCTS_THE_JUDGE, phrase)
        return not phrase

    def _refuse(self, pair: AnswerPair, reason: str, detail: str) -> None:
        for row in (pair.winner, pair.loser):
            self.rows.reject(row, reason, detail)

    def keep(self, won: Sequence[AnswerPair]) -> None:
        """Keeps the pairs that the cap on longer winners allows, and measures them."""
        kept, gone = pairs.capped(won, self.params.longer_share)
        for pair in gone:
            detail = "{} and {}".format(*pair.words)
            if pair.by == "person":
                self.rows.reject(pair.row, "longer_preferred", detail)
            else:
                self._refuse(pair, "longer_preferred", detail)
        for pair in kept:
            self.rows.keep(pair.row)
            if pair.by != "person":
                self.rows.reject(pair.loser, "losing_answer", pair.winner["example_id"])
        by = Counter(pair.by for pair in kept)
        self.facts |= {
            "decided_by": {name: by[name] for name in ("check", "judge", "person")},
            "before_the_cap": pairs.lengths(won),
            "lengths": pairs.lengths(kept),
        }
        self._notes(kept, gone)

    def _notes(self, kept: Sequence[AnswerPair], gone: Sequence[AnswerPair]) -> None:
        found = self.facts["lengths"]
        if kept:
            self.facts["notes"] = [
                f"{len(kept):,} pairs; winners have {found['winner_words']:g} words and losers {found['loser_words']:g} on "
                f"average, and {found['longer_share']:.0%} of the pairs prefer the longer"
            ]
        if gone:
            self.facts["warnings"] = [
                f"{len(gone):,} pairs went because more than {self.params.longer_share:.0%} preferred the longer response; "
                "`longer_share: 1` keeps them"
            ]
        if self.params.source == "teachers":
            weak = self.inputs.teachers[self.params.weak].name
            self.facts["weak_won"] = sum(pair.winner["teacher"] == weak for pair in kept)
