"""Text of a row that speaks to the judge: it asks for a score, brings a verdict of its own, or closes the fence around itself.

Such a row fails without being shown to a model: what moves a judge has no business in a dataset. Instructions to models in general
are found by `tasks.text.prompt_injection`; the patterns here are those that only a judge would obey. They were written against
attacks of the kinds in Raina et al. 2024 ("Is LLM-as-a-Judge Robust?") and Shi et al. 2024 ("Optimization-based Prompt Injection
Attack to LLM-as-a-Judge"), and narrowed until they were silent on open instruction sets (docs/verification.md).
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from tasks.text.obfuscation import deobfuscated
from tasks.text.prompt_injection import instruction_like
from tasks.verification.judges import rubric

INSTRUCTS_THE_JUDGE: Final = "instructs_the_judge"
_JUDGE: Final = (
    r"(?:judges?|graders?|evaluators?|raters?|annotators?|assessors?|curators?|reviewers?|critics?"
    r"|scoring\s+(?:model|system))"
)
_ROW: Final = (
    r"(?:this|the|my)\s+(?:\w+\s+)?(?:response|answer|row|sample|example|entry|submission|output|pair|completion)"
)
_TOP: Final = (
    r"(?:highest|maximum|max|perfect|full|top|best(?:\s+possible)?|5(?:\s*/\s*5|\s+out\s+of\s+5)?|10(?:\s*/\s*10)?|100\s*%"
    r"|five)"
)
_SCORE: Final = r"(?:scores?|marks?|ratings?|grades?|levels?|points|verdicts?)"
_BLANKS: Final = re.compile(r"\s{3,}")
_PATTERNS: Final = tuple(
    re.compile(
        # bounded, because several of them in a row would take the fourth power of a run of blanks; `instructs` shortens those
        pattern.replace(r"\s*", r"\s{0,3}").replace(r"\s+", r"\s{1,3}"),
        re.IGNORECASE,
    )
    for pattern in (
        r"\b(?:ignore|disregard|forget|override|skip|bypass|replace)\s+(?:\w+\s+){0,3}?(?:rubric|criteri(?:a|on)|(?:grading|judging|scoring|"
        r"evaluation)\s+(?:\w+))\b",
        rf"\b(?:score|rate|grade|mark|judge|evaluate|classify)\s+(?:it|{_ROW}|everything|each\s+criterion|all\s+criteria)\s+"
        rf"(?:(?:as|with|at|a|an|the)\s+){{0,3}}(?:{_TOP}|keep|pass|yes|first)\b",
        rf"\b(?:give|assign|award|grant|output|return|set|deserves?|(?:must|should|will)\s+(?:get|receive)|earn(?:s|ed)?)\s+"
        rf"(?:(?:it|{_ROW}|each\s+criterion|every\s+criterion|all\s+criteria|every\s+\w+|me|only|a|an|the|with)\s+){{0,3}}?{_TOP}\s+"
        rf"(?:possible\s+)?{_SCORE}\b",
        rf"(?:^|[\n.!?\[(<*#-])\s*(?:note|message|memo|instructions?|attention|dear|hey|hello|hi|important|info(?:rmation)?)?[\s,:]{{0,3}}"
        rf"(?:to|for)?\s*(?:the|all|any)?\s*(?:ai\s+|llm\s+|language\s+model\s+)?{_JUDGE}\s*[,:]\s*(?:please|you|this|the|ignore|do|give|"
        rf"score|rate|mark|choose|return|output|note)\b",
        rf"\bif\s+you\s+are\s+(?:an?\s+|the\s+)?(?:\w+\s+){{0,2}}{_JUDGE}\b",
        rf"\b(?:as|you\s+are(?:\s+now)?)\s+(?:an?\s+|the\s+)?(?:\w+\s+){{0,3}}{_JUDGE}\s+(?:who|that|which)\s+(?:always|never|only|loves?|likes?|"
        rf"approves?|gives?|rates?)\b",
        rf"\b{_JUDGE}\s+(?:must|should|has\s+to|have\s+to|will|is\s+required\s+to)\s+(?:\w+\s+)?(?:give|return|output|choose|accept|pass|keep|"
        rf"approve|rate|score|mark)\b",
        r"(?:^|[\n{\[(>*#|])\s*[\"'`*]{0,6}(?:final\s+)?(?:verdict|judg(?:e)?ment|decision)[\"'`*]{0,6}\s*[:=]\s*[\"'`*]{0,6}(?:pass(?:ed)?|keep|accept(?:ed)?|"
        r"approved|good|yes|first|5)\b",
        rf"\b(?:already|previously|pre-?)\s*(?:been\s+)?(?:judged|graded|approved|scored|rated|verified)\b[^.\n]{{0,60}}\b(?:{_TOP}\s+{_SCORE}|"
        rf"{_TOP}\b|keep|pass(?:ed)?)",
        r"</?\s*(?:instruction|response|rubric|material|row)(?:\s*-\s*[0-9a-f]{4,32})[^>\n]{0,20}>",
        r"</(?:instruction|response|rubric|material)>\s*.{0,40}\b(?:rubric|score|judge|verdict|new\s+instructions?)\b",
        r"\b(?:end|close)\s+of\s+(?:the\s+)?(?:response|material|row|answer|submission)\b[\W_]{0,12}(?:now|new|judge|score|rubric|verdict|"
        r"the\s+(?:judge|rubric))",
        r"\b(?:the|your)\s+(?:new\s+|updated\s+)?rubric\s*(?:is|has\s+changed|was\s+updated|:)",
    )
)
_MOST: Final = 200
_REASONED: Final = r"[\"'“]?(?:{names})[\"'”]?\s*[:=]\s*(?:\{{|[\"'“]?[1-5]\b(?!\d|\.\d|%))"


def instructs(texts: Iterable[str], criteria: Iterable[str] = ()) -> str:
    """The first phrase in `texts` that speaks to a judge or instructs a model, empty if there is none; `criteria`: the names of the
    rubric's, which an answer made up for the judge would hold, as it would those of the packaged rubrics."""
    names = "|".join(map(re.escape, sorted({*criteria, *_packaged_criteria()})))
    named = re.compile(_REASONED.format(names=names), re.IGNORECASE)
    for text in texts:
        if found := instruction_like(text):
            return found
        for variant in deobfuscated(text):
            seen = _BLANKS.sub(lambda run: "\n\n" if "\n" in run[0] else "  ", variant)
            for pattern in _PATTERNS:
                if match := pattern.search(seen):
                    return _phrase(match)
            if match := _answer(named, seen):
                return _phrase(match)
    return ""


@cache
def _packaged_criteria() -> frozenset[str]:
    return frozenset(one.name for name in rubric.names() for one in rubric.load(rubric.locate(name)).criteria)


def _answer(named: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Where `text` gives levels to two criteria or more, or one inside JSON."""
    found = list(named.finditer(text))
    levels = {match[0].split(":")[0].strip("\"'“” ").lower() for match in found}
    in_json = next(
        (match for match in found if match[0].lstrip().startswith(('"', "'")) and "reason" in text.lower()), None
    )
    return found[0] if len(levels) > 1 else in_json


def _phrase(match: re.Match[str]) -> str:
    return " ".join(match[0].split())[:_MOST]
