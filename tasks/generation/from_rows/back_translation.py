"""Back-translation: a request goes into another language and back, and what returns is another wording of it.

After Sennrich et al. 2016 ("Improving Neural Machine Translation Models with Monolingual Data") and, for wordings of questions,
Yu et al. 2018 ("QANet"). The teacher that translates back sees the translation only. What returns must pass the checks of
`paraphrase`.
"""

from collections import Counter
from typing import Annotated, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, stable_id
from tasks.generation.from_rows.rewording import (
    RewordingParams,
    Wording,
    WordingCheck,
    chosen,
    on_one_line,
    variant,
)
from tasks.generation.method import Calls, Inputs, Method, Sizes, share_of
from tasks.teachers.prompts import Fence, beside, closed, joined, load
from tasks.teachers.protocol import Request, Teacher
from tasks.text.words import words

PROMPTS: Final = beside(__file__, "back_translation")
_REPLY: Final = closed(translation={"type": "string"})
_ENOUGH: Final = 30
"""Letters from which the language of a translation is looked at."""
Language = Literal["de", "fr", "es", "it", "nl", "pt", "ru", "zh", "ja"]
_NAMES: Final[dict[Language, str]] = {
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
    "ru": "Russian",
    "zh": "Chinese",
    "ja": "Japanese",
}


class BackTranslation(RewordingParams):
    """A request in the words in which it comes back from another language, beside the response that there is."""

    method: Literal["back_translation"] = "back_translation"

    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("de", "fr")
    """Languages to go through, in turn; which one a row goes through depends on the row, and stands in `operator`."""


def make(inputs: Inputs, params: BackTranslation, teacher: Teacher | None, tools: Tools) -> Outcome:
    """English rows of `inputs.rows` (EXAMPLE) whose request was translated and back; each names its parent, keeps its response.

    Two rounds of questions: there, and back. Rejects wrong_translation and what `rewording.WordingCheck` does. Facts: asked and
    kept by language, quartiles of the similarity. Raises what the teacher raises.
    """
    assert inputs.rows is not None
    assert teacher is not None
    prompt, check = load(*PROMPTS), WordingCheck.over(inputs.rows, params)
    asked: list[Wording] = []
    for row, parts in chosen(inputs.rows.filter(_english(inputs.rows)), params):
        language = params.languages[int(stable_id("language", row["example_id"]), 16) % len(params.languages)]
        made = variant(
            row,
            "back_translation",
            language,
            operator=f"through_{language}",
            teacher=teacher.name,
            prompt_source=joined(row["prompt_source"], prompt),
            requests=[],
            generation=(row["generation"] or 0) + 1,
        )
        asked.append(Wording(made, parts, row["response"]))
    questions = [_question(each.parts.request, "English", _NAMES[_language(each)]) for each in asked]
    there = check.answered(asked, questions, teacher)
    abroad = []
    for wording, reply in there:
        wording.request = on_one_line(reply.data["translation"], wording.parts)
        if wrong := _wrong_language(wording):
            check.sorted_rows.reject(wording.row | {"instruction": wording.request}, "wrong_translation", wrong)
        else:
            abroad.append(wording)
    tools.progress(1, 2)
    questions = [_question(each.request, _NAMES[_language(each)], "English") for each in abroad]
    back = check.answered(abroad, questions, teacher)
    for wording, reply in back:
        wording.request = on_one_line(reply.data["translation"], wording.parts)
    check.decide([wording for wording, _ in back], "operator")
    tools.progress(2, 2)
    facts = {"asked": dict(sorted(Counter(each.row["operator"] for each in asked).items())), **check.facts()}
    return check.sorted_rows.outcome(EXAMPLE, facts)


def _english(rows: pa.Table) -> pa.BooleanArray:
    """Where a row is English, or nobody said what it is."""
    return pc.fill_null(pc.equal(rows["language"], "en"), True)


def _language(wording: Wording) -> Language:
    language: Language = wording.row["operator"].removeprefix("through_")
    return language


def _question(request: str, spoken: str, into: str) -> Request:
    fence = Fence.around(request)
    values = {"fence": fence.mark, "from": spoken, "into": into, "request": fence.wrap("request", request)}
    return load(*PROMPTS).request(values, _REPLY)


def _wrong_language(wording: Wording) -> str:
    """Why the translation is none; empty if it is one, or too short to tell."""
    from py3langid import langid

    if words(wording.request) == words(wording.parts.request):
        return "unchanged"
    if sum(map(str.isalpha, wording.request)) < _ENOUGH:
        return ""
    found = str(langid.classify(wording.request)[0])
    return "" if found == _language(wording) else found


def estimate(params: BackTranslation, sizes: Sizes) -> Calls:
    """Two requests for every chosen row."""
    rows = share_of(sizes.rows, params.share, params.most)
    return Calls(requests=2 * rows, context_tokens=params.most_words, rows=rows)


METHOD: Final = Method(
    params=BackTranslation,
    inputs=("rows",),
    make=make,
    version=2,
    teacher="required",
    prompts=PROMPTS,
    libraries=("py3langid",),
    reasons={"wrong_translation": "the translation is in another language, or is none; detail: which language"},
    estimate=estimate,
)
