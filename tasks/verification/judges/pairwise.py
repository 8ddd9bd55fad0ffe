"""A model compares the two responses of a preference pair, in both orders: only a preference that survives the swap counts."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import pyarrow as pa
from pydantic import model_validator

from tasks.core.params import CONTENT
from tasks.core.schema import Row
from tasks.verification.judges import calibration, labels, rubric
from tasks.verification.judges.asking import PROMPTS, Asked, Material, Opinions, ask, material
from tasks.verification.judges.guard import INSTRUCTS_THE_JUDGE, instructs
from tasks.verification.judges.judge import FIXED_TOKENS, JudgeParams, loaded, warnings
from tasks.verification.judges.rubric import Rubric
from tasks.verification.judges.votes import WHY_LENGTH, Judgement, Vote, said
from tasks.verification.verifier import ModelCalls, Verdict, Verdicts, Verifier, VerifierContext, Word

REASONS: Final = {
    "prefers_rejected": "a judge prefers the response that the pair rejects, in both orders; detail: why",
    INSTRUCTS_THE_JUDGE: "the row speaks to whoever judges it; detail: the phrase",
}
_OPPOSITE: Final[dict[Word, Word]] = {"pass": "fail", "fail": "pass", "unsure": "unsure"}


class Preference(JudgeParams):
    """A model compares the two responses of each preference pair."""

    verifier: Literal["preference"] = "preference"

    rubric: Annotated[Path, CONTENT] = rubric.locate("preference")
    """The packaged rubric, preference, or a Markdown file of your own that `judges: pair`."""

    @model_validator(mode="after")
    def _compares(self) -> "Preference":
        if loaded(self.rubric).judges != "pair":
            raise ValueError(f"rubric {rubric.name_of(self.rubric)} judges no pairs; use `verifier: judge`")
        return self


def compute(rows: pa.Table, params: Preference, context: VerifierContext) -> Verdicts:
    """Judges every row that has a `rejected` response. Passes those whose response wins, fails those whose `rejected` wins,
    `unsure` where neither does or the winner changes with the order. Score: 1 won, 0 lost, both orders and all judges averaged."""
    assert context.teacher is not None
    found = rubric.load(params.rubric)
    asked = Asked(found, (context.teacher, *context.others), 1, params.temperature)
    verdicts, waiting = dict[int, Verdict](), list[int]()
    whole = rows.select(["system", "history", "instruction", "response", "rejected", "teacher"]).to_pylist()
    for number, row in enumerate(whole):
        if not row["rejected"] or not row["response"]:
            continue
        if phrase := instructs([*_pair(row, False).values()]):
            verdicts[number] = Verdict("fail", phrase, INSTRUCTS_THE_JUDGE, 0.0)
        else:
            waiting.append(number)
    answers, facts = compared(asked, [whole[number] for number in waiting])
    for number, one in answers.judged.items():
        reason = "prefers_rejected" if one.word == "fail" else ""
        verdicts[waiting[number]] = Verdict(one.word, one.why, reason, round(one.score, 4), one.requests)
    for number, error in answers.refused.items():
        verdicts[waiting[number]] = Verdict("unsure", f"the judge declines to read it: {error}")
    facts[INSTRUCTS_THE_JUDGE] = sum(verdict.reason == INSTRUCTS_THE_JUDGE for verdict in verdicts.values())
    facts |= {"rubric": found.title, "judges": [teacher.name for teacher in asked.teachers]}
    facts["calibration"] = _calibrated(asked, params)
    facts["warnings"] = warnings(facts, asked.teachers)
    errors = {waiting[number]: error for number, error in answers.errors.items()}
    return Verdicts(dict(sorted(verdicts.items())), errors, facts=facts)


def compared(asked: Asked, rows: list[Row], again: int = 0) -> tuple[Opinions, dict[str, Any]]:
    """The judges' opinion of each pair by its number, asked in both orders, and how much the order moved them."""
    straight = ask(asked, [_pair(row, False) for row in rows], again)
    swapped = ask(asked, [_pair(row, True) for row in rows], again)
    found = Opinions(errors=straight.errors | swapped.errors, refused=straight.refused | swapped.refused)
    flipped = 0
    for number in straight.judged.keys() & swapped.judged.keys():
        votes = (*map(_vote, straight.judged[number].votes), *map(_turned, swapped.judged[number].votes))
        found.judged[number] = _opinion(asked.rubric, votes)
        flipped += {"pass", "fail"} <= {vote.word for vote in votes}
    firsts = [
        vote.word
        for answers in (straight, swapped)
        for one in answers.judged.values()
        for vote in map(_vote, one.votes)
    ]
    decided = [word for word in firsts if word != "unsure"]
    return found, {
        "position_bias": {
            "flipped_share": round(flipped / len(found.judged), 4) if found.judged else None,
            "first_preferred_share": round(decided.count("pass") / len(decided), 4) if decided else None,
        }
    }


def _pair(row: Row, swap: bool) -> Material:
    texts = material(row, "instruction")
    first, second = (row["rejected"], row["response"]) if swap else (row["response"], row["rejected"])
    return texts | {"first": first, "second": second}


def _vote(vote: Vote) -> Vote:
    """A vote on (response, rejected): `unsure` is a tie."""
    word: Word = "unsure" if vote.score == 0.5 else "pass" if vote.score > 0.5 else "fail"
    return Vote(word, vote.score, vote.levels, vote.reasons, vote.request)


def _turned(vote: Vote) -> Vote:
    """A vote on (rejected, response), as one on (response, rejected)."""
    return Vote(_OPPOSITE[_vote(vote).word], 1 - vote.score, vote.levels, vote.reasons, vote.request)


def _opinion(found: Rubric, votes: tuple[Vote, ...]) -> Judgement:
    score = sum(vote.score for vote in votes) / len(votes)
    word: Word = "unsure" if score == 0.5 else "pass" if score > 0.5 else "fail"
    spoken = next((vote for vote in votes if vote.word == word), votes[0])
    order = "in both orders" if len({vote.word for vote in votes}) == 1 else "the order matters"
    return Judgement(word, score, f"{order}; {said(found, spoken)}"[:WHY_LENGTH], votes)


def _calibrated(asked: Asked, params: Preference) -> dict[str, Any] | None:
    if params.labels_file is None:
        return None
    given = labels.read(params.labels_file, asked.rubric)
    rounds = [compared(asked, [label.row for label in given], time) for time in range(params.repeats)]
    first, *again = (answers.judged for answers, _ in rounds)
    return calibration.measure(first, given, asked.rubric, again) | rounds[0][1]


def estimate(params: Preference, rows: int, tokens: int) -> ModelCalls:
    """Of each teacher, two requests for every pair; how many rows are pairs is not known before the build."""
    found = rubric.load(params.rubric)
    labelled = len(labels.read(params.labels_file, found)) * params.repeats if params.labels_file else 0
    return ModelCalls((rows + labelled) * 2, 2 * tokens + int(len(found.as_prompt().split()) * 1.4) + FIXED_TOKENS)


VERIFIER: Final = Verifier(
    params=Preference,
    reasons=REASONS,
    compute=compute,
    estimate=estimate,
    teacher="required",
    prompts=PROMPTS,
    libraries=("scikit-learn", "scipy"),
)
