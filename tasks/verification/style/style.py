"""How responses are written: politeness, markdown, lists, openings, sentence length and over-used phrases, beside a reference.

Nothing here is right or wrong, so nothing is rejected unless a recipe says so. The figures are read beside those of a reference:
a file, or the rows of the dataset that people wrote.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.containers.reference_rows import rows_of_file
from tasks.core.params import CONTENT
from tasks.text.columns import plain, word_counts
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "overused_phrases": "holds too many words and phrases that models over-use; detail: how many, and which"
}
ENOUGH: Final = 30
"""Rows that people wrote from which they are a reference for the others."""
PATTERNS: Final = {
    "polite_request": r"(?i)\b(?:please|could you|would you|thank you|thanks|kindly)\b",
    "polite_response": r"(?i)\b(?:please|thank you|thanks|you(?:'|’)re welcome|you are welcome|happy to help|glad to|my pleasure|"
    r"i apologi[sz]e|sorry|hope (?:this|that) helps|let me know if|feel free to)\b",
    "markdown": r"(?m)^#{1,6} |\*\*[^*\n]+\*\*|^```|^\|.*\|\s*$|\[[^\]\n]+\]\([^)\s]+\)",
    "list": r"(?m)^\s*(?:[-*•+]|\d{1,2}[.)])\s+\S[^\n]*\n+\s*(?:[-*•+]|\d{1,2}[.)])\s+\S",
    "code": r"(?m)^```",
    "exclamation": r"![\s\"”)]*(?:\n|$|\s)",
}
"""What a share of rows has. Markers of politeness: the request and response strategies of Danescu-Niculescu-Mizil et al. 2013 that
words alone show (please, gratitude, apology, indirect requests); its classifier is not here."""
_SENTENCE_ENDS: Final = r"[.!?…]+[\"”’')\]]*(?:\s|$)|\n+\s*(?:[-*•+]|\d{1,2}[.)])\s"
SHOWN: Final = 15


class Style(VerifierParams):
    """Measures of how responses are written, beside a reference; marks rows with many over-used phrases."""

    verifier: Literal["style"] = "style"
    action: Literal["reject", "tag", "weight"] = "tag"
    """What a verdict does: `reject` refuses rows that fail, `tag` only writes the verdict down, `weight` multiplies the row's
    weight by the verdict's score."""

    reference: Annotated[Path | None, CONTENT] = None
    """A file of rows to compare with (JSON, JSON Lines, CSV, Parquet), with `response` or a usual other name for it. Empty: the
    dataset's own rows that people wrote, where there are 30 of them; else nothing is compared."""
    most_overused: Annotated[int, Field(ge=1)] = 5
    """Over-used words and phrases from which a response fails, each counted as often as it stands there. In Dolly, which people
    wrote, one response of 2,996 has five."""


@cache
def overused() -> Mapping[str, str]:
    """The regular expression of each over-used word or phrase, by the name under which it is counted."""
    import yaml

    found = yaml.safe_load(Path(__file__).with_name("overused.yaml").read_text("utf-8"))
    return {
        name: rf"(?i)\b(?:{pattern})(?:\b|$|\s)"
        for part in ("words", "phrases")
        for name, pattern in found[part].items()
    }


def compute(rows: pa.Table, params: Style, _context: VerifierContext) -> Verdicts:
    """Judges every row with a response. Facts: `measures` (of the dataset, of the reference), `overused` per 1,000 words in both,
    `openings` (the most frequent first three words), `reference` (what it is, and its rows)."""
    responses = plain(rows["response"])
    counts = {name: _counted(responses, pattern) for name, pattern in overused().items()}
    total = np.sum(list(counts.values()), axis=0)
    verdicts = {}
    for row, (text, found) in enumerate(zip(responses.to_pylist(), total.tolist(), strict=True)):
        if text:
            verdicts[row] = _judge({name: int(n[row]) for name, n in counts.items() if n[row]} if found else {}, params)
    return Verdicts(verdicts, facts=_facts(rows, params))


def _judge(found: Mapping[str, int], params: Style) -> Verdict:
    total = sum(found.values())
    if not total:
        return Verdict("pass", "no over-used phrase")
    why = f"{total} over-used: {', '.join(sorted(found, key=lambda name: (-found[name], name))[:6])}"
    return Verdict("fail", why, "overused_phrases") if total >= params.most_overused else Verdict("pass", why)


def _counted(texts: pa.LargeStringArray, pattern: str) -> npt.NDArray[np.int64]:
    return np.asarray(pc.count_substring_regex(texts, pattern), np.int64)


def _facts(rows: pa.Table, params: Style) -> dict[str, Any]:
    name, reference = _reference(rows, params)
    # the dataset beside its own human rows: what models wrote is compared with what people wrote
    own = rows.filter(pc.not_equal(pc.fill_null(rows["origin"], ""), "human")) if name == "human rows" else rows
    here = measures(plain(own["instruction"]), plain(own["response"]))
    there = measures(plain(reference["instruction"]), plain(reference["response"])) if reference is not None else None
    return {
        "reference": {"what": name, "rows": reference.num_rows if reference is not None else 0},
        "compared_rows": own.num_rows,
        "measures": [
            {"measure": key, "here": here["measures"][key], "reference": there["measures"][key] if there else None}
            for key in here["measures"]
        ],
        "overused": _overused(here["overused"], there["overused"] if there else None),
        "openings": here["openings"],
        "overused_per_1000": here["measures"]["overused_per_1000"],
    }


def _reference(rows: pa.Table, params: Style) -> tuple[str, pa.Table | None]:
    if params.reference is not None:
        return "file", rows_of_file(params.reference, "verify: style: reference")
    human = pc.equal(pc.fill_null(rows["origin"], ""), "human")
    people = pc.sum(human).as_py() or 0
    enough = people >= ENOUGH and rows.num_rows - people >= ENOUGH
    return ("human rows", rows.filter(human)) if enough else ("none", None)


def measures(instructions: pa.LargeStringArray, responses: pa.LargeStringArray) -> dict[str, Any]:
    """`measures` (shares of rows, and means), `overused` (each phrase per 1,000 words), `openings` of the responses."""
    rows = max(len(responses), 1)
    counted = word_counts(responses)
    words = max(int(counted.sum()), 1)
    shares = {
        f"{name}_share": round(
            int(_has(instructions if name == "polite_request" else responses, pattern).sum()) / rows, 4
        )
        for name, pattern in PATTERNS.items()
    }
    rates = {name: 1000 * int(_counted(responses, pattern).sum()) / words for name, pattern in overused().items()}
    sentences = np.maximum(_counted(responses, _SENTENCE_ENDS), 1)[counted > 0]
    openings, most = _openings(responses)
    return {
        "measures": {
            **shares,
            "words_per_response": round(words / rows, 2),
            "words_per_sentence": round(float((counted[counted > 0] / sentences).mean()), 2) if len(sentences) else 0.0,
            "most_frequent_opening_share": most,
            "overused_per_1000": round(sum(rates.values()), 3),
        },
        "overused": rates,
        "openings": openings,
    }


def _has(texts: pa.LargeStringArray, pattern: str) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(texts, pattern), np.bool_)


def _openings(responses: pa.LargeStringArray) -> tuple[list[dict[str, Any]], float]:
    """The most frequent first three words of responses that have three, and the share of the most frequent."""
    first = pc.extract_regex(responses, r"^\s*(?P<opening>\S+\s+\S+\s+\S+)")
    opening = pc.utf8_lower(pc.replace_substring_regex(pc.struct_field(first, "opening"), r"\s+", " ")).drop_null()
    if not len(opening):
        return [], 0.0
    found = pc.value_counts(opening)
    names, counts = found.field("values").to_pylist(), found.field("counts").to_pylist()
    ordered = sorted(zip(names, counts, strict=True), key=lambda one: (-one[1], one[0]))[:SHOWN]
    listed = [{"opening": name, "rows": n, "share": round(n / len(opening), 4)} for name, n in ordered if n > 1]
    return listed, round(ordered[0][1] / len(opening), 4)


def _overused(here: Mapping[str, float], there: Mapping[str, float] | None) -> list[dict[str, Any]]:
    """Those that stand in the dataset, the most over-used first, as often per 1,000 words as here and in the reference."""
    names: Sequence[str] = sorted(here, key=lambda name: (-(here[name] - (there[name] if there else 0)), name))
    return [
        {"phrase": name, "here": round(here[name], 3), "reference": round(there[name], 3) if there else None}
        for name in names
        if here[name]
    ][:SHOWN]


VERIFIER: Final = Verifier(params=Style, reasons=REASONS, compute=compute)
