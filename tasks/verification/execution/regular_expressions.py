"""Regular expressions in responses: tried on the strings that the row says they match and reject, in the sandbox."""

import json
import re
from typing import Annotated, Any, Final, Literal, NamedTuple

import pyarrow as pa
from pydantic import Field

from tasks.verification.execution import sandbox
from tasks.verification.execution.json_tests import json_tests
from tasks.verification.execution.trying import tried
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "no_pattern": "the row has strings to try, and its response no regular expression; detail: what was looked for",
    "pattern_does_not_compile": "the regular expression does not compile; detail: the error",
    "wrong_pattern": "the regular expression matches or rejects a string wrongly; detail: the strings",
    "pattern_too_slow": "the regular expression does not end in time; detail: the string and the limit",
}
_BLOCK: Final = re.compile(r"^(`{3,}+|~{3,}+)[^\n]*+\n(.*?)(?:\n[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)
_SPAN: Final = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]+)\1(?!`)")
_LITERAL: Final = re.compile(r"\bre\.\w+\(\s*r(?P<quote>[\"'])(?P<text>[^\n]{0,2000}?)(?<!\\)(?P=quote)")
_DELIMITED: Final = re.compile(r"/(?P<pattern>.+)/(?P<flags>[a-z]{0,6})")
_LONGEST: Final = 2_000
"""Characters of a pattern; a longer one is not looked at."""
_NAMED: Final = 3
"""Wrong strings that `why` names."""


class RegularExpressions(VerifierParams):
    """Regular expressions in responses, tried on the strings in the column `tests`: {"matches": [...], "rejects": [...]}."""

    verifier: Literal["regular_expressions"] = "regular_expressions"
    seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    """Time that a pattern has for all strings of its row."""


class FoundPattern(NamedTuple):
    """A pattern as it stands in a response, without what delimits it."""

    text: str
    flags: str


class _Strings(NamedTuple):
    matches: list[str]
    rejects: list[str]


def find(response: str) -> FoundPattern | None:
    """The first block with a pattern, else the first code span, else a response that is one line without blanks.

    `/…/i` and Python's `re.compile(r"…")` are read as the pattern that they hold.
    """
    blocks = [match[2] for match in _BLOCK.finditer(response)]
    spans = [match[2].strip() for match in _SPAN.finditer(response)]
    for text in [*blocks, *spans[:1], response.strip()]:
        if literal := _LITERAL.search(text):
            return FoundPattern(literal["text"], "")
        text = text.strip()
        if text and "\n" not in text and len(text) <= _LONGEST and (text != response.strip() or " " not in text):
            delimited = _DELIMITED.fullmatch(text)
            return FoundPattern(delimited["pattern"], delimited["flags"]) if delimited else FoundPattern(text, "")
    return None


def compute(rows: pa.Table, params: RegularExpressions, context: VerifierContext) -> Verdicts:
    """Judges rows whose `tests` name strings that the response's pattern matches as a whole (ASCII classes) or rejects.

    Facts: how many patterns and strings were tried. Raises NoSandbox.
    """
    strings = {row: found for row, tests in enumerate(rows["tests"].to_pylist()) if (found := _strings(tests))}
    responses = rows["response"].to_pylist()
    verdicts = tried(strings, lambda row, given: _judge(responses[row] or "", given, params), context.tools)
    return Verdicts(
        verdicts, facts={"patterns": len(strings), "strings": sum(len(m) + len(r) for m, r in strings.values())}
    )


def _strings(tests: str | None) -> _Strings | None:
    found = json_tests(tests) or {}
    lists = [found.get("matches"), found.get("rejects")]
    if not any(lists) or not all(_texts(one) for one in lists if one is not None):
        return None
    return _Strings(lists[0] or [], lists[1] or [])


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _judge(response: str, strings: _Strings, params: RegularExpressions) -> Verdict:
    pattern = find(response)
    if pattern is None:
        return Verdict("fail", "no code block, code span or bare line that could be a pattern", "no_pattern")
    given = [*strings.matches, *strings.rejects]
    request = {"pattern": pattern.text, "flags": pattern.flags, "strings": given}
    ran = sandbox.run(sandbox.packaged("patterns"), "python", json.dumps(request), params.seconds)
    first, *said = ran.stdout.splitlines() or [""]
    if first and first != "ok":
        return Verdict("fail", first[:200], "pattern_does_not_compile", 0.0)
    if len(said) < len(given):
        if ran.killed_by == "time":
            where = f"on {_shown(given[len(said)])}" if first else "in being compiled"
            return Verdict("fail", f"still running after {params.seconds:g} s {where}", "pattern_too_slow", 0.0)
        return Verdict("unsure", f"could not be tried: {ran.killed_by or f'exit code {ran.exit_code}'}")
    return _compared(strings, [one == "1" for one in said])


def _compared(strings: _Strings, matched: list[bool]) -> Verdict:
    split = len(strings.matches)
    missed = [text for text, hit in zip(strings.matches, matched[:split], strict=True) if not hit]
    taken = [text for text, hit in zip(strings.rejects, matched[split:], strict=True) if hit]
    if missed or taken:
        wrong = [f"does not match {_shown(text)}" for text in missed] + [f"matches {_shown(text)}" for text in taken]
        rest = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        score = 1 - len(wrong) / len(matched)
        return Verdict("fail", "; ".join(wrong[:_NAMED]) + rest, "wrong_pattern", score)
    counts = f"matches {split} strings and rejects {len(strings.rejects)}"
    if not strings.matches or not strings.rejects:
        return Verdict("unsure", f"{counts}; a pattern for everything or for nothing would do as well")
    return Verdict("pass", counts, score=1.0)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")


VERIFIER: Final = Verifier(params=RegularExpressions, reasons=REASONS, compute=compute)
